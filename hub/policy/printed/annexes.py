"""What a document spells out behind the rules: the data that each category has, the facts, and what systems do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import UNSET

from hub.policy import plain
from hub.policy.facts import FACTS
from hub.policy.model import Agreement, Line, Rule
from schemas.catalogue import CATALOGUE
from schemas.leaves import leaves_of
from schemas.terms import Terms

_SUBJECT = {"recipient": "the recipient", "person": "the person", "event": "the event", "time": "the time"}
_MINUTES = ((24 * 60, "day"), (60, "hour"), (1, "minute"))


def categories(agreement: Agreement) -> dict[str, str]:
    """Return for each category that some rule names the data that it has, by the names of the schemas."""
    named = {category for rule in agreement.rules for target in rule.targets for category in target.categories}
    paths: dict[str, dict[str, None]] = {category: {} for category in sorted(named)}
    for event in CATALOGUE.values():
        for leaf in leaves_of(event.data):
            for category in leaf.categories & named:
                paths[category][leaf.path] = None
    return {plain.name_of(category): ", ".join(map(_spaced, sorted(own))) for category, own in paths.items()}


def _spaced(path: str) -> str:
    return path.replace("[]", "").replace("_", " ").replace(".", ": ")


def facts(agreement: Agreement) -> dict[str, str]:
    """Return each fact that some condition reads: of whom it is, and what it means."""
    read = {line.fact for rule in agreement.rules for line in _lines(rule)}
    return {
        fact.name: f"{fact.meaning} ({_SUBJECT[fact.of]})" for index, fact in enumerate(FACTS) if index in sorted(read)
    }


def _lines(rule: Rule) -> Iterable[Line]:
    return (line for lines in (rule.when, *rule.unless) for line in lines)


def acted_on(terms: Terms) -> str:
    """Return what a system does by an obligation, in words."""
    return "; ".join(_acted_on(terms))


def _acted_on(terms: Terms) -> Iterator[str]:
    for days, since in (
        (terms.delete_days_after_receipt, "of receipt"),
        (terms.delete_days_after_concern, "of no longer being concerned"),
    ):
        if days is not UNSET:
            yield f"delete within {_some(days, 'day')} {since}"
    if terms.acknowledge_within_minutes is not UNSET:
        unit, name = next(each for each in _MINUTES if terms.acknowledge_within_minutes % each[0] == 0)
        yield f"acknowledge within {_some(terms.acknowledge_within_minutes // unit, name)}"
    if terms.marking is not UNSET:
        yield f"mark as {terms.marking}"
    if terms.do_not_pass_on is not UNSET:
        yield "never pass on"
    if terms.not_in_reports is not UNSET:
        yield "never put into a report"


def _some(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
