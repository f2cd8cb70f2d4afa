"""``hub deliveries``: what has left the hub, and what was received, which is another thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import click
import msgspec
from msgspec import UNSET, UnsetType
from rich.console import Console
from rich.table import Column, Table

from hub.cli.session import with_hub
from hub.errors import NotFound, Problem
from hub.service import Hub
from hub.store.port import Outstanding
from schemas.exchange import DeliveryState, OverdueCopy

PAGE = 500


@click.command()
@click.argument("recipient", required=False)
@click.option("--all", "everything", is_flag=True, help="Of one recipient: what was received, too.")
@click.option("--overdue", is_flag=True, help="Of everybody: what the coordinator was told has no receipt in time.")
@click.option("--receipt", metavar="DELIVERY", help="Of one recipient and delivery: the receipt that was signed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def deliveries(recipient: str | None, receipt: str | None, *, everything: bool, overdue: bool, as_json: bool) -> None:
    """Tell which recipients have copies without a receipt; or, of one RECIPIENT, where each of them stands.

    A copy left the hub when it was fetched, or when the broker had it. It was received when the recipient said so.
    """
    found: Sequence[Outstanding] | Sequence[DeliveryState] | Sequence[OverdueCopy]
    if receipt is not None:
        click.echo(with_hub(lambda hub: _signed(hub, recipient or "", receipt)))
        return
    if overdue:
        found = with_hub(lambda hub: hub.corrections.overdue())
        table = _overdue(found)
    elif recipient is None:
        found = with_hub(lambda hub: hub.standing.outstanding())
        table = _summary(found)
    else:
        found = with_hub(lambda hub: _of(hub, recipient, everything=everything))
        table = _each(found)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif found:
        Console().print(table)
    else:
        click.echo("Nothing is overdue." if overdue else "Everything that was sent was received.")


async def _of(hub: Hub, recipient: str, *, everything: bool) -> list[DeliveryState]:
    if recipient not in hub.directory.recipients:
        raise NotFound
    found: list[DeliveryState] = []
    after = 0
    while page := await hub.deliveries(recipient, after=after, limit=PAGE):
        found += [each for each in page if everything or each.received_at is UNSET]
        after = page[-1].number
    return found


def _summary(found: Sequence[Outstanding]) -> Table:
    table = Table(Column("recipient", no_wrap=True), "lane", "not left", "left, not received", "oldest")
    for each in found:
        table.add_row(each.recipient, each.lane, str(each.not_left), str(each.left), _at(each.since))
    return table


def _each(found: Sequence[DeliveryState]) -> Table:
    table = Table("number", "committed", "left the hub", "received", "receipt")
    for each in found:
        signed = "" if each.received_at is UNSET else "signed" if each.signed else "not signed"
        table.add_row(str(each.number), _at(each.committed_at), _at(each.left_at), _at(each.received_at), signed)
    return table


def _overdue(found: Sequence[OverdueCopy]) -> Table:
    table = Table(Column("recipient", no_wrap=True), "number", "committed", "coordinator told")
    for each in found:
        table.add_row(each.recipient, str(each.number), _at(each.committed_at), _at(each.escalated_at))
    return table


async def _signed(hub: Hub, recipient: str, delivery: str) -> str:
    """Return the receipt as its system signed it; raises ``NotFound`` where nobody did."""
    kept = await hub.corrections.receipt(recipient, delivery)
    if kept is None:
        raise NotFound(Problem("receipt", "is none that was signed by this recipient's system"))
    return kept.signed


def _at(moment: dt.datetime | UnsetType) -> str:
    return "not yet" if moment is UNSET else f"{moment:%d %b %Y %H:%M:%S}"
