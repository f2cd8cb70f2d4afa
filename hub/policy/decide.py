"""What one recipient may know of one event: default deny, withholding wins, every leaf with its rule.

A ``Program`` is all that the agreements in force say about one role and one event type. It
reads few facts, each over a finite domain, so its answers are few and are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from hub.policy.facts import AGE, FACTS, words_of
from hub.policy.model import Agreement, Regime, Rule, Target
from hub.policy.transforms import NAMING_OTHERS, NAMING_YOU, TRANSFORMS
from schemas.catalogue import EventType
from schemas.labels import Category, Role
from schemas.leaves import Leaf, leaves_of

KEPT = 4096
"""How many answers a program keeps before it starts afresh."""


class Release(msgspec.Struct, frozen=True):
    """Why one leaf is given, and how: the rules it rests on and the transform, if any."""

    rules: tuple[str, ...]
    transform: str | None = None


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


NO_RULE = "no rule gives it"
NOT_PRESENT = "that it happened may not be known"


class Program:
    """The rules that can matter for one role and one event type, ready to be asked."""

    def __init__(self, role: Role, event: EventType, agreements: tuple[Agreement, ...]) -> None:
        """Pick the rules that speak of the role and the type."""
        self.role, self.event = role, event
        self._by_rule = {id(rule): a for a in agreements for rule in a.rules}
        rules = [r for a in agreements for r in a.rules if role in r.roles and event.name in r.types]
        self._gives = [r for r in rules if r.effect == "give"]
        self._withholds = [r for r in rules if r.effect == "withhold"]
        self._leaves = leaves_of(event.data)
        masks: dict[int, int] = {}
        for line in (line for r in rules for group in (r.when, *r.unless) for line in group):
            masks[line.fact] = masks.get(line.fact, 0) | line.mask
        self.reads = tuple(sorted(masks.items()))
        self._kept: dict[tuple[int, ...], Decision] = {}

    def decide(self, situation: tuple[int, ...]) -> Decision:
        """Return the decision for a situation; equal facts read give the very same object."""
        key = tuple([situation[fact] & mask for fact, mask in self.reads])
        decision = self._kept.get(key)
        if decision is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            decision = self._kept[key] = self._decide(situation)
        return decision

    def _decide(self, situation: tuple[int, ...]) -> Decision:
        withholding = [r for r in self._withholds if r.holds(situation)]
        holding = [r for r in self._gives if r.holds(situation)]
        own = [r for r in holding if not r.accompanies]
        knows_status = _may_know(Category.MARKER, own, withholding)
        present = (
            (self.event.alike or knows_status)
            and _may_know(self.event.topic, own, withholding)
            and bool(self._released(own, withholding))
        )
        given = self._released(holding, withholding) if present else {}
        cited = {rule for release in given.values() for rule in release.rules}
        relied = [r for r in holding if r.id in cited]
        agreements = {self._by_rule[id(r)].name: self._by_rule[id(r)] for r in relied}
        return Decision(
            role=self.role,
            kind=self.event.name,
            given=given,
            withheld=self._reasons(given, holding, withholding, present=present),
            purposes=_unique(r.purpose for r in relied),
            gateways=_unique(r.gateway for r in relied),
            obligations=_unique(o for r in relied for o in r.obligations),
            agreements=tuple(a.reference for a in agreements.values()),
            regime=_regime(self.role, agreements.values()),
            facts_read=self.facts(situation),
            present=present,
            knows_status=knows_status,
        )

    def facts(self, situation: tuple[int, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the facts that a decision reads, with the words that were found."""
        return tuple(
            (FACTS[fact].name, tuple(words_of(FACTS[fact].name, situation[fact] & mask))) for fact, mask in self.reads
        )

    def _released(self, holding: list[Rule], withholding: list[Rule]) -> dict[str, Release]:
        return {
            leaf.path: release
            for leaf in self._leaves
            if not _withheld(leaf, withholding) and (release := _release(leaf, holding))
        }

    def _reasons(
        self, given: Mapping[str, Release], holding: list[Rule], withholding: list[Rule], *, present: bool
    ) -> dict[Category, str]:
        """Say for each category that is not given whole what stands against it."""
        reasons: dict[Category, str] = {}
        for leaf in self._leaves:
            if leaf.path in given and given[leaf.path].transform is None:
                continue
            for category in sorted(leaf.categories):
                rule = next((r.id for r in withholding if _speaks_of(r, leaf, category)), None)
                if rule or not any(_matches(t, leaf, category) and not t.transform for r in holding for t in r.targets):
                    reasons.setdefault(category, rule or NO_RULE)
                elif not present:
                    reasons.setdefault(category, NOT_PRESENT)
        return dict(sorted(reasons.items()))


class Policy:
    """The agreements in force together, asked by role and event type."""

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        """Keep the agreements; programs are made when first asked for."""
        self.agreements = tuple(agreements)
        self._programs: dict[tuple[Role, str], Program] = {}
        self._birthday = {role: self._sees_birthday(role) for role in Role}

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

    def age_by_birthday(self, role: Role) -> bool:
        """Tell whether a role's age fact goes by the birthday, or by the recorded hand-over.

        So nobody without the date of birth learns a birthday from a change in what arrives.
        """
        return self._birthday[role]

    def _sees_birthday(self, role: Role) -> bool:
        return any(
            t.category is Category.DATE_OF_BIRTH and t.transform is None
            for a in self.agreements
            for r in a.rules
            if r.effect == "give" and role in r.roles
            for t in r.targets
        )


def _matches(target: Target, leaf: Leaf, category: Category) -> bool:
    """Tell whether a target gives a leaf under one of its categories."""
    if target.path is not None:
        return target.path == leaf.path
    if target.category != category:
        return False
    last = leaf.path.rpartition(".")[2]
    if target.transform == NAMING_YOU:
        return last not in NAMING_OTHERS
    return target.transform is None or last == TRANSFORMS[target.transform].reads


def _release(leaf: Leaf, holding: list[Rule]) -> Release | None:
    """Return why a leaf is given: for each of its categories a rule is needed, plain before transformed.

    Every rule that gives the leaf in the chosen way is cited, so that the obligations of each are owed.
    """
    rules: list[str] = []
    transform: str | None = None
    for category in leaf.categories:
        candidates = [(t.transform or "", r.id) for r in holding for t in r.targets if _matches(t, leaf, category)]
        if not candidates:
            return None
        word = min(word for word, _ in candidates)
        if word and len(leaf.categories) > 1 and word != NAMING_YOU:
            return None
        transform = word or transform
        rules += [rule for chosen, rule in candidates if chosen == word]
    return Release(_unique(rules), transform)


def _withheld(leaf: Leaf, withholding: list[Rule]) -> bool:
    return any(_speaks_of(rule, leaf, category) for rule in withholding for category in leaf.categories)


def _speaks_of(withholding: Rule, leaf: Leaf, category: Category) -> bool:
    """Tell whether a withholding takes a leaf back under one of its categories."""
    return not withholding.targets or any(t.path == leaf.path or t.category == category for t in withholding.targets)


def _may_know(category: Category, own: list[Rule], withholding: list[Rule]) -> bool:
    """Tell whether something of a category is given by any rule that holds, and the category withheld by none."""
    if any(not r.targets or any(t.category is category for t in r.targets) for r in withholding):
        return False
    return any(category in t.tells for r in own for t in r.targets)


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({w for w in words if w}))


def _regime(role: Role, agreements: Iterable[Agreement]) -> Regime:
    """Return the regime of the agreements relied on; where both meet, the general one, which owes the person more."""
    regimes = {"general" if role in a.general_roles else a.regime for a in agreements}
    return "law-enforcement" if regimes == {"law-enforcement"} else "general"


assert FACTS[AGE].name == "age"  # noqa: S101 - the pipeline sets this fact for each role
