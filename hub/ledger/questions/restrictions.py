"""What of an answer to a person may be left out, and on what ground: as the operator states it, never by itself.

The Data Protection Act 2018, section 45(4), is for law-enforcement processing; its Schedules 2 and 3 are for what
falls under the UK GDPR. A ground of the one regime restricts nothing under the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hub.errors import BadQuestion, Problem
from schemas.labels import Category


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """One ground in law for leaving something out."""

    regime: str
    law: str
    why: str


_ACT = "Data Protection Act 2018"
GROUNDS: Mapping[str, Ground] = {
    "45-4-a": Ground(
        regime="law-enforcement",
        law=f"{_ACT}, section 45(4)(a)",
        why="to avoid obstructing an official or legal inquiry, investigation or procedure",
    ),
    "45-4-b": Ground(
        regime="law-enforcement",
        law=f"{_ACT}, section 45(4)(b)",
        why="to avoid prejudicing the prevention, detection, investigation or prosecution of criminal offences or the"
        " execution of criminal penalties",
    ),
    "45-4-c": Ground(regime="law-enforcement", law=f"{_ACT}, section 45(4)(c)", why="to protect public security"),
    "45-4-d": Ground(regime="law-enforcement", law=f"{_ACT}, section 45(4)(d)", why="to protect national security"),
    "45-4-e": Ground(
        regime="law-enforcement", law=f"{_ACT}, section 45(4)(e)", why="to protect the rights and freedoms of others"
    ),
    "sch2-2": Ground(
        regime="general",
        law=f"{_ACT}, Schedule 2, paragraph 2",
        why="since it would be likely to prejudice the prevention or detection of crime, or the apprehension or"
        " prosecution of offenders",
    ),
    "sch2-5": Ground(
        regime="general",
        law=f"{_ACT}, Schedule 2, paragraph 5",
        why="since it would be likely to prejudice legal proceedings",
    ),
    "sch2-16": Ground(
        regime="general",
        law=f"{_ACT}, Schedule 2, paragraph 16",
        why="since it would disclose information about another person",
    ),
    "sch3-5": Ground(
        regime="general",
        law=f"{_ACT}, Schedule 3, paragraph 5",
        why="since it would be likely to cause serious harm to somebody's physical or mental health",
    ),
}
"""Every ground by its word."""


class Restriction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That something is left out, and why; whatever is stated of what it is has to fit, and something has to be stated.

    Where ``categories`` are stated, only leaves of these are left out, and otherwise the whole disclosure.
    """

    grounds: tuple[str, ...]
    entries: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def concerns(self, entry: str, at: dt.datetime, event: str, recipient: str, agency: str) -> bool:
        """Tell whether a disclosure is one of those that are meant."""
        named = ((self.entries, entry), (self.events, event), (self.recipients, recipient), (self.agencies, agency))
        return (
            all(not words or word in words for words, word in named)
            and (self.since is None or self.since <= at)
            and (self.until is None or at < self.until)
        )

    def ground(self, regime: str) -> str:
        """Return the word of its ground under a regime.

        Raises:
            BadQuestion: it states none, so that nothing may be left out by it.
        """
        for word in self.grounds:
            if GROUNDS[word].regime == regime:
                return word
        raise BadQuestion(Problem("restrictions", f"one meets {regime} processing and has no ground there"))


def check(restrictions: Sequence[Restriction]) -> None:
    """Refuse restrictions that cannot be meant.

    Raises:
        BadQuestion: one has no ground or an unknown one, an unknown category, a time without zone, or names nothing.
    """
    problems = [Problem("restrictions", what) for each in restrictions for what in _wrong(each)]
    if problems:
        raise BadQuestion(*problems)


def _wrong(each: Restriction) -> Iterable[str]:
    if not each.grounds or not GROUNDS.keys() >= set(each.grounds):
        yield f"a ground is one of {', '.join(GROUNDS)}"
    if not {str(category) for category in Category} >= set(each.categories):
        yield "a category is not one of the published schemas"
    if any(moment is not None and moment.tzinfo is None for moment in (each.since, each.until)):
        yield "a moment has no time zone"
    if not any((each.entries, each.events, each.recipients, each.agencies, each.categories, each.since, each.until)):
        yield "one does not say what it restricts"


def sentence_of(word: str) -> str:
    """Return a ground in plain English, with the law."""
    ground = GROUNDS[word]
    return f"{ground.why} ({ground.law})"
