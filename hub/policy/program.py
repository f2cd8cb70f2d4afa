"""What the agreements in force say about one role and one event type: default deny, withholding wins.

A ``Program`` reads few facts, each over a finite domain, so its answers are few and are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from hub.policy.facts import FACTS, words_of
from hub.policy.model import Agreement, Regime, Rule
from hub.policy.role_rules import RoleRules
from hub.policy.said import Release, Said, holding, together
from hub.policy.status import STATUS
from hub.policy.transforms import PSEUDONYM
from schemas.catalogue import EventType
from schemas.labels import Category, Role

KEPT = 4096
"""How many answers a program keeps before it starts afresh."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: the leaves given, each with its rules, and what was withheld, with the reason."""

    role: Role
    kind: str
    given: Mapping[str, Release]
    withheld: Mapping[Category, str]
    """Each category of the event type that is not given whole: the withholding rule, or one of the reasons below."""
    purposes: tuple[str, ...]
    gateways: tuple[str, ...]
    obligations: tuple[str, ...]
    agreements: tuple[str, ...]
    regime: Regime
    facts_read: tuple[tuple[str, tuple[str, ...]], ...]
    present: bool
    """Whether the recipient may learn that the event happened at all; if not, it gets no message."""
    knows_status: bool
    """Whether the recipient may know that the person is known to the hub."""
    tells_status: bool = False
    """Whether it lets the recipient know the status, or gives a leaf that tells it."""
    keyed: bool = False
    """Whether a pseudonym is given, so that each agency has another copy."""


NO_RULE = "no rule gives it"
NOT_PRESENT = "that it happened may not be known"
ELSEWHERE = "the agreement that gives it sends no such message here"


class Program:
    """The rules that can matter for one role and one event type, ready to be asked."""

    def __init__(self, rules: RoleRules, role: Role, event: EventType) -> None:
        """Take the rules for the role that speak of the type."""
        self.role, self.event = role, event
        self._agreement_of, self._speaking = rules.agreement_of, rules.speaking(event)
        self._said = rules.said(event)
        self._known_by = {c: rules.telling.get(c, 0) for c in (event.topic, Category.MARKER)}
        self._hidden_by = {c: rules.silencing[c] for c in (event.topic, Category.MARKER)}
        self.reads = self._speaking.reads
        """Each fact that is read, with the mask of what is asked of it."""
        self._kept: dict[tuple[int, ...], Decision] = {}
        self._answers: dict[tuple[int, int], Decision] = {}

    def decide(self, situation: tuple[int, ...]) -> Decision:
        """Return the decision for a situation; equal facts read give the very same object."""
        key = self._read(situation)
        decision = self._kept.get(key)
        if decision is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
                self._answers.clear()
            decision = self._kept[key] = self._decide(situation)
        return decision

    def rules_that_tell(self, category: Category) -> tuple[Rule, ...]:
        """Return the rules by which something of a category is known here, or is not: the topic, or the status."""
        told = ((self._speaking.gives, self._known_by[category]), (self._speaking.withholds, self._hidden_by[category]))
        return tuple(rule for rules, bits in told for bit, rule in rules if bits & bit)

    def forbidden(self, situation: tuple[int, ...], *, status: bool) -> frozenset[str]:
        """Return the leaves that withholdings take in a situation; all where they keep the message itself away.

        What no rule gives is not among them for that: nobody withholds it. ``status`` says that the message rests on
        knowing the status.
        """
        takes = holding(self._speaking.withholds, situation)
        kept = [self.event.topic, Category.MARKER] if status or not self.event.alike else [self.event.topic]
        silenced = any(takes & self._hidden_by[category] for category in kept)
        return frozenset(path for said in self._said if silenced or takes & said.taken for path in said.paths)

    def _read(self, situation: tuple[int, ...]) -> tuple[int, ...]:
        """Return what is read of a situation: of a number, only in which interval it is."""
        found = [situation[fact] & mask for fact, mask in self.reads]
        for i, parts in self._speaking.cells.items():
            found[i] = _or(part for part in parts if part & found[i])
        return tuple(found)

    def _decide(self, situation: tuple[int, ...]) -> Decision:
        holds = holding(self._speaking.gives, situation), holding(self._speaking.withholds, situation)
        if holds not in self._answers:
            self._answers[holds] = self._answer(*holds)
        return replace(self._answers[holds], facts_read=self.facts(situation))

    def _answer(self, gives: int, takes: int) -> Decision:
        """Return the decision for the rules that hold, but for the facts read."""
        opened = [gives & whole for whole in self._speaking.wholes if self._opens(gives & whole, takes)]
        given = self._released(opened, takes)
        cited = {rule for release in given.values() for rule in release.rules}
        relied = [rule for bit, rule in self._speaking.gives if gives & bit and rule.id in cited]
        agreements = {a.name: a for a in (self._agreement_of[id(rule)] for rule in relied)}
        knows = self._may_know(Category.MARKER, gives, takes)
        return Decision(
            role=self.role,
            kind=self.event.name,
            given=given,
            withheld=self._reasons(given, gives, opened, takes),
            purposes=unique(r.purpose for r in relied),
            gateways=unique(r.gateway for r in relied),
            obligations=unique(o for r in relied for o in r.obligations),
            agreements=tuple(a.reference for a in agreements.values()),
            regime=_regime(self.role, agreements.values()),
            facts_read=(),
            present=bool(opened),
            knows_status=knows,
            tells_status=knows or any(self._tells(said) and said.paths[0] in given for said in self._said),
            keyed=any(release.transform == PSEUDONYM for release in given.values()),
        )

    def facts(self, situation: tuple[int, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the facts that a decision reads, with the words that were found."""
        return tuple(
            (FACTS[fact].name, tuple(words_of(FACTS[fact].name, value)))
            for (fact, _), value in zip(self.reads, self._read(situation), strict=True)
        )

    def _opens(self, gives: int, takes: int) -> bool:
        """Tell whether the rules of one whole that hold let a message be sent, by themselves."""
        return (
            self._may_know(self.event.topic, gives, takes)
            and (self.event.alike or self._may_know(Category.MARKER, gives, takes))
            and any(said.release(gives & self._speaking.own, takes) for said in self._said)
        )

    def _released(self, opened: Sequence[int], takes: int) -> dict[str, Release]:
        """Return what is given within the wholes that send the message."""
        released = ((said, release) for said in self._said if (release := self._release(said, opened, takes)))
        return dict(sorted((path, release) for said, release in released for path in said.paths))

    def _release(self, said: Said, opened: Sequence[int], takes: int) -> Release | None:
        if len(opened) == 1:
            return said.release(opened[0], takes)
        return together([release for gives in opened if (release := said.release(gives, takes))])

    @staticmethod
    def _tells(said: Said) -> bool:
        return any(word.category in STATUS for word in said.words)

    def _may_know(self, category: Category, gives: int, takes: int) -> bool:
        """Tell whether something of a category is given, other than as an accompaniment, and not withheld whole."""
        return bool(gives & self._known_by[category]) and not takes & self._hidden_by[category]

    def _reasons(
        self, given: Mapping[str, Release], gives: int, opened: Sequence[int], takes: int
    ) -> dict[Category, str]:
        """Say for each category that is not given whole what stands against it."""
        heard, otherwise = (_or(opened), ELSEWHERE) if opened else (gives, NOT_PRESENT)
        reasons: dict[Category, str] = {}
        for said in self._said:
            release = given.get(said.paths[0])
            if release is not None and release.transform is None:
                continue
            against = {w.category: why for w in said.words if (why := w.against(heard, takes)) is not None}
            for category, why in (against or {w.category: otherwise for w in said.words}).items():
                apart = not why and any(w.category == category and gives & ~heard & w.plain for w in said.words)
                reasons.setdefault(category, why or (ELSEWHERE if apart else NO_RULE))
        return dict(sorted(reasons.items()))


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """Return words in order, each once, without the empty one."""
    return tuple(sorted({w for w in words if w}))


def _or(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _regime(role: Role, agreements: Iterable[Agreement]) -> Regime:
    """Return the regime of the agreements relied on; where both meet, the general one, which owes the person more."""
    regimes = {"general" if role in a.general_roles else a.regime for a in agreements}
    return "law-enforcement" if regimes == {"law-enforcement"} else "general"
