"""``hub policy simulate``: what a draft would have changed in what was disclosed in the last days."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from hub.cli.policy.simulated import simulated_lines
from hub.cli.policy.trouble import Trouble
from hub.cli.session import operator, with_hub
from hub.errors import HubError
from hub.pipeline.simulating import Simulated
from hub.policy.load import load_agreements
from hub.policy.model import Agreement
from hub.service import Hub

STEPS = 1000
NOTHING, SOMETHING, LEFT_OPEN = 0, 1, 3
"""Exit codes; 2 is that it could not be simulated."""


@click.command()
@click.argument("drafts", nargs=-1, required=True, metavar="DRAFT...")
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def simulate(drafts: tuple[str, ...], days: int, *, as_json: bool) -> None:
    """Show what DRAFT would have changed for whom in the recorded disclosures of the last days.

    DRAFT is a file, a folder of agreements, or NAME@HASH of a version that was proposed; it takes the place of what
    was in force under the same name, and stands beside the rest. Each decision is made again from the facts that were
    read; what these do not tell is said to be so, and is not guessed. Examples name entries of the record and events
    by their keyed hash, never a person.

    Ends with 0 where nothing would have been otherwise, with 1 where something would, with 3 where nothing would as
    far as the record tells and it does not tell everything, and with 2 where it cannot be simulated.
    """
    files = [Path(each) for each in drafts if Path(each).exists()]
    named = [each for each in drafts if not Path(each).exists()]

    async def run(hub: Hub) -> Simulated:
        read = load_agreements(files) if files else ()
        return await _with_bar(hub, [*read, *[await hub.agreements.proposed(each) for each in named]], days)

    try:
        found = with_hub(run)
    except HubError as error:
        raise Trouble(error) from error
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        for line in simulated_lines(found):
            click.echo(line)
    sys.exit(SOMETHING if found.changes else LEFT_OPEN if found.undecided else NOTHING)


async def _with_bar(hub: Hub, draft: Sequence[Agreement], days: int) -> Simulated:
    with click.progressbar(length=STEPS, label="Deciding again", file=sys.stderr) as bar:

        def gone(share: float) -> None:
            bar.update(max(round(share * STEPS) - bar.pos, 0))

        return await hub.simulations.simulate(operator(), draft, days, gone)
