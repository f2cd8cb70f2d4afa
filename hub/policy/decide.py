"""What one recipient may know of one event: default deny, withholding wins, every leaf with its rule."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from hub.policy.facts import AGE, AGE_YEARS, AT, FACTS, RELATION
from hub.policy.intervals import asked
from hub.policy.model import Agreement, Rule
from hub.policy.program import ELSEWHERE, KEPT, NO_RULE, NOT_PRESENT, Decision, Program, unique
from hub.policy.role_rules import RoleRules
from hub.policy.said import Release
from hub.policy.status import keeping_the_status
from hub.policy.terms import Cited, strictest
from schemas.catalogue import EventType
from schemas.labels import Category, Role

__all__ = ["ELSEWHERE", "NOT_PRESENT", "NO_RULE", "Cited", "Decision", "Policy", "Program", "Release"]


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
        self._rules: dict[Role, RoleRules] = {}
        self._birthday = {role: self._sees_birthday(role) for role in Role}
        self.asks = frozenset(asked(r for a in self.agreements for r in a.rules))
        """The facts that some rule asks for."""

    @property
    def version(self) -> tuple[str, ...]:
        """Return the versions of all agreements, by name."""
        return tuple(a.reference for a in self.agreements)

    @cached_property
    def unknowing(self) -> Policy:
        """The same agreements for whoever may not know the status: whatever they give, nothing that tells it."""
        return Policy(keeping_the_status(self.agreements))

    def program(self, role: Role, event: EventType) -> Program:
        """Return what the agreements say about one role and one event type."""
        program = self._programs.get((role, event.name))
        if program is None:
            rules = self._rules.get(role)
            if rules is None:
                rules = self._rules[role] = RoleRules(role, self.agreements)
            program = self._programs[role, event.name] = Program(rules, role, event)
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
                purposes=unique(rule.purpose for rule, _ in pairs),
                gateways=unique(rule.gateway for rule, _ in pairs),
                obligations=unique(o for rule, _ in pairs for o in rule.obligations),
                agreements=unique(agreement.reference for _, agreement in pairs),
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


assert FACTS[AGE].name == "age"  # noqa: S101 - it is set for each role
