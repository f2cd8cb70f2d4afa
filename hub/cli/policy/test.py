"""``hub policy test``: whether the agreements come to what the scenarios beside them say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from hub.cli.policy.agreements import about_policies, few
from hub.policy.decide import Policy
from hub.policy.load import load_agreements
from hub.policy.model import Agreement
from hub.policy.scenarios.noticed import OUTCOMES, Mutation, Score, Tried, score
from hub.policy.scenarios.read import beside, load_suite
from hub.policy.scenarios.suite import Suite
from hub.policy.scenarios.tried import STEPS, Wrong, tried
from hub.policy.scenarios.undecided import Undecided, undecided


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run, as ``--json`` gives it."""

    scenarios: int
    wrong: tuple[Wrong, ...]
    undecided: tuple[Undecided, ...]
    mutation: Score | None = None
    mutants: tuple[Tried, ...] = ()


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@about_policies
@click.option("--mutate", is_flag=True, help="Then make small mistakes in the agreements: does a scenario notice?")
@click.option(
    "--recipients",
    type=click.IntRange(min=1),
    help="With --mutate: how many recipients to add to and take from each rule; every one, unless it is said.",
)
@click.option("--aim", default=0.95, show_default=True, help="With --mutate: the least share to be noticed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def test(
    files: tuple[Path, ...],
    policies: tuple[Path, ...],
    aim: float,
    recipients: int | None,
    *,
    mutate: bool,
    as_json: bool,
) -> None:
    """Try every scenario beside the agreements, or those of FILES alone, for every role and standing to the person.

    Ends with 1 where something came out differently, where nobody has said what is right, or where
    fewer mistakes were noticed than it aims at.
    """
    suite = load_suite(beside(policies))
    agreements = load_agreements(policies)
    for file in files:
        if not suite.only([file]).spoken:
            raise click.BadParameter(f"{file} has no scenario of those beside the agreements, in {suite.folder}")
    chosen = suite.only(files) if files else suite
    wrong = _tried(chosen, agreements)
    open_questions = () if files else tuple(undecided(suite))
    mutants = _mutated(suite, agreements, recipients) if mutate and not wrong else ()
    found = Report(
        scenarios=chosen.spoken,
        wrong=wrong,
        undecided=open_questions,
        mutation=score(mutants) if mutants else None,
        mutants=mutants,
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _show(found, whole=not files)
    below = found.mutation is not None and found.mutation.share < aim
    sys.exit(1 if wrong or open_questions or below else 0)


def _tried(suite: Suite, agreements: Sequence[Agreement]) -> tuple[Wrong, ...]:
    with click.progressbar(tried(suite, Policy(agreements)), length=STEPS, label="Trying", file=sys.stderr) as bar:
        return tuple(wrong for some in bar for wrong in some)


def _mutated(suite: Suite, agreements: Sequence[Agreement], recipients: int | None) -> tuple[Tried, ...]:
    mutation = Mutation(suite, agreements)
    with click.progressbar(mutation.mutants(recipients), label="Making mistakes", file=sys.stderr) as bar:
        return tuple(map(mutation.tried, bar))


def _show(found: Report, *, whole: bool) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    if found.wrong:
        console.print(_wrong_table(found.wrong))
    if found.undecided:
        console.print(_undecided_table(found.undecided))
    if found.mutation is not None:
        _show_mutants(console, found.mutation, found.mutants)
    wrong = len({(w.place, w.role) for w in found.wrong})
    result = f"[red]{wrong} times another outcome for a role[/red]" if wrong else "as they say"
    decided = "nothing undecided" if whole else "what is undecided is looked for in all files together"
    open_questions = f"[red]{len(found.undecided)} undecided[/red]" if found.undecided else decided
    console.print(f"{found.scenarios} scenarios: {result}; {open_questions}")


def _wrong_table(wrong: Iterable[Wrong]) -> Table:
    """Return one line for each scenario, role and thing that is wrong, whatever the standing and the event type."""
    table = Table("scenario", "role", "of what", "expected", "came", "because", title="Wrong", title_justify="left")
    together: dict[tuple[str, ...], list[Wrong]] = {}
    for w in wrong:
        together.setdefault((w.place, w.scenario, w.role, w.what, w.expected, w.came, w.because), []).append(w)
    for (place, name, role, what, expected, came, because), same in together.items():
        ways, kinds = few({w.way for w in same}), few({w.kind for w in same if w.kind})
        of_kinds = f"\n[dim]in {kinds}[/dim]" if kinds else ""
        table.add_row(
            f"{name}\n[dim]{place}[/dim]", f"{role}\n[dim]{ways}[/dim]", what + of_kinds, expected, came, because
        )
    return table


def _undecided_table(questions: Iterable[Undecided]) -> Table:
    table = Table("what", "for", "in", title="Undecided", title_justify="left")
    for q in questions:
        table.add_row(f"{q.what}\n[dim]{q.place}[/dim]", few(q.roles), few(q.kinds))
    return table


def _show_mutants(console: Console, result: Score, mutants: Iterable[Tried]) -> None:
    counted = Counter((m.mistake, m.outcome) for m in mutants)
    table = Table("mistake", *OUTCOMES, title="Mistakes made, one at a time", title_justify="left")
    for mistake in dict.fromkeys(m for m, _ in counted):
        table.add_row(mistake, *(str(counted[mistake, outcome]) for outcome in OUTCOMES))
    console.print(table)
    survivors = Table("rule", "mistake", "for example", title="Noticed by no scenario", title_justify="left")
    for m in mutants:
        if m.outcome == "survived":
            survivors.add_row(m.rule, f"{m.mistake}\n[dim]{m.detail}[/dim]", m.example)
    if survivors.row_count:
        console.print(survivors)
    console.print(f"{result.noticed} of {result.noticed + result.survived} mistakes noticed: {result.share:.3f}")
