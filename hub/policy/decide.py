"""What one recipient may know of one event: default deny, withholding wins, every leaf with its rule.

A ``Program`` is all that the agreements in force say about one role and one event type. It
reads few facts, each over a finite domain, so its answers are few and are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from hub.policy.facts import AGE, AGE_YEARS, AT, FACTS, RELATION, words_of
from hub.policy.intervals import asked, cells
from hub.policy.model import Agreement, Regime, Rule
from hub.policy.said import Release, Said, holding, laid_out, silencing, telling, together
from hub.policy.terms import strictest
from hub.policy.transforms import PSEUDONYM
from hub.policy.wholes import wholes_of
from schemas.catalogue import EventType
from schemas.labels import Category, Role
from schemas.leaves import leaves_of
from schemas.terms import Terms

__all__ = ["ELSEWHERE", "NOT_PRESENT", "NO_RULE", "Decision", "Policy", "Program", "Release"]

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
    keyed: bool = False
    """Whether a pseudonym is given, so that each agency has another copy."""


NO_RULE = "no rule gives it"
NOT_PRESENT = "that it happened may not be known"
ELSEWHERE = "the agreement that gives it sends no such message here"


class Program:
    """The rules that can matter for one role and one event type, ready to be asked."""

    def __init__(self, role: Role, event: EventType, agreements: tuple[Agreement, ...]) -> None:
        """Pick the rules that speak of the role and the type."""
        self.role, self.event = role, event
        self._by_rule = {id(rule): a for a in agreements for rule in a.rules}
        rules = [r for a in agreements for r in a.rules if role in r.roles and event.name in r.types]
        self._gives = [r for r in rules if r.effect == "give"]
        self._withholds = [r for r in rules if r.effect == "withhold"]
        self._own = sum(1 << i for i, r in enumerate(self._gives) if not r.accompanies)
        self._wholes = self._read_together(agreements)
        self._said = laid_out(leaves_of(event.data), self._gives, self._withholds)
        self._known_by = {c: telling(c, self._gives) for c in (event.topic, Category.MARKER)}
        self._hidden_by = {c: silencing(c, self._withholds) for c in (event.topic, Category.MARKER)}
        self.reads = tuple((fact, _or(masks)) for fact, masks in sorted(asked(rules).items()))
        self._cells = {
            i: cells(masks) for i, (fact, masks) in enumerate(sorted(asked(rules).items())) if FACTS[fact].span
        }
        """For each number that is read, by its place: the intervals that the rules tell apart."""
        self._kept: dict[tuple[int, ...], Decision] = {}
        self._answers: dict[tuple[int, int], Decision] = {}

    def _read_together(self, agreements: Iterable[Agreement]) -> tuple[int, ...]:
        """Return for each whole of agreements the rules of it that give."""
        found: dict[str, int] = {}
        wholes = wholes_of(agreements)
        for i, rule in enumerate(self._gives):
            for whole in sorted(wholes[self._by_rule[id(rule)].name]):
                found[whole] = found.get(whole, 0) | 1 << i
        return tuple(dict.fromkeys(found.values()))

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

    def _read(self, situation: tuple[int, ...]) -> tuple[int, ...]:
        """Return what is read of a situation: of a number, only in which interval it is."""
        found = [situation[fact] & mask for fact, mask in self.reads]
        for i, parts in self._cells.items():
            found[i] = _or(part for part in parts if part & found[i])
        return tuple(found)

    def _decide(self, situation: tuple[int, ...]) -> Decision:
        holds = holding(self._gives, situation), holding(self._withholds, situation)
        if holds not in self._answers:
            self._answers[holds] = self._answer(*holds)
        return replace(self._answers[holds], facts_read=self.facts(situation))

    def _answer(self, gives: int, takes: int) -> Decision:
        """Return the decision for the rules that hold, but for the facts read."""
        opened = [gives & whole for whole in self._wholes if self._opens(gives & whole, takes)]
        given = self._released(opened, takes)
        cited = {rule for release in given.values() for rule in release.rules}
        relied = [r for i, r in enumerate(self._gives) if gives >> i & 1 and r.id in cited]
        agreements = {self._by_rule[id(r)].name: self._by_rule[id(r)] for r in relied}
        return Decision(
            role=self.role,
            kind=self.event.name,
            given=given,
            withheld=self._reasons(given, gives, opened, takes),
            purposes=_unique(r.purpose for r in relied),
            gateways=_unique(r.gateway for r in relied),
            obligations=_unique(o for r in relied for o in r.obligations),
            agreements=tuple(a.reference for a in agreements.values()),
            regime=_regime(self.role, agreements.values()),
            facts_read=(),
            present=bool(opened),
            knows_status=self._may_know(Category.MARKER, gives, takes),
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
            and any(said.release(gives & self._own, takes) for said in self._said)
        )

    def _released(self, opened: Sequence[int], takes: int) -> dict[str, Release]:
        """Return what is given within the wholes that send the message."""
        released = ((said, release) for said in self._said if (release := self._release(said, opened, takes)))
        return dict(sorted((path, release) for said, release in released for path in said.paths))

    def _release(self, said: Said, opened: Sequence[int], takes: int) -> Release | None:
        if len(opened) == 1:
            return said.release(opened[0], takes)
        return together([release for gives in opened if (release := said.release(gives, takes))])

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


class Cited(msgspec.Struct, frozen=True):
    """What some rules rest on and ask: of a copy, only the rules of leaves that it has are cited."""

    purposes: tuple[str, ...]
    gateways: tuple[str, ...]
    obligations: tuple[str, ...]
    agreements: tuple[str, ...]
    terms: Terms = Terms()
    """What a system can act on of the obligations: the strictest of all that are owed."""


class Policy:
    """The agreements in force together, asked by role and event type."""

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        """Keep the agreements; programs are made when first asked for."""
        self.agreements = tuple(agreements)
        self._by_id: dict[str, list[tuple[Rule, Agreement]]] = {}
        for agreement in self.agreements:
            for rule in agreement.rules:
                self._by_id.setdefault(rule.id, []).append((rule, agreement))
        self._cited: dict[frozenset[str], Cited] = {}
        self._asked: dict[tuple[str, tuple[int, ...], tuple[int, int]], Asked] = {}
        self._withheld: dict[tuple[int, frozenset[Category]], tuple[Decision, dict[str, str]]] = {}
        self._programs: dict[tuple[Role, str], Program] = {}
        self._birthday = {role: self._sees_birthday(role) for role in Role}
        self.asks = frozenset(asked(r for a in self.agreements for r in a.rules))
        """The facts that some rule asks for."""

    @property
    def version(self) -> tuple[str, ...]:
        """Return the versions of all agreements, by name."""
        return tuple(a.reference for a in self.agreements)

    def program(self, role: Role, event: EventType) -> Program:
        """Return what the agreements say about one role and one event type."""
        program = self._programs.get((role, event.name))
        if program is None:
            program = self._programs[role, event.name] = Program(role, event, self.agreements)
        return program

    def asked(self, event: EventType, person: Iterable[int], ages: tuple[int, int]) -> Asked:
        """Return what is decided of an event type and a person's facts; ``ages`` are by birthday and by hand-over."""
        key = (event.name, tuple(person), ages)
        asked = self._asked.get(key)
        if asked is None:
            if len(self._asked) >= KEPT:
                self._asked.clear()
            asked = self._asked[key] = Asked(self, event, key[1], ages)
        return asked

    def cited(self, rules: frozenset[str]) -> Cited:
        """Return what some rules rest on and ask; of obligations all are owed."""
        found = self._cited.get(rules)
        if found is None:
            if len(self._cited) >= KEPT:
                self._cited.clear()
            pairs = [pair for rule in sorted(rules) for pair in self._by_id[rule]]
            found = self._cited[rules] = Cited(
                purposes=_unique(rule.purpose for rule, _ in pairs),
                gateways=_unique(rule.gateway for rule, _ in pairs),
                obligations=_unique(o for rule, _ in pairs for o in rule.obligations),
                agreements=_unique(agreement.reference for _, agreement in pairs),
                terms=strictest(a.terms[o] for rule, a in pairs for o in rule.obligations if o in a.terms),
            )
        return found

    def withheld(self, decision: Decision, present: frozenset[Category]) -> dict[str, str]:
        """Return, of the categories that an event has, each that a decision does not give whole, and why."""
        found = self._withheld.get((id(decision), present))
        if found is None or found[0] is not decision:
            if len(self._withheld) >= KEPT:
                self._withheld.clear()
            kept = {str(category): why for category, why in decision.withheld.items() if category in present}
            found = self._withheld[id(decision), present] = (decision, kept)
        return found[1]

    def age_by_birthday(self, role: Role) -> bool:
        """Tell whether a role's age fact goes by the birthday, or by the recorded hand-over.

        So nobody without the date of birth learns a birthday from a change in what arrives.
        """
        return self._birthday[role]

    def _sees_birthday(self, role: Role) -> bool:
        return any(
            Category.DATE_OF_BIRTH in t.categories and t.transform is None
            for a in self.agreements
            for r in a.rules
            if r.effect == "give" and role in r.roles
            for t in r.targets
        )


class Asked:
    """What is decided of one event type and the facts of one person, by who asks: the role and the relation."""

    def __init__(self, policy: Policy, event: EventType, person: tuple[int, ...], ages: tuple[int, int]) -> None:
        """Take the facts; their relation and age are of each who asks, and looked for elsewhere."""
        self._policy, self._event, self._person, self._ages = policy, event, person, ages
        self._decisions: dict[tuple[Role, int, int], Decision] = {}

    def decide(self, role: Role, relation: int, places: int = FACTS[AT].not_known) -> Decision:
        """Return the decision for a role in some relation, at some of the places that agreements name."""
        decision = self._decisions.get((role, relation, places))
        if decision is None:
            situation = list(self._person)
            situation[RELATION] = relation
            situation[AT] = places
            situation[AGE] = self._ages[0 if self._policy.age_by_birthday(role) else 1]
            if not self._policy.age_by_birthday(role):
                situation[AGE_YEARS] = FACTS[AGE_YEARS].not_known
            program = self._policy.program(role, self._event)
            decision = self._decisions[role, relation, places] = program.decide(tuple(situation))
        return decision


def _or(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({w for w in words if w}))


def _regime(role: Role, agreements: Iterable[Agreement]) -> Regime:
    """Return the regime of the agreements relied on; where both meet, the general one, which owes the person more."""
    regimes = {"general" if role in a.general_roles else a.regime for a in agreements}
    return "law-enforcement" if regimes == {"law-enforcement"} else "general"


assert FACTS[AGE].name == "age"  # noqa: S101 - it is set for each role
