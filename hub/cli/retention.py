"""``hub retention``: what is to be erased, and when."""

from __future__ import annotations

import click
import msgspec
from msgspec.structs import asdict
from rich.console import Console
from rich.progress import Progress

from hub.cli.session import with_hub
from hub.pipeline.retention import Plan
from hub.service import Hub


@click.command()
@click.option("--days", type=click.FloatRange(min=0), default=30, show_default=True, help="How far to look ahead.")
@click.option("--erase-now", is_flag=True, help="Erase what is over already, without waiting for the hubs that serve.")
@click.option("--erased", is_flag=True, help="Show who was erased, and when: for whoever restores a backup.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def retention(days: float, *, erase_now: bool, erased: bool, as_json: bool) -> None:
    """Show whose record is to be erased in the next days, and how much else; nothing is erased by looking.

    Hubs that are serving erase by themselves what is over. People are shown by the register's id.
    """
    if erase_now:
        swept = with_hub(lambda hub: hub.keeping.sweep_all())
        click.echo(", ".join(f"{kind}: {count}" for kind, count in asdict(swept).items()))
        return
    if erased:
        for person, at in with_hub(lambda hub: hub.keeping.erased()):
            click.echo(f"{person}  {at:%Y-%m-%dT%H:%M:%SZ}")
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("people", total=None)

        async def ask(hub: Hub) -> Plan:
            return await hub.keeping.plan(days, lambda done: progress.update(task, completed=done))

        plan = with_hub(ask)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(plan)).decode())
        return
    for each in plan.people:
        click.echo(f"{each.person}  {each.at:%d %b %Y}{'  stopped by a legal hold' if each.held else ''}")
    click.echo(f"By {plan.by:%d %b %Y}: the records of {len(plan.people)} people, {plan.sightings} sightings of people")
    click.echo(f"on no scheme, the bytes of {plan.copies} copies.")
    if plan.unreadable:
        click.echo(f"{plan.unreadable} records do not open, so that it is not known of them.")
