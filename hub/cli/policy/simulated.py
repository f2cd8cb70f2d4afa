"""What a simulation came to, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.cli.policy.paper import wrapped
from hub.ledger.simulated import Changed, Undecided
from hub.pipeline.simulating import Simulated

_TERMS = {
    "obligation": "to owe {}",
    "purpose": "for the purpose {}",
    "gateway": "by the gateway {}",
    "regime": "under the {} regime",
}


def simulated_lines(found: Simulated) -> Iterator[str]:
    """Yield what would have been otherwise, line by line, and then what the record does not tell."""
    yield (
        f"{found.since:%d %b %Y} to {found.until:%d %b %Y}: {_count(found.entries, 'disclosure')} with"
        f" {_count(found.decisions, 'decision')} made again under {', '.join(found.draft)}"
    )
    for number, some in enumerate(_alike(found.changes), 1):
        yield ""
        yield from _numbered(number, some)
    yield ""
    if found.left_open:
        yield f"Not to be told from the record, of {_count(found.undecided, 'decision')}:"
        for each in found.left_open:
            yield from wrapped(f"  {_open(each)}", " " * 6)
    elif not found.changes:
        yield "Nobody would have been told anything otherwise."
    else:
        yield "All else would have been told as it was."


def _alike(changes: Sequence[Changed]) -> list[list[Changed]]:
    """Return changes of one role for one reason, in one way, together."""
    found: dict[tuple[object, ...], list[Changed]] = {}
    for each in changes:
        found.setdefault((each.what, each.role, each.before, each.after, each.because), []).append(each)
    return list(found.values())


def _numbered(number: int, some: Sequence[Changed]) -> Iterator[str]:
    first = some[0]
    yield from wrapped(f"{number}. {first.role}: {_sentence(first)}", " " * 3)
    yield from wrapped(f"     {'; '.join(_where(some))}", " " * 7)
    about: dict[str, int] = {}
    for each in some:
        for kind, count in each.about.items():
            about[kind] = max(about.get(kind, 0), count)
    yield from wrapped(f"     in {', '.join(f'{kind} ({count})' for kind, count in about.items())}", " " * 7)
    if first.because:
        yield from wrapped(f"     because: {', '.join(first.because)}", " " * 7)
    for each in some:
        if each.used_by:
            yield from wrapped(f"   ! their adapter uses {each.leaf}: {', '.join(each.used_by)}", "     ")
    for example in first.examples[:1]:
        text = f"   for example {example.recipient} in entry {example.entry}, event {example.reference}"
        yield from wrapped(text, "     ")


def _where(some: Sequence[Changed]) -> Iterator[str]:
    """Yield in how many copies what changes: leaves in as many copies together, where that is certain."""
    by: dict[str, list[str]] = {}
    for each in some:
        by.setdefault(_copies(each), []).append(each.leaf if each.what == "leaf" else "")
    for copies, leaves in by.items():
        yield f"{', '.join(leaves)} in {copies}" if any(leaves) else f"in {copies}"


def _sentence(change: Changed) -> str:
    newly = "newly" if change.after is not None else "no longer"
    match change.what:
        case "message":
            return f"{newly} told at all"
        case "leaf" if change.before is None:
            return f"newly given{_as(change.after)}"
        case "leaf" if change.after is None:
            return f"no longer given{f', before as {change.before}' if change.before else ''}"
        case "leaf":
            return f"given{_as(change.after) or ' the whole'}, before {change.before or 'the whole'}"
        case _:
            return f"{newly} {_TERMS[change.what].format(change.leaf)}"


def _as(way: str | None) -> str:
    return f" as {way}" if way else ""


def _copies(change: Changed) -> str:
    if not change.perhaps:
        return _count(change.copies, "copy", "copies")
    more = f"{change.perhaps} more if the event had it"
    return f"{_count(change.copies, 'copy', 'copies')}, and {more}" if change.copies else more.replace(" more", "", 1)


def _open(each: Undecided) -> str:
    facts = f" ({', '.join(each.facts)} not read then)" if each.facts else ""
    return (
        f"{each.role}, {_count(each.decisions, 'decision')}: {each.why}{facts}; for example entry {each.example.entry}"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
