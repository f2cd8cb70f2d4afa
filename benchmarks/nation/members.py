"""The members of the schemes, and what the hub hears of them before the first day begins."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import msgspec

from benchmarks.nation.country import PRISON_FEED, PROBATION_FEED, SCHEMES, home_prison, scheme, scheme_list
from benchmarks.nation.people import MEMBERS_AGES, Individual, Population
from benchmarks.nation.told import Press, Told
from benchmarks.nation.volumes import PEOPLE
from benchmarks.nation.writing import Writer


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on a scheme."""

    one: Individual
    scheme: int
    supervised: bool
    been_in_prison: bool
    held_at: str = ""
    """The prison that holds them when the first day begins; empty for those outside."""


class Members:
    """All members."""

    def __init__(self, rng: random.Random, people: Population, writer: Writer, press: Press) -> None:
        """Make them."""
        self._rng, self._people, self._writer, self._press = rng, people, writer, press
        self.all = [self.somebody(n % SCHEMES) for n in range(int(PEOPLE["members"].value))]
        writer.numbers = [m.one.prison_number for m in self.all if m.been_in_prison]

    def somebody(self, number: int, *, outside: bool = False) -> Member:
        """Return a new member of a scheme, or somebody who is to be one."""
        been = self._writer.chance("been_in_prison")
        held = been and not outside and self._writer.chance("held")
        return Member(
            one=self._people.somebody(MEMBERS_AGES),
            scheme=number,
            supervised=self._writer.chance("supervised"),
            been_in_prison=been,
            held_at=home_prison(number) if held else "",
        )

    def before(self, begins: dt.datetime) -> Iterator[Told]:
        """Yield what was told of all of them, in the order in which it happened to each."""
        for member in self.all:
            adopted = begins - dt.timedelta(days=self._rng.uniform(30, 300))
            yield self.adoption(member, adopted)
            if member.supervised:
                yield self._allocation(member, adopted + dt.timedelta(hours=2))
            if member.been_in_prison and not member.held_at and self._writer.chance("released_since_adoption"):
                yield self._in_prison("release.released", member, begins - dt.timedelta(days=self._rng.uniform(2, 29)))
            if member.held_at:
                yield self._in_prison("custody.received", member, begins - dt.timedelta(days=self._rng.uniform(2, 29)))

    def adoption(self, member: Member, at: dt.datetime) -> Told:
        """Return the scheme's word that it has taken somebody on."""
        subject = self._writer.on_list(member.one, been_in_prison=member.been_in_prison, supervised=member.supervised)
        data: dict[str, Any] = {"subject": subject, "memberships": [membership(member)]}
        if self._writer.chance("list_has_postcode"):
            data["release"] = home(member)
        return self._press.event("ppo.adopted", scheme_list(member.scheme), member.one, at, data)

    def _allocation(self, member: Member, at: dt.datetime) -> Told:
        kind = "licence" if member.been_in_prison else "community-order"
        case = {"reference": "1", "supervised_by": f"probation-{member.scheme}", "kind": kind, "sentence_months": 16}
        data = {"subject": self._writer.on_case(member.one), "cases": [case], "release": home(member)}
        return self._press.event("case.allocated", PROBATION_FEED, member.one, at, data)

    def _in_prison(self, kind: str, member: Member, at: dt.datetime) -> Told:
        subject = self._writer.at_prison(member.one, been_in_prison=True, mistakes=set())
        place = member.held_at or home_prison(member.scheme)
        custody = {"in_custody": bool(member.held_at), "establishment": place}
        return self._press.event(kind, PRISON_FEED, member.one, at, {"subject": subject, "custody": custody})


def membership(member: Member) -> dict[str, Any]:
    """Return a member's membership as its scheme writes it."""
    return {"scheme": scheme(member.scheme), "kind": "PPO", "strands": ["catch-and-convict"]}


def home(member: Member) -> dict[str, Any]:
    """Return where a member lives."""
    address = {"postcode": member.one.postcode, "standing": "confirmed"}
    return {"area": f"area-{member.scheme}", "address": address}
