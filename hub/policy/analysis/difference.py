"""What changes for whom from some agreements to others, over every case, in the language's own words."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from hub.directory.model import Directory
from hub.errors import TooIntricate
from hub.policy.analysis.conditions import Case, Condition
from hub.policy.analysis.entries import Block, Entries, Entry, Steps
from hub.policy.analysis.examples import Asked, Example, Examples
from hub.policy.analysis.forms import Forms
from hub.policy.analysis.heads import heads
from hub.policy.analysis.marks import Marks
from hub.policy.analysis.part import Term
from hub.policy.analysis.reading import Desk, Reading
from hub.policy.analysis.regions import NOWHERE, TooMuch
from hub.policy.analysis.shifts import Comparison
from hub.policy.analysis.words import condition_words, leaf_words
from hub.policy.decide import Policy
from hub.policy.facts import FACTS, words_of
from hub.policy.model import Agreement, Rule
from schemas.labels import Role

READING = 500_000
"""How many steps may be taken to work out when each rule holds."""
ENOUGH = Steps()


class Some(msgspec.Struct, frozen=True):
    """Every one of some roles, for every one of some event types and leaves."""

    roles: tuple[Role, ...]
    about: tuple[str, ...] | None
    """The event types; None where it is every message that these roles get, now as before."""
    leaves: tuple[str, ...]
    """By category where all that are of it alone are meant, else by path."""
    paths: tuple[str, ...]


class Lines(msgspec.Struct, frozen=True):
    """Lines that hold together: of each fact any of some words, or none of them."""

    any_of: tuple[tuple[str, tuple[str, ...]], ...]
    none_of: tuple[tuple[str, tuple[str, ...]], ...]


class When(msgspec.Struct, frozen=True):
    """A condition: what must hold, one of some cases if any are named, and exceptions; and the same in lines."""

    when: Lines
    either: tuple[Lines, ...]
    unless: tuple[Lines, ...]
    words: tuple[str, ...]
    whole: bool
    """Whether it is all; if not, it changes in some of these cases, and to name them takes too many words."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change, wherever and for whomsoever it is the same."""

    what: str
    before: str | None
    after: str | None
    added: tuple[Term, ...]
    dropped: tuple[Term, ...]
    whom: tuple[Some, ...]
    condition: When
    example: Example | None
    """Of leaves in messages that begin or end there is none: the messages have one. Nor where it takes too much."""
    unusual: tuple[str, ...]
    leaves: tuple[Change, ...] = ()
    """Of messages that begin or end: what they have."""


class Rules(msgspec.Struct, frozen=True):
    """The rules that are written otherwise, by name; reasons do not count."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


class LeftOut(msgspec.Struct, frozen=True):
    """One role and the event types about which it takes too much to work out whether anything changes for it."""

    role: Role
    about: tuple[str, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that changes: nothing for anybody where ``changes``, ``ages`` and ``left_out`` are empty."""

    rules: Rules
    agreements: tuple[str, ...]
    """What the agreements say of themselves otherwise, each in a sentence."""
    ages: tuple[str, ...]
    """Whose age fact goes by something else, each in a sentence."""
    changes: tuple[Change, ...]
    cases: bool
    """Whether it was worked out in which cases; if not, so much differs that only this was: in some or in none.
    Then nothing is said of terms."""
    left_out: tuple[LeftOut, ...]

    @property
    def views_change(self) -> bool:
        """Whether in some case somebody is told more, less or otherwise, or it was not worked out."""
        return bool(self.changes or self.ages or self.left_out)

    @property
    def anything(self) -> bool:
        """Whether there is any difference but reasons and the order of rules."""
        return self.views_change or bool(self.agreements) or self.rules != Rules((), (), ())


def difference(
    old: Sequence[Agreement], new: Sequence[Agreement], directory: Directory | None = None, steps: Steps = ENOUGH
) -> Difference:
    """Return what changes from some agreements to others, worked out over every case.

    What adapters lose by it is marked where the directory is given.

    Raises:
        TooIntricate: it takes too much to work out when some rule holds at all.
    """
    with _without_collecting():
        return _difference(old, new, directory, steps)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Put off the collector: regions are millions of small tuples without a circle, and it looks at all."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _difference(
    old: Sequence[Agreement], new: Sequence[Agreement], directory: Directory | None, steps: Steps
) -> Difference:
    desk = Desk(Forms([*old, *new]))
    try:
        with desk.regions.allowing(READING):
            comparison = Comparison(Reading(old, desk), Reading(new, desk))
    except TooMuch:
        raise TooIntricate from None
    recipients = directory.recipients.values() if directory else ()
    entries = Entries(comparison, steps)
    describe = _Describing(comparison, Examples(desk.regions, old, new), Marks(comparison, recipients))
    return Difference(
        rules=_rules(old, new),
        agreements=tuple(heads(old, new)),
        ages=tuple(_ages(old, new)),
        changes=tuple([describe.change(entry) for entry in entries.all()]),
        cases=entries.cases,
        left_out=_left_out(entries.left_out),
    )


def _left_out(pairs: Iterable[tuple[Role, str]]) -> tuple[LeftOut, ...]:
    kinds: dict[Role, list[str]] = {}
    for role, kind in pairs:
        kinds.setdefault(role, []).append(kind)
    return tuple(LeftOut(role, tuple(about)) for role, about in kinds.items())


class _Describing:
    """Puts entries into words."""

    def __init__(self, comparison: Comparison, examples: Examples, marks: Marks) -> None:
        self._forms = comparison.desk.forms
        self._marks, self._examples = marks, examples

    def change(self, entry: Entry) -> Change:
        shift = entry.shift
        way = shift.after if shift.after is not None else shift.before
        return Change(
            what=shift.what,
            before=shift.before,
            after=shift.after,
            added=shift.added,
            dropped=shift.dropped,
            whom=tuple(self._some(block, way) for block in entry.blocks),
            condition=_when(entry.condition),
            example=self._example(entry) if shift.among == "kept" and entry.region != NOWHERE else None,
            unusual=self._marks.of(entry),
            leaves=tuple(map(self.change, entry.leaves)),
        )

    def _example(self, entry: Entry) -> Example:
        place = entry.place
        leaf = None if place.form is None else self._forms.paths(place.kind, place.form)[0]
        return self._examples.of(Asked(place.role, self._forms.catalogue[place.kind], leaf, entry.region))

    def _some(self, block: Block, way: str | None) -> Some:
        kinds = block.kinds or tuple(self._forms.catalogue)
        forms, of = frozenset(block.forms), self._forms.paths
        paths = {path for kind in kinds for form in forms.intersection(self._forms.of(kind)) for path in of(kind, form)}
        leaves = leaf_words(block, self._forms, way) if block.forms else ()
        return Some(block.roles, block.kinds or None, leaves, tuple(sorted(paths)))


def _when(condition: Condition) -> When:
    return When(
        _lines(condition.when),
        tuple(map(_lines, condition.either)),
        tuple(map(_lines, condition.unless)),
        condition_words(condition),
        condition.whole,
    )


def _lines(case: Case) -> Lines:
    return Lines(
        *(
            tuple((FACTS[line.fact].name, tuple(words_of(FACTS[line.fact].name, line.mask))) for line in lines)
            for lines in (case.any_of, case.none_of)
        )
    )


def _rules(old: Iterable[Agreement], new: Iterable[Agreement]) -> Rules:
    before, after = ({r.id: _said(r) for a in agreements for r in a.rules} for agreements in (old, new))
    return Rules(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(name for name in after if name in before and before[name] != after[name]),
    )


def _said(rule: Rule) -> Rule:
    """Return a rule without its reason, which nobody's view depends on."""
    return msgspec.structs.replace(rule, because="", targets=tuple(sorted(rule.targets, key=repr)))


def _ages(old: Sequence[Agreement], new: Sequence[Agreement]) -> Iterator[str]:
    before, after = Policy(old), Policy(new)
    for birthday, words in ((True, "the birthday"), (False, "the recorded hand-over")):
        roles = [r for r in Role if before.age_by_birthday(r) is not birthday and after.age_by_birthday(r) is birthday]
        if roles:
            yield f"whether somebody is under 18 goes by {words} now for {', '.join(roles)}"
