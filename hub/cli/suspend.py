"""``hub suspend`` and ``hub resume``: whether an agency takes part."""

from __future__ import annotations

import click

from hub.cli.session import operator, with_hub
from schemas.exchange import Suspensions


@click.command()
@click.argument("agency")
@click.option("--reason", required=True, help="Why; it is recorded, sealed.")
def suspend(agency: str, reason: str) -> None:
    """Suspend AGENCY's part: from now on it is told nothing, nothing is taken from it, and no token is given.

    What waits for it stays, and comes when it takes part again. Its queues at the broker are deleted within seconds,
    its connections closed within half a minute; hubs that are serving see to both.
    """
    _show(with_hub(lambda hub: hub.standing.suspend(operator(), agency, reason)))


@click.command()
@click.argument("agency")
def resume(agency: str) -> None:
    """Let AGENCY take part again; it receives by HTTP until it asks for another door."""
    _show(with_hub(lambda hub: hub.standing.resume(operator(), agency)))


def _show(suspensions: Suspensions) -> None:
    for each in suspensions.suspended:
        click.echo(f"{each.agency}  suspended since {each.since:%d %b %Y %H:%M:%S}")
    if not suspensions.suspended:
        click.echo("Every agency takes part.")
