"""What the nodes of regions ask, in one order: a fact for its word, or whether it has a word."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hub.policy.facts import AT, FACTS
from hub.policy.intervals import asked, cells
from hub.policy.model import Rule


class Question(msgspec.Struct, frozen=True):
    """What a node asks: which word a fact has, or whether a set-valued one has a word; answers are masks."""

    fact: int
    answers: tuple[int, ...]
    """For a set-valued fact no and yes: nought, and the word's mask."""


def questions_of(rules: Iterable[Rule]) -> tuple[Question, ...]:
    """Return every question in its order: set-valued facts last, where a line is a short chain.

    Their words are asked from the last to the first, so that an example has one of the first. Of a number is asked
    in which of the intervals it is that the rules tell apart; of places, only those that the rules name.
    """
    masks = asked(rules)
    single = [Question(i, _answers(i, masks.get(i, ()))) for i, f in enumerate(FACTS) if not f.many]
    several = [Question(i, (0, 1 << b)) for i, f in enumerate(FACTS) if f.many for b in _bits(i, masks.get(i, ()))]
    return (*single, *reversed(several))


def _answers(fact: int, masks: Iterable[int]) -> tuple[int, ...]:
    words = len(FACTS[fact].domain)
    return cells(masks, (1 << words) - 1) if FACTS[fact].span else tuple(1 << bit for bit in range(words))


def _bits(fact: int, masks: Iterable[int]) -> Iterable[int]:
    return [b for b in range(len(FACTS[fact].domain)) if fact != AT or any(mask >> b & 1 for mask in masks)]


def has(value: int, question: Question, place: int) -> bool:
    """Tell whether a fact's value gives an answer."""
    if FACTS[question.fact].many:
        return bool(value & question.answers[1]) == bool(place)
    return bool(value & question.answers[place])
