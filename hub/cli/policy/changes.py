"""What changes from one agreement to another, for a person to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.cli.policy.paper import wrapped
from hub.policy.analysis.difference import Change, Difference, Some
from hub.policy.analysis.examples import Answer, Example
from hub.policy.analysis.words import kind_words, role_words
from schemas.catalogue import CATALOGUE
from schemas.labels import Role

_TERMS = {
    "obligation": "to owe {}",
    "purpose": "for the purpose {}",
    "gateway": "by the gateway {}",
    "regime": "under the {} regime",
}

MUCH = (
    "So much is otherwise that it was not worked out in which cases, nor on what terms leaves are given: "
    "each change is there in at least one case, of which there is an example."
)


def difference_lines(found: Difference) -> Iterator[str]:
    """Yield what changes, line by line."""
    yield from _written(found)
    if not found.cases:
        yield from wrapped(MUCH, "")
    for number, change in enumerate(found.changes, 1):
        yield ""
        yield from _numbered(number, change)
    if found.changes or found.agreements or found.ages:
        yield ""
    for left in found.left_out:
        yield from wrapped(f"Not worked out, for it takes too much: {left.role}, {_kinds(left.about)}", "  ")
    if not found.views_change:
        yield "Nobody's view changes, in any case that there can be."
    else:
        else_stays = "All else stays as it is, for everybody and in every case that there can be."
        yield else_stays if found.cases else f"{else_stays[:-1]}, but perhaps on other terms."


def _written(found: Difference) -> Iterator[str]:
    for word, names in (
        ("added", found.rules.added),
        ("removed", found.rules.removed),
        ("changed", found.rules.changed),
    ):
        if names:
            yield from wrapped(f"Rules {word}: {', '.join(names)}", "")
    for sentence in (*found.agreements, *found.ages):
        yield from wrapped(sentence[0].upper() + sentence[1:], "")


def _numbered(number: int, change: Change) -> Iterator[str]:
    lead = f"{number}. "
    for some in change.whom:
        yield from wrapped(lead + _sentence(change, some), " " * 3)
        lead = "   and " if len(change.whom) > 1 else lead
    yield from _lines((*_terms(change), *change.condition.words), "     ")
    yield from _inner(change.leaves)
    if change.example is not None:
        yield from _example(change.example)
    for mark in dict.fromkeys([*change.unusual, *(m for leaf in change.leaves for m in leaf.unusual)]):
        yield from wrapped(f"   ! {mark}", "     ")


def _sentence(change: Change, some: Some) -> str:
    who, kinds = role_words(some.roles), _about(some)
    newly = "newly" if change.after is not None else "no longer"
    match change.what:
        case "message":
            return f"{who}: {newly} told of {kinds}"
        case "status":
            return f"{who}: {newly} to know whether somebody is on a scheme, {kinds}"
        case "terms":
            return f"{who}: given {', '.join(some.leaves)} {kinds} on other terms"
        case _:
            return f"{who}: {_given(change, ', '.join(some.leaves))} {kinds}"


def _about(some: Some) -> str:
    if some.about is None:
        return "in every message that they get"
    words = _kinds(some.about)
    return f"in {words}" if some.leaves else words


def _kinds(kinds: Sequence[str]) -> str:
    return kind_words(kinds, CATALOGUE)


def _given(change: Change, leaves: str) -> str:
    if change.before is None:
        return f"newly given {leaves}"
    if change.after is None:
        return f"no longer given {leaves}"
    return f"given {leaves}, before {_way(change.before)},"


def _way(way: str) -> str:
    return f"only as {way}" if way else "the whole"


def _terms(change: Change) -> Iterator[str]:
    for word, terms in (("newly", change.added), ("no longer", change.dropped)):
        if terms:
            yield f"{word} {', '.join(_TERMS[kind].format(name) for kind, name in terms)}"


def _inner(leaves: Sequence[Change]) -> Iterator[str]:
    """Yield what messages have, by its condition: what all of them have first."""
    by_condition: dict[tuple[str, ...], dict[tuple[Role, ...], list[str]]] = {}
    for leaf in sorted(leaves, key=lambda each: each.condition.words):
        for some in leaf.whom:
            by_condition.setdefault(leaf.condition.words, {}).setdefault(some.roles, []).extend(some.leaves)
    for words, given in by_condition.items():
        for roles, named in given.items():
            who = "" if len(given) == 1 else f"{role_words(roles)}: "
            yield from wrapped(f"     with {who}{', '.join(dict.fromkeys(named))}", " " * 10)
        yield from _lines(words, " " * 10)


def _example(example: Example) -> Iterator[str]:
    facts = ", ".join(
        f"{name}: {words[0] if len(words) == 1 else '[' + ', '.join(words) + ']'}"
        for name, words in example.situation.items()
    )
    leaf = f", {example.leaf}" if example.leaf else ""
    yield from wrapped(f"   for example {example.role}, {example.about}{leaf}{'; ' + facts if facts else ''}", "     ")
    yield from wrapped(f"     before: {_answer(example.before)}", " " * 13)
    yield from wrapped(f"     after:  {_answer(example.after)}", " " * 13)


def _answer(answer: Answer) -> str:
    if answer.given:
        way = f" as {answer.transform}" if answer.transform else ""
        return f"given{way} by {', '.join(answer.because)}"
    return f"not given: {', '.join(answer.because)}"


def _lines(words: Iterable[str], indent: str) -> Iterator[str]:
    for line in words:
        yield from wrapped(indent + line, indent + "       ")
