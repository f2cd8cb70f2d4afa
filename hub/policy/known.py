"""What is known of the facts of a case that was decided before, and every case that fits it.

A decision's record has what its rules asked for, and nothing else. Under other rules the rest would matter: then a
case is one of several, and only what is the same in all of them can be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from hub.policy.facts import FACTS, INDEX, Situation, value_of
from hub.policy.model import Rule
from hub.policy.situations import distinct_situations

MOST = 2048
"""In how many cases something is decided to tell what is the same in all of them."""


class Known(msgspec.Struct, frozen=True):
    """What is known of the value of one fact."""

    sure: int
    """Of a fact that has several words at once: those that hold."""
    may: int
    """Exactly one of these holds; of a fact that has several words, any of them beside the sure ones."""


def everything(fact: int) -> int:
    """Return the mask of all that a fact can be."""
    return (1 << len(FACTS[fact].domain)) - 1


def nothing_known(fact: int) -> Known:
    """Return that a fact can be whatever it can be."""
    return Known(0, everything(fact))


def exactly(fact: int, value: int) -> Known:
    """Return that a fact has a value."""
    return Known(value, 0) if FACTS[fact].many else Known(0, value)


def as_read(words: Mapping[str, Iterable[str]]) -> Situation:
    """Return the situation in which the facts that were read were so; what was not read does not matter.

    Raises:
        KeyError, ValueError: a fact or a word is not in the closed list.
    """
    values = [0] * len(FACTS)
    for name, said in words.items():
        values[INDEX[name]] = value_of(name, said)
    return tuple(values)


def as_recorded(words: Mapping[str, Iterable[str]], asked: Mapping[int, int]) -> dict[int, Known]:
    """Return what is known of the facts that were read, by their words and by the masks that were asked of them.

    Raises:
        KeyError, ValueError: a fact or a word is not in the closed list.
    """
    found: dict[int, Known] = {}
    for name, said in words.items():
        fact = INDEX[name]
        value, rest = value_of(name, said), everything(fact) & ~asked.get(fact, 0)
        found[fact] = Known(value, rest) if FACTS[fact].many else Known(0, value or rest or everything(fact))
    return found


class TooManyCases(Exception):
    """So little is known that the cases cannot be gone through."""


def possible_situations(rules: Iterable[Rule], facts: Mapping[int, Known]) -> Iterator[Situation]:
    """Yield one situation for each set of rules that can hold together in a case of which these facts are known.

    Raises:
        TooManyCases: there are too many.
    """
    known = [facts.get(fact) or nothing_known(fact) for fact in range(len(FACTS))]
    found = distinct_situations(list(rules), [(each.sure, each.may) for each in known], MOST)
    if len(found) > MOST:
        raise TooManyCases
    yield from found
