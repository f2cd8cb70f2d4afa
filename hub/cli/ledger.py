"""``hub ledger``: what is proved by the record, and whether all of it holds."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from hub.cli.asking import asked_period, echo_complete, echo_given, echo_json, period_of
from hub.cli.held import stated_reason
from hub.cli.session import operator, with_hub
from hub.ledger.checking.whole import Checked
from hub.ledger.questions.exported import Form
from hub.ledger.signing import Keys
from hub.pipeline.answers import Page
from hub.service import Hub
from schemas.never_file import write_never
from schemas.proof_file import write_proof


def _reason_of_new(context: click.Context, _: click.Parameter, value: str | None) -> str | None:
    if context.params.get("new") and not (value or "").strip():
        raise click.UsageError("A new key needs --reason.")
    return value


@click.group()
def ledger() -> None:
    """Prove what was given to whom and what never was, ask what was, and check that nothing of it was altered."""


@ledger.command()
@click.option("--new", is_flag=True, is_eager=True, help="Make a new key, which signs from now on; it is recorded.")
@click.option(
    "--reason", callback=_reason_of_new, help="Why there is a new key; it is recorded, sealed, with who you are."
)
@click.option(
    "--beside-days",
    type=click.FloatRange(0, 3650),
    default=30,
    show_default=True,
    help="For how long the former key signs beside the new one.",
)
@click.option("--note", is_flag=True, help="Print the signed note that names the keys, as the hub serves it.")
def key(reason: str | None, beside_days: float, *, new: bool, note: bool) -> None:
    """Print the log's verifier keys, the newest first: by these anybody checks proofs and checkpoints.

    What was signed with an older key holds under it for ever.
    """
    if new:
        with_hub(lambda hub: hub.ledger.new_key(operator(), reason or "", dt.timedelta(days=beside_days)))
    keys = with_hub(_keys)
    click.echo(keys.published() if note else "\n".join(map(str, reversed(keys.verifiers))), nl=not note)


async def _keys(hub: Hub) -> Keys:
    return await asyncio.to_thread(hub.ledger.log.keys)


@ledger.command()
def checkpoint() -> None:
    """Print the log's last checkpoint; whoever keeps one can show later whether the log still continues it."""
    click.echo(with_hub(_checkpoint), nl=False)


async def _checkpoint(hub: Hub) -> str:
    await asyncio.to_thread(hub.ledger.log.catch_up)
    return hub.ledger.log.checkpoint()


@ledger.command()
@click.argument("copy")
@click.argument("recipient")
@stated_reason
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the proof to this file.")
@click.option("--publisher", is_flag=True, help="Show who published, too: for a court, never for the recipient.")
def prove(copy: str, recipient: str, reason: str, output: Path | None, *, publisher: bool) -> None:
    """Write the proof of what RECIPIENT was given by COPY, a delivery id; the question is recorded.

    Anybody can verify it without the hub: python -m schemas.proof KEY [KEY ...] FILE.
    """
    asked = with_hub(lambda hub: hub.ledger.prove(operator(), copy, recipient, reason, publisher=publisher))
    proof = write_proof(asked)
    if output is None:
        click.echo(proof, nl=False)
    else:
        output.write_text(proof, encoding="utf-8")
        click.echo(f"{output}: written")


@ledger.command()
@click.option(
    "--kept",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint that somebody kept: the log has to continue it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def check(kept: tuple[Path, ...], *, as_json: bool) -> None:
    """Check everything that is stored of the record and its log, from the entries up.

    Ends with 0 where all of it fits together, and with 1 where something does not; each such thing is named.
    """
    notes = [each.read_text(encoding="utf-8") for each in kept]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("entries", total=None)
        found = with_hub(
            lambda hub: hub.ledger.check(lambda done, of: progress.update(task, completed=done, total=of), notes)
        )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _tell(found)
    sys.exit(1 if found.findings else 0)


@ledger.command()
@click.argument("agency")
@asked_period
@stated_reason
@click.option("--json", "as_json", is_flag=True, help="One JSON document for each thousand disclosures.")
def received(agency: str, since: dt.datetime, until: dt.datetime, reason: str, *, as_json: bool) -> None:
    """Show what the recipients of AGENCY were given in a period; the question is recorded."""
    period = period_of(since, until)
    _pages(
        lambda hub, after: hub.ledger.questions.received(operator(), agency, period, reason, after=after),
        as_json=as_json,
    )


@ledger.command("resting-on")
@click.argument("kind", type=click.Choice(["rule", "agreement"]))
@click.argument("name")
@asked_period
@stated_reason
@click.option("--json", "as_json", is_flag=True, help="One JSON document for each thousand disclosures.")
def resting_on(kind: str, name: str, since: dt.datetime, until: dt.datetime, reason: str, *, as_json: bool) -> None:
    """Show which disclosures of a period rest on a rule, or on an agreement (NAME or NAME@VERSION), whole.

    Of a rule only the leaves are shown that rest on it. The question is recorded.
    """
    ground, period = f"{kind} {name}", period_of(since, until)
    _pages(
        lambda hub, after: hub.ledger.questions.resting(operator(), ground, period, reason, after=after),
        as_json=as_json,
    )


def _pages(ask: Callable[[Hub, str], Awaitable[Page]], *, as_json: bool) -> None:
    """Write an answer page by page."""
    after, told = "", 0
    while True:
        page = with_hub(partial(_ask, ask, after))
        told += len(page.given)
        if as_json:
            echo_json(page)
        else:
            for given in page.given:
                echo_given(given)
        after = page.after
        if not after:
            break
    if not as_json:
        click.echo(f"{told} disclosures.")
        echo_complete(page.as_of)


async def _ask(ask: Callable[[Hub, str], Awaitable[Page]], after: str, hub: Hub) -> Page:
    return await ask(hub, after)


@ledger.command()
@click.argument("recipient")
@click.argument("category")
@asked_period
@stated_reason
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the file here.")
def never(
    recipient: str, category: str, since: dt.datetime, until: dt.datetime, reason: str, output: Path | None
) -> None:
    """Write the file that shows whether RECIPIENT was ever given anything of CATEGORY in a period.

    The question is recorded. Anybody can verify the file without the hub: python -m schemas.never KEY FILE.
    """
    period = period_of(since, until)
    found = with_hub(lambda hub: hub.ledger.questions.never(operator(), recipient, category, period, reason))
    text = write_never(found)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(
            f"{output}: written, with {len(found.branches)} branches; python -m schemas.never says what it shows"
        )


@ledger.command()
@asked_period
@stated_reason
@click.option("--form", type=click.Choice(["national", "csv"]), default="national", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the lines here.")
def export(since: dt.datetime, until: dt.datetime, reason: str, form: Form, output: Path | None) -> None:
    """Write the entries of a period in the published national shape, one JSON object a line, or as CSV.

    That it was asked for is recorded.
    """
    period = period_of(since, until)

    async def write(hub: Hub) -> None:
        with click.open_file(str(output or "-"), "wb") as file:
            async for part in hub.ledger.questions.export(operator(), period, form, reason):
                file.write(part)

    with_hub(write)
    if output is not None:
        click.echo(f"{output}: written")


def _tell(found: Checked) -> None:
    for finding in found.findings:
        click.echo(f"{finding.of}: {finding.what}")
    entries = f"{found.entries} entries, {found.size} of them under the checkpoint"
    if found.before:
        entries += "; those that were recorded before there was a log were not looked at"
    click.echo(f"{entries}.")
    click.echo(
        f"{len(found.findings)} things are not as they must be." if found.findings else "All of it fits together."
    )
