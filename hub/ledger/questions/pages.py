"""The statement for a person as a document: an accessible page, or Markdown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from hub.ledger.questions.statement import Collected, SubjectStatement, Told

LONDON = ZoneInfo("Europe/London")
TITLE = "What was told about you"
NO_VALUES = (
    "The record says what kinds of information were told, to whom and why. It does not repeat the information itself:"
    " ask the hub, or the agency that was told, for a copy of it."
)
RIGHTS = (
    "You may ask for information about you to be corrected or erased, or for its use to be restricted. If you think"
    " that something is left out wrongly, you may ask the Information Commissioner to look at it, or apply to a court."
)


def when(at: dt.datetime) -> str:
    """Return a moment as people in London say it."""
    local = at.astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("hub.ledger.questions"), PackageLoader("hub.policy.printed")]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = when
    return environment


def html(statement: SubjectStatement) -> str:
    """Return the document as a page."""
    model = msgspec.structs.asdict(statement)
    return (
        _environment()
        .get_template("statement.html")
        .render(**model, heading=TITLE, no_values=NO_VALUES, rights=RIGHTS, completeness=completeness(statement))
    )


def completeness(statement: SubjectStatement) -> list[str]:
    """Return up to where the statement is complete, in sentences."""
    of = statement.as_of
    lines = [
        f"This covers all of the record about you up to checkpoint {of.size} of the log {of.log}.",
        f"The root of that checkpoint is {of.root}.",
        "The log is signed: whoever has this checkpoint can show that nothing before it was altered since.",
    ]
    if statement.before_the_log:
        lines.append(
            f"{statement.before_the_log} of the entries were recorded before there was a log: it is not over them."
        )
    if statement.restricted or any(told.left_out for told in statement.told):
        lines.append("Something is left out, as the law allows. It is said below that it is, and why.")
    return lines


def markdown(statement: SubjectStatement) -> str:
    """Return the document as Markdown."""
    return "\n".join(_lines(statement)) + "\n"


def _lines(statement: SubjectStatement) -> Iterator[str]:
    yield from (f"# {TITLE}", "", f"Made on {when(statement.made_at)}.", "")
    for line in (*completeness(statement), NO_VALUES):
        yield from (line, "")
    yield from ("## What was told, to whom and why", "")
    if not statement.told:
        yield from ("Nothing is recorded as told.", "")
    for told in statement.told:
        yield from _telling(told)
    for why in statement.restricted:
        yield from (f"Restricted: something that was told is left out, {_escaped(why)}.", "")
    for heading, rows in (
        ("Where information about you came from", statement.collected),
        ("Who asked about you", statement.asked),
        ("What was changed or erased", statement.changed),
    ):
        yield from _rows(heading, rows)
    yield from ("## What you can do", "", RIGHTS, "", "## The checkpoint", "", "```")
    yield from (*statement.as_of.checkpoint.rstrip("\n").split("\n"), "```", "")
    yield f"The question is recorded as {statement.as_of.question}."


def _telling(told: Told) -> Iterator[str]:
    yield from (f"### {when(told.at)}: {_escaped(told.agency)}", "")
    yield f"- What had happened: {_escaped(told.what)}"
    yield f"- Told to: {_escaped(told.role)} ({_escaped(told.recipient)})"
    yield f"- Kinds of information: {_escaped(', '.join(told.kinds) or 'none that is named here')}"
    for label, sentences in (("Why", told.purposes), ("By what power", told.powers), ("Bound to", told.duties)):
        yield from (f"- {label}: {_escaped(sentence)}" for sentence in sentences)
    yield f"- Agreements: {_escaped(', '.join(told.agreements))}"
    yield f"- Processing: {told.processing}" + (f"; you were known as {told.person_as}" if told.person_as else "")
    if not told.sent:
        yield "- It was not sent: an agreement that came into force meanwhile withheld it."
    yield from (f"- Restricted: further kinds of information are left out, {_escaped(why)}." for why in told.left_out)
    yield ""


def _rows(heading: str, rows: tuple[Collected, ...]) -> Iterator[str]:
    yield from (f"## {heading}", "")
    if not rows:
        yield "Nothing is recorded."
    yield from (f"- {when(row.at)}: {_escaped(row.what)} ({_escaped(row.by)})" for row in rows)
    yield ""


def _escaped(text: str) -> str:
    """Return text that Markdown takes as it is."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in text)
