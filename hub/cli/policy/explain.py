"""``hub policy explain``: why one recipient gets of one event what it gets."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hub.cli.policy.agreements import about_policies
from hub.directory.load import load_directory
from hub.intake.read import read_event
from hub.pipeline.explaining import Explained, explained
from hub.policy.decide import Policy
from hub.policy.explain import LeafExplained
from hub.policy.facts import FACTS, RELATION, Fact, situation
from hub.policy.load import load_agreements
from hub.policy.places import PLACES
from schemas.labels import Role


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


@click.command()
@click.argument("event", type=click.File("rb"))
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
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def explain(  # noqa: PLR0913 - one parameter for each option
    event: BinaryIO,
    recipient: str,
    relations: tuple[str, ...],
    facts: tuple[tuple[str, tuple[str, ...]], ...],
    directory: Path | None,
    policies: tuple[Path, ...],
    *,
    as_json: bool,
) -> None:
    """Show what a recipient is given of EVENT, a CloudEvent as it is published, and because of which rules.

    The event is taken as it stands: what the hub would add from its register is not added.
    """
    read = read_event(event.read())
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
    console.print(_leaves(why.leaves))
    _list(console, "Facts read", (f"{fact}: {', '.join(words) or 'none'}" for fact, words in why.facts_read.items()))
    _list(console, "For the purposes", why.purposes.values())
    _list(console, "By the powers", why.gateways.values())
    _list(console, "Obliged to", why.obligations.values())
    if why.copy is not None:
        console.print("[bold]The copy[/bold]")
        click.echo(msgspec.json.format(bytes(why.copy)).decode())


def _leaves(leaves: Iterable[LeafExplained]) -> Table:
    table = Table("leaf", "given", "because")
    for leaf in leaves:
        lines = [f"{reason.rule}: [dim]{reason.says} {reason.because}[/dim]" for reason in leaf.reasons]
        if not leaf.given:
            lines += [f"no rule that holds gives {category}" for category in leaf.missing]
            lines += [f"[dim]{reason.rule} gives it {reason.says}[/dim]" for reason in leaf.would]
            lines += [
                f"{reason.rule} gives it in messages of its own agreement, and not here" for reason in leaf.elsewhere
            ]
        named = f"{leaf.path}\n[dim]{', '.join(leaf.categories)}[/dim]"
        table.add_row(named, leaf.how if leaf.given else "no", "\n".join(lines))
    return table


def _list(console: Console, title: str, lines: Iterable[str]) -> None:
    known = list(lines)
    if known:
        console.print(f"[bold]{title}[/bold]")
        for line in known:
            console.print(f"  {line}")
