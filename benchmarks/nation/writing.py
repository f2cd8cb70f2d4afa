"""What each agency writes of a person: not what is true, but what it knows and how it spells that."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.nation.people import Individual, Population, misspelt, pnc_as_written, wrong_birth
from benchmarks.nation.volumes import share

Subject = dict[str, Any]


class Writer:
    """Writes people down as an agency does; every choice is by chance, and is remembered where it matters."""

    def __init__(self, rng: random.Random, people: Population) -> None:
        """Take the source of chance, and what makes prison numbers that nobody has."""
        self.rng, self._people = rng, people
        self.issued: dict[int, list[str]] = {}
        """Prison numbers that somebody was given though they had one."""
        self.numbers: list[str] = []
        """Prison numbers of members: what is written by mistake may be one of them."""

    def chance(self, what: str) -> bool:
        """Return whether something happens of which the share is known."""
        return self.rng.random() < share(what)

    def on_list(self, one: Individual, *, been_in_prison: bool, supervised: bool) -> Subject:
        """Return what a scheme's list says."""
        subject = _named(one)
        if one.alias and self.chance("alias_on_list"):
            subject["aliases"] = [{"surname": one.alias}]
        if self.chance("list_by_name_alone"):
            return subject
        return subject | _numbers(
            pnc=self._pnc(one) if self.chance("list_has_pnc") else None,
            prison_number=one.prison_number if been_in_prison and self.chance("list_has_prison_number") else None,
            crn=one.crn if supervised and self.chance("list_has_crn") else None,
        )

    def on_case(self, one: Individual) -> Subject:
        """Return what probation's record says."""
        pnc = self._pnc(one) if self.chance("probation_has_pnc") else None
        return _named(one) | _numbers(crn=one.crn, pnc=pnc)

    def by_police(self, one: Individual) -> Subject:
        """Return what a custody suite says."""
        return _named(one) | (_numbers(pnc=self._pnc(one)) if self.chance("police_has_pnc") else {})

    def by_court(self, one: Individual) -> Subject:
        """Return what a court's warrant says."""
        return _named(one) | (_numbers(pnc=self._pnc(one)) if self.chance("court_has_pnc") else {})

    def at_prison(self, one: Individual, *, been_in_prison: bool, mistakes: set[str]) -> Subject:
        """Return what a prison writes at reception; what went wrong is added to the mistakes."""
        subject = _named(one)
        if one.alias and self.chance("under_alias"):
            mistakes.add("alias")
            subject["surname"] = one.alias
        elif self.chance("misspelt"):
            mistakes.add("misspelt")
            subject["surname"] = misspelt(one.surname, self.rng)
        if self.chance("wrong_birth"):
            mistakes.add("wrong birth")
            subject["date_of_birth"] = wrong_birth(one.born, self.rng).isoformat()
        number = one.prison_number
        if been_in_prison and self.chance("new_prison_number"):
            mistakes.add("new number")
            number = self._people.another_prison_number()
            self.issued.setdefault(one.number, []).append(number)
        elif self.numbers and self.chance("wrong_prison_number"):
            mistakes.add("wrong number")
            number = self.rng.choice(self.numbers)
        without_pnc = self.chance("no_pnc_at_prison")
        if without_pnc:
            mistakes.add("no PNC")
        return subject | _numbers(
            prison_number=number,
            pnc=None if without_pnc else self._pnc(one),
            cro=None if self.chance("no_cro_at_prison") else one.cro,
        )

    def _pnc(self, one: Individual) -> str:
        return pnc_as_written(one.pnc, self.rng)


def by_prison_number(one: Individual) -> Subject:
    """Return what a prison says of somebody whom it holds."""
    return _numbers(prison_number=one.prison_number)


def _named(one: Individual) -> Subject:
    return {"surname": one.surname, "forename": one.forename, "date_of_birth": one.born.isoformat()}


def _numbers(
    *, prison_number: str | None = None, pnc: str | None = None, cro: str | None = None, crn: str | None = None
) -> Subject:
    known = {"prison-number": prison_number, "pnc": pnc, "cro": cro, "crn": crn}
    found = [{"kind": kind, "value": value} for kind, value in known.items() if value]
    return {"identifiers": found} if found else {}
