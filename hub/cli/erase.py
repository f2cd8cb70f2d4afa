"""``hub erase`` and ``hub hold``: the end of all that is kept of somebody, and what stops it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import click

from hub.cli.session import operator, with_hub
from hub.cli.whom import described, whom
from hub.ledger.erased import BASES, SAID, Basis
from hub.pipeline.erasing import Gone
from hub.service import Hub

BY_HAND = [basis for basis in BASES if basis != "retention"]


@click.command()
@whom
@click.option("--basis", required=True, type=click.Choice(BY_HAND), help="Under what you erase.")
@click.option("--reason", required=True, help="Why; it is recorded, sealed, and stays: do not name the person.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def erase(basis: Basis, reason: str, *, yes: bool, **about: Any) -> None:  # noqa: ANN401 - the options of whom
    """Erase all that is kept of one person, for good: there is no way back.

    What remains is that something was told, when and to whom, and that it was erased; a proof that somebody was given
    before still verifies. Whoever has a copy is told to erase it.
    """
    person = with_hub(_found(**about))
    if not yes:
        click.confirm(f"Erase all that is kept of {person} under {SAID[basis]}?", abort=True)
    gone: Gone = with_hub(lambda hub: hub.keeping.erase(operator(), person, basis=basis, reason=reason))
    click.echo(f"{person}: erased under {SAID[basis]}. The record says so in entry {gone.entry}.")
    click.echo(f"{gone.entries} entries reduced; the holders of {gone.told} copies are told to erase them.")


@click.group()
def hold() -> None:
    """Keep all that there is of somebody from being erased, for a court or an inquiry."""


@hold.command(name="set")
@whom
@click.option("--reason", required=True, help="Why; it is recorded, sealed.")
def set_hold(reason: str, **about: Any) -> None:  # noqa: ANN401 - the options of whom
    """Set a legal hold on one person: neither time nor a command erases anything of them while it stands."""
    find = _found(**about)

    async def ask(hub: Hub) -> str:
        return await hub.keeping.set_hold(operator(), await find(hub), reason)

    click.echo(f"{with_hub(ask)}: under a legal hold")


@hold.command()
@click.argument("person_id")
@click.option("--reason", required=True, help="Why; it is recorded, sealed.")
def lift(person_id: str, reason: str) -> None:
    """Lift the legal hold on the person of an id; 'hub hold list' shows the ids."""
    with_hub(lambda hub: hub.keeping.lift_hold(operator(), person_id, reason))
    click.echo(f"{person_id}: under no legal hold any more")


@hold.command(name="list")
def list_holds() -> None:
    """Show who is under a legal hold, since when, and by whose word."""
    found = with_hub(lambda hub: hub.keeping.holds())
    for each in found:
        click.echo(f"{each.person}  since {each.at}  {each.by}")
    if not found:
        click.echo("Nobody is under a legal hold.")


def _found(**about: Any) -> Callable[[Hub], Awaitable[str]]:  # noqa: ANN401 - the options of whom
    """Return what gives the register's id of whom the options describe."""
    person = described(**about)

    async def find(hub: Hub) -> str:
        return person if isinstance(person, str) else await hub.keeping.find(person)

    return find
