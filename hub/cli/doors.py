"""``hub doors``: by which door each recipient gets its copies."""

from __future__ import annotations

import click
import msgspec

from hub.cli.session import with_hub


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def doors(*, as_json: bool) -> None:
    """List the recipients that have a door to the broker, with the state of each; all others receive by HTTP."""
    found = with_hub(lambda hub: hub.standing.rows())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for door in found:
        click.echo(f"{door.recipient}  {door.state}  {door.queue}")
    if not found:
        click.echo("Every recipient receives by HTTP.")
