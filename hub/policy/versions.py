"""The life of an agreement's versions, worked out from the steps that were taken: what is in force when, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from hub.store.port import StepRow

State = Literal["draft", "checked", "approved", "in force", "superseded", "ended", "withdrawn"]


class Term(msgspec.Struct, frozen=True):
    """From a moment on a version of an agreement is in force, or none of it; until the agreement's next term."""

    since: dt.datetime
    name: str
    version: str | None
    approved: StepRow


class History:
    """Every step taken so far."""

    def __init__(self, steps: Iterable[StepRow]) -> None:
        """Take the steps in their order."""
        self.steps = tuple(steps)
        self.generation = self.steps[-1].index if self.steps else 0
        """The number of the last step: it names the whole."""
        self.terms = _terms(self.steps)
        """Those that were not withdrawn, by the moment at which they begin."""

    @property
    def begins(self) -> dt.datetime | None:
        """The moment from which published versions are in force and nothing else is; None where there is none."""
        return next((term.since for term in self.terms if term.version), None)

    def term(self, name: str, moment: dt.datetime) -> Term | None:
        """Return the term of an agreement at a moment."""
        return next((t for t in reversed(self.terms) if t.name == name and t.since <= moment), None)

    def in_force(self, moment: dt.datetime) -> dict[str, str]:
        """Return the hash of the version in force at a moment by the agreement's name, in the order of the names."""
        found = {term.name: term.version for term in self.terms if term.since <= moment}
        return {name: version for name, version in sorted(found.items()) if version}

    def of(self, version: str) -> tuple[StepRow, ...]:
        """Return the steps of one version."""
        return tuple(step for step in self.steps if step.version == version)

    def state(self, version: str, moment: dt.datetime) -> State:
        """Return where a version stands at a moment, its own dates left out; it must be known."""
        own = self.of(version)
        terms = [term for term in self.terms if term.version == version]
        if any(self.term(term.name, moment) is term for term in terms):
            return "in force"
        if any(term.since > moment for term in terms):
            return "approved"
        if terms:
            after = self._next(terms[-1])
            return "ended" if after and after.version is None else "superseded"
        return {"proposed": "draft", "checked": "checked"}.get(own[-1].step, "withdrawn")  # type: ignore[return-value]

    def until(self, term: Term) -> dt.datetime | None:
        """Return when a term is over because another one of its agreement begins."""
        after = self._next(term)
        return after.since if after else None

    def _next(self, term: Term) -> Term | None:
        own = [each for each in self.terms if each.name == term.name]
        place = own.index(term)
        return own[place + 1] if place + 1 < len(own) else None


def _terms(steps: Sequence[StepRow]) -> tuple[Term, ...]:
    """Return the terms by their beginnings; of two that begin at once, what was approved later holds."""
    terms: list[Term] = []
    for step in steps:
        if step.step in {"approved", "ended"} and step.moment:
            terms.append(Term(step.moment, step.name, step.version if step.step == "approved" else None, step))
        elif step.step == "withdrawn":
            terms = [t for t in terms if t.version != step.version or t.since <= step.at]
    return tuple(sorted(terms, key=lambda term: (term.since, term.approved.index)))


def edges(days: Iterable[dt.date | None]) -> list[dt.datetime]:
    """Return the moments at which days begin: in UTC, as everywhere."""
    return [dt.datetime.combine(day, dt.time(), dt.UTC) for day in days if day]
