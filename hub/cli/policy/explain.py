"""``hub policy explain``: why one recipient gets of one event what it gets."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from hub.cli.policy.agreements import about_policies
from hub.cli.policy.disclosed import show_disclosed
from hub.cli.policy.leaves import leaf_table, listed
from hub.directory.load import load_directory
from hub.intake.read import read_event
from hub.pipeline.disclosed import Asked
from hub.pipeline.explaining import Explained, explained
from hub.policy.decide import Policy
from hub.policy.facts import FACTS, RELATION, Fact, situation
from hub.policy.load import load_agreements
from hub.policy.places import PLACES
from schemas.labels import Role

FEWEST = 3
"""How many characters a reason has at least."""


class FactWords(click.ParamType[tuple[str, tuple[str, ...]]]):
    """One fact with the words that hold of it: ``custody=held``, ``kind=PPO,IOM``."""

    name = "fact"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, tuple[str, ...]]:
        """Return the fact's name and its words."""
        name, _, words = value.partition("=")
        fact = next((f for f in FACTS[RELATION + 1 :] if f.name == name), None)
        if fact is None:
            self.fail(
                f"'{name}' is no fact; the facts are {', '.join(f.name for f in FACTS[RELATION + 1 :])}", param, ctx
            )
        said = tuple(word for word in words.split(",") if word)
        known = _words(fact)
        if fact.domain is not PLACES and (unknown := [word for word in said if word not in fact.domain]):
            self.fail(f"'{unknown[0]}' is no word of {name}: {known}", param, ctx)
        if not fact.many and len(said) != 1:
            self.fail(f"{name} is one of {known}", param, ctx)
        return name, said


def _words(fact: Fact) -> str:
    """Return the words of a fact, a number's by its first and last."""
    if fact.span is not None:
        return f"a number from {fact.span.first} to {fact.span.last}, or unknown"
    return ", ".join(fact.domain)


def _needs_reason(_: click.Context, __: click.Parameter, reason: str | None) -> str | None:
    if reason is not None and len(reason.strip()) < FEWEST:
        raise click.BadParameter("say why, in a few words: it stands in the record")
    return reason


@click.command()
@click.argument("event")
@click.option("--for", "recipient", required=True, help="A role, or a recipient of the directory.")
@click.option(
    "--relation",
    "relations",
    multiple=True,
    type=click.Choice(FACTS[RELATION].domain),
    help="How the recipient stands to the person.",
)
@click.option(
    "--fact",
    "facts",
    multiple=True,
    type=FactWords(),
    metavar="NAME=WORD",
    help="What is known of the person, such as custody=held; what is not said is not known, which opens least.",
)
@click.option(
    "--directory",
    envvar="HUB_DIRECTORY",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The directory of agencies, to look up a recipient.",
)
@about_policies
@click.option("--source", default="", help="Of an event in the store that is named by its own id: its source.")
@click.option("--reason", callback=_needs_reason, help="Of an event in the store: why; it is recorded, sealed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def explain(  # noqa: PLR0913 - one parameter for each option
    event: str,
    recipient: str,
    relations: tuple[str, ...],
    facts: tuple[tuple[str, tuple[str, ...]], ...],
    directory: Path | None,
    policies: tuple[Path, ...],
    *,
    source: str,
    reason: str | None,
    as_json: bool,
) -> None:
    """Show what a recipient is given of EVENT, and because of which rules.

    EVENT is a file with a CloudEvent as it is published, which is taken as it stands: what the hub would add from its
    register is not added. Or it is an event in the hub's store that was told: the id of an entry of the record, the
    reference by which entries name it, or with --source its own id. Then what was decided is shown, with the copy as it
    was given; that you asked is recorded, with --reason, before you see it.
    """
    if source or not (event == "-" or Path(event).exists()):
        show_disclosed(Asked(event=event, source=source, recipient=recipient, reason=_stated(reason)), as_json=as_json)
        return
    with click.open_file(event, "rb") as file:
        read = read_event(file.read())
    policy = Policy(load_agreements(policies))
    person = {name.replace("-", "_"): words for name, words in facts}
    if unnamed := [place for place in person.get("at", ()) if place not in PLACES]:
        raise click.BadParameter(f"no agreement names the place '{unnamed[0]}'", param_hint="--fact")
    found = explained(
        policy,
        _role(recipient, directory),
        read.envelope.type,
        read.envelope.data,
        tuple(situation(relation=relations, **person)),
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _show(found)


def _stated(reason: str | None) -> str:
    if reason is None:
        raise click.UsageError("EVENT is no file; to explain an event in the store, say why with --reason.")
    return reason


def _role(word: str, directory: Path | None) -> Role:
    if word in set(Role):
        return Role(word)
    recipients = load_directory(directory).recipients if directory else {}
    if word not in recipients:
        raise click.BadParameter("is neither a role nor a recipient of the directory", param_hint="--for")
    return recipients[word].role


def _show(found: Explained) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=True)
    why = found.explanation
    console.print(f"[bold]{why.role}[/bold], of {why.kind}: {'told' if why.told else 'told nothing'}")
    for reason in why.why_nothing:
        console.print(f"  because {reason}")
    if found.as_for_anybody:
        console.print("  decided as if the person were on no scheme, for this role may not know the status here")
    console.print(leaf_table(why.leaves))
    listed(console, "Facts read", (f"{fact}: {', '.join(words) or 'none'}" for fact, words in why.facts_read.items()))
    listed(console, "For the purposes", why.purposes.values())
    listed(console, "By the powers", why.gateways.values())
    listed(console, "Obliged to", why.obligations.values())
    if why.copy is not None:
        console.print("[bold]The copy[/bold]")
        click.echo(msgspec.json.format(bytes(why.copy)).decode())
