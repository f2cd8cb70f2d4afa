"""Agreements read as a whole: for each role and event type, what they come to in every case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from hub.policy.analysis.forms import Forms
from hub.policy.analysis.part import Clause, Grants, Part, Term, touches
from hub.policy.analysis.regions import NOWHERE, Regions
from hub.policy.analysis.sheet import Sheet
from hub.policy.model import Agreement, Rule
from hub.policy.wholes import wholes_of
from schemas.labels import Role

Spoken = tuple[int, ...]
"""The clauses that speak of one role and one event type, in order: equal ones come to the same."""


class Desk:
    """What readings share that are to be compared: regions, forms, and sheets already worked out."""

    def __init__(self, forms: Forms, regions: Regions | None = None) -> None:
        """Begin with nothing worked out, and by default with regions for every rule of the forms."""
        self.forms, self.regions = forms, Regions(forms.rules) if regions is None else regions
        self._grants = Grants(self.regions)
        self._clauses: list[Clause] = []
        self._numbers: dict[object, int] = {}
        self._sheets: dict[Spoken, Sheet] = {}
        self._parts: dict[Spoken, Part] = {}
        self._forms_of: dict[int, frozenset[int]] = {}

    def clause(self, rule: Rule, terms: frozenset[Term], wholes: frozenset[str]) -> int:
        """Return the number of a rule as a clause; one that says the same has the same number."""
        region = self.regions.rule(rule)
        wholes = wholes if rule.effect == "give" else frozenset()
        said = (rule.effect, frozenset(rule.targets), region, rule.accompanies, terms, wholes)
        number = self._numbers.setdefault(said, len(self._clauses))
        if number == len(self._clauses):
            self._clauses.append(Clause(rule, region, terms, wholes))
        return number

    def touched(self, clauses: Iterable[int]) -> frozenset[int]:
        """Return the forms of leaf of which some clauses speak."""
        return frozenset().union(*map(self._touched, clauses))

    def _touched(self, clause: int) -> frozenset[int]:
        found = self._forms_of.get(clause)
        if found is None:
            rule = self._clauses[clause].rule
            forms = (form.index for form in self.forms.all if touches(rule, form.leaf))
            found = self._forms_of[clause] = frozenset(forms)
        return found

    def region(self, clause: int) -> int:
        """Return where a clause holds."""
        return self._clauses[clause].region

    def narrow(self, spoken: Spoken, only: frozenset[int]) -> Mapping[str, Part]:
        """Return what some clauses come to for a few forms of leaf alone, by the whole to which they belong."""
        return {
            whole: Part([self._clauses[i] for i in own], self.forms, self._grants, only)
            for whole, own in self._by_whole(spoken).items()
        }

    def sheet(self, spoken: Spoken) -> Sheet:
        """Return what some clauses come to."""
        found = self._sheets.get(spoken)
        if found is None:
            parts = {whole: self._part(own) for whole, own in self._by_whole(spoken).items()}
            found = self._sheets[spoken] = Sheet(parts, self.forms, self.regions)
        return found

    def _by_whole(self, spoken: Spoken) -> Mapping[str, Spoken]:
        """Return the clauses that each whole has: its own that give, and every one that withholds."""
        wholes = sorted({whole for i in spoken for whole in self._clauses[i].wholes})
        return {whole: tuple(i for i in spoken if self._counts(i, whole)) for whole in wholes}

    def _counts(self, clause: int, whole: str) -> bool:
        each = self._clauses[clause]
        return each.rule.effect == "withhold" or whole in each.wholes

    def _part(self, spoken: Spoken) -> Part:
        found = self._parts.get(spoken)
        if found is None:
            found = self._parts[spoken] = Part([self._clauses[i] for i in spoken], self.forms, self._grants)
        return found


class Reading:
    """Some agreements together, as they are in force together."""

    def __init__(self, agreements: Iterable[Agreement], desk: Desk) -> None:
        """Number the clauses of every rule for every role."""
        self.agreements, self.desk = tuple(agreements), desk
        self._spoken: dict[tuple[Role, str], Spoken] = {}
        self._without: dict[tuple[int, int], Spoken] = {}
        self._speak: dict[tuple[Role, str], int] = {}
        self._numbers: dict[tuple[tuple[int, int], ...], int] = {}
        self._listed: list[list[tuple[Rule, int]]] = []
        self.clauses: dict[Role, list[tuple[Rule, int]]] = {role: [] for role in Role}
        self.wholes = wholes_of(self.agreements)
        for agreement in self.agreements:
            for rule in agreement.rules:
                self._add(agreement, rule)

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The clauses of all rules, for whomever."""
        return frozenset(number for clauses in self.clauses.values() for _, number in clauses)

    def _add(self, agreement: Agreement, rule: Rule) -> None:
        """Note a rule for its roles: as a clause of up to two regimes."""
        numbers: dict[bool, int] = {}
        for role in rule.roles:
            general = agreement.regime == "general" or role in agreement.general_roles
            if general not in numbers:
                numbers[general] = self.desk.clause(rule, _terms(rule, general=general), self.wholes[agreement.name])
            self.clauses[role].append((rule, numbers[general]))

    def spoken(self, role: Role, kind: str) -> Spoken:
        """Return the clauses that speak of a role and an event type, those that never hold left out."""
        found = self._spoken.get((role, kind))
        if found is None:
            found = self._spoken[role, kind] = tuple(
                sorted({number for _, number in self._listed[self._speaking(role, kind)]})
            )
        return found

    def spoken_without(self, role: Role, kind: str, rule: Rule) -> Spoken:
        """Return the same as if a rule were not there; another that says just as much stays."""
        speaking = self._speaking(role, kind)
        key = (speaking, id(rule))
        found = self._without.get(key)
        if found is None:
            others = {number for each, number in self._listed[speaking] if each is not rule}
            found = self._without[key] = tuple(number for number in self.spoken(role, kind) if number in others)
        return found

    def _speaking(self, role: Role, kind: str) -> int:
        """Return the number of the list of rules that speak of a role and an event type, and hold somewhere."""
        found = self._speak.get((role, kind))
        if found is None:
            region = self.desk.region
            speaking = [
                (r, number) for r, number in self.clauses[role] if kind in r.types and region(number) != NOWHERE
            ]
            found = self._numbers.setdefault(tuple((id(r), number) for r, number in speaking), len(self._listed))
            if found == len(self._listed):
                self._listed.append(speaking)
            self._speak[role, kind] = found
        return found

    def sheet(self, role: Role, kind: str) -> Sheet:
        """Return what a role gets in messages of an event type, in every case."""
        return self.desk.sheet(self.spoken(role, kind))


def _terms(rule: Rule, *, general: bool) -> frozenset[Term]:
    """Return what a rule that gives rests on and asks; one that withholds has no terms."""
    if rule.effect == "withhold":
        return frozenset()
    said = {("purpose", rule.purpose), ("gateway", rule.gateway)}
    said |= {("obligation", word) for word in rule.obligations} | ({("regime", "general")} if general else set())
    return frozenset(term for term in said if term[1])
