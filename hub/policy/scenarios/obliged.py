"""What comes without an obligation: a copy owes only what the rules of the leaves that it has ask."""

from __future__ import annotations

from collections.abc import Iterator

from hub.policy.decide import Decision, Policy
from hub.policy.scenarios.suite import Scenario


class Obligations:
    """What each rule of a policy asks, and which rules only accompany others."""

    def __init__(self, policy: Policy) -> None:
        """Take them down by the rules' names."""
        rules = {rule.id: rule for agreement in policy.agreements for rule in agreement.rules}
        self._beside = frozenset(name for name, rule in rules.items() if rule.accompanies)
        self._asks = {name: frozenset(rule.obligations) for name, rule in rules.items()}

    def lacking(self, scenario: Scenario, decision: Decision) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
        """Yield each leaf that is given without the scenario's obligation, what is asked instead, and by which rules.

        It must come with each leaf that the scenario speaks of. Where it speaks of no leaf, or of one that only
        accompanies others, it must come with each of the others.
        """
        given = {path: frozenset(release.rules) for path, release in decision.given.items()}
        own = {path: rules - self._beside for path, rules in given.items() if rules - self._beside}
        owing = {path for path, rules in given.items() if any(scenario.obliged in self._asks[rule] for rule in rules)}
        guarded = scenario.guarded.get(decision.kind, frozenset())
        lacking = (given.keys() & guarded) - owing
        if not guarded or lacking - own.keys():
            lacking = own.keys() - owing
        for path in sorted(lacking):
            yield path, frozenset[str]().union(*(self._asks[rule] for rule in given[path])), own[path]
