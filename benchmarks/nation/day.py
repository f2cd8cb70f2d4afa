"""One day of the country: what happens to members and to everybody else, as it is told."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

from benchmarks.nation.country import (
    COURT_FEED,
    FORCES,
    MINISTRY_FEED,
    PRISON_FEED,
    PRISONS,
    PROBATION_FEED,
    SCHEMES,
    STATIONS_OF_A_FORCE,
    force_of,
    home_prison,
    police_feed,
    prison,
    scheme_list,
)  # fmt: skip
from benchmarks.nation.members import Member, Members, home, membership
from benchmarks.nation.people import OTHER_AGES, Individual, Population
from benchmarks.nation.told import Press, Stay, Told
from benchmarks.nation.volumes import A_DAY, a_day, share
from benchmarks.nation.writing import Writer, by_prison_number

RECALLED = A_DAY["recalls"].value / A_DAY["admissions"].value
"""The share of admissions that are recalls."""


class Day:
    """One day; ``told`` is everything that is sent in it, ``stays`` what receptions should be warned of."""

    def __init__(self, begins: dt.datetime, members: Members, people: Population, writer: Writer, press: Press) -> None:
        """Take when it begins, and who lives in it."""
        self._begins, self._members, self._people, self._writer, self._press = begins, members, people, writer, press
        self._rng: random.Random = writer.rng
        self.told: list[Told] = []
        self.stays: list[Stay] = []
        self.presences: set[tuple[str, int]] = set()
        """Each prison with each person who came to it."""

    def happen(self, outside: list[Member]) -> None:
        """Let everything happen; who is received, arrested or seen is taken from the end of those outside."""
        received = [outside.pop() for _ in range(a_day("member_admissions"))]
        for member in received:
            self._admission(member.one, member)
        for _ in range(a_day("admissions") - len(received)):
            self._admission(self._people.somebody(OTHER_AGES), None)
        for n in range(a_day("adoptions")):
            self._adoption(in_custody=n < share("adopted_in_custody") * a_day("adoptions"))
        self.told += self._deselections([outside.pop() for _ in range(a_day("deselections"))])
        self.told += self._of_members(outside)
        self.told += self._of_others()
        self.told.sort(key=lambda told: told.at)

    def _at(self, first: float = 0, last: float = 24) -> dt.datetime:
        return self._begins + dt.timedelta(hours=self._rng.uniform(first, last))

    def _admission(self, one: Individual, member: Member | None) -> None:
        """Receive somebody in prison, after a recall or from a court that may have told before."""
        at, been = self._at(8, 20), member.been_in_prison if member else self._rng.random() < 0.6
        number = member.scheme if member else self._rng.randrange(SCHEMES)
        place = home_prison(number) if self._writer.chance("local") else prison(self._rng.randrange(PRISONS))
        recalled, announced = self._rng.random() < RECALLED, ""
        if recalled:
            self._recall(one, at)
        elif self._writer.chance("court_tells"):
            expected = self._event("custody.expected", COURT_FEED, one, at - dt.timedelta(hours=4), {
                "subject": self._writer.by_court(one), "custody": {"in_custody": False, "establishment": place},
            })  # fmt: skip
            announced = expected.id
        mistakes: set[str] = set()
        subject = self._writer.at_prison(one, been_in_prison=been, mistakes=mistakes)
        custody = {"in_custody": True, "establishment": place, "reason": "recall" if recalled else "remand"}
        self.presences.add((place, one.number))
        told = self._from_prison("custody.received", one, at, {"subject": subject, "custody": custody}, mistakes)
        if self._writer.chance("moved_on_same_day"):
            mistakes.add("moved on")
            elsewhere = prison(self._rng.randrange(PRISONS))
            self.presences.add((elsewhere, one.number))
            custody |= {"establishment": elsewhere}
            moved = {"subject": {"identifiers": subject["identifiers"]}, "custody": custody}
            self._from_prison("custody.transferred", one, at + dt.timedelta(hours=3), moved, set())
        if member is not None:
            self.stays.append(
                Stay(
                    person=one.number, prison=place, told_by=told.id, announced_by=announced,
                    mistakes=frozenset(mistakes),
                )
            )  # fmt: skip

    def _recall(self, one: Individual, at: dt.datetime) -> None:
        for hours, client, kind, stage in (
            (7, PROBATION_FEED, "recall.requested", "requested"), (5, MINISTRY_FEED, "recall.decided", "authorised"),
        ):  # fmt: skip
            data = {"subject": self._writer.on_case(one), "recall": {"stage": stage}}
            self._event(kind, client, one, at - dt.timedelta(hours=hours), data)

    def _adoption(self, *, in_custody: bool) -> None:
        """Take somebody on who was on no scheme: of those in custody half came today, the others weeks ago."""
        member = self._members.somebody(self._rng.randrange(SCHEMES), outside=True)
        at = self._at(13, 17)
        adoption = self._members.adoption(member, at)
        self.told.append(adoption)
        if not in_custody:
            return
        place, mistakes = home_prison(member.scheme), set[str]()
        came = self._at(8, 11) if self._rng.random() < 0.5 else at - dt.timedelta(days=self._rng.uniform(2, 60))
        subject = self._writer.at_prison(member.one, been_in_prison=member.been_in_prison, mistakes=mistakes)
        custody = {"in_custody": True, "establishment": place, "reason": "remand"}
        self.presences.add((place, member.one.number))
        self._event("custody.received", PRISON_FEED, member.one, came, {"subject": subject, "custody": custody})
        self.stays.append(
            Stay(
                person=member.one.number, prison=place, told_by=adoption.id, mistakes=frozenset(mistakes),
                adopted_after=True,
            )
        )  # fmt: skip

    def _of_members(self, outside: list[Member]) -> Iterator[Told]:
        """Yield the rest of what happens to members; arrests are of those outside."""
        rng, everybody = self._rng, self._members.all
        for member in rng.sample(outside, a_day("member_arrests")):
            yield self._arrest(member.one, force_of(member.scheme))
        for member in rng.sample(everybody, a_day("engagements")):
            seen = {"attending": rng.random() < 0.8, "last_attended": self._begins.date().isoformat()}
            yield self._made("engagement.reported", PROBATION_FEED, member.one, {"engagement": seen})
        for member in rng.sample(everybody, a_day("risk_assessments") // 10):
            yield self._made("risk.assessed", PROBATION_FEED, member.one, {"risk": {"level": "high"}})
        for member in rng.sample(everybody, a_day("address_changes") // 10):
            yield self._made("release.address-changed", PROBATION_FEED, member.one, {"release": home(member)})

    def _deselections(self, members: list[Member]) -> Iterator[Told]:
        for member in members:
            ended = membership(member) | {"ended_on": self._begins.date().isoformat(), "end_reason": "Reviewed"}
            data = {"subject": self._writer.on_case(member.one), "memberships": [ended]}
            yield self._press.event("ppo.deselected", scheme_list(member.scheme), member.one, self._at(17, 24), data)

    def _of_others(self) -> Iterator[Told]:
        """Yield what happens to everybody else: to most of them nothing that the hub has ever heard of."""
        for _ in range(a_day("arrests") - a_day("member_arrests")):
            yield self._arrest(self._people.somebody(OTHER_AGES), self._rng.randrange(FORCES))
        for _ in range(a_day("supervision_starts")):
            case = [{"reference": "1", "kind": "community-order"}]
            for kind in ("case.allocated", "release.supervision-began"):
                yield self._made(kind, PROBATION_FEED, self._people.somebody(OTHER_AGES), {"cases": case})
        for _ in range(a_day("risk_assessments") * 9 // 10):
            yield self._made("risk.assessed", PROBATION_FEED, self._stranger(), {"risk": {"level": "medium"}})
        for _ in range(a_day("address_changes") * 9 // 10):
            address = {"release": {"address": {"standing": "confirmed"}}}
            yield self._made("release.address-changed", PROBATION_FEED, self._stranger(), address)
        inside = {"in_custody": True, "establishment": prison(self._rng.randrange(PRISONS))}
        out = {"in_custody": False, "establishment": prison(self._rng.randrange(PRISONS))}
        for kind, many, data in (
            ("custody.transferred", a_day("transfers"), {"custody": inside}),
            ("custody.discharged", a_day("court_journeys"), {"custody": out | {"expected_back": "yes"}}),
            ("custody.returned", a_day("court_journeys"), {"custody": inside}),
            ("release.released", a_day("releases"), {"custody": out}),
            ("release.date-set", a_day("short_releases"), {"release": {"date": _in(self._begins, 20)}}),
            ("release.date-changed", a_day("dates_changed"), {"release": {"date": _in(self._begins, 200)}}),
        ):
            for _ in range(many):
                one = self._stranger()
                yield self._press.event(kind, PRISON_FEED, one, self._at(), {"subject": by_prison_number(one), **data})

    def _stranger(self) -> Individual:
        return self._people.somebody(OTHER_AGES)

    def _arrest(self, one: Individual, force: int) -> Told:
        station = f"station-{force}-{self._rng.randrange(STATIONS_OF_A_FORCE)}"
        data = {"subject": self._writer.by_police(one), "custody": {"in_custody": True, "station": station}}
        return self._press.event("custody.detained", police_feed(force), one, self._at(), data)

    def _made(self, kind: str, client: str, one: Individual, blocks: dict[str, Any]) -> Told:
        return self._press.event(kind, client, one, self._at(8, 18), {"subject": self._writer.on_case(one), **blocks})

    def _event(self, kind: str, client: str, one: Individual, at: dt.datetime, data: dict[str, Any]) -> Told:
        told = self._press.event(kind, client, one, at, data)
        self.told.append(told)
        return told

    def _from_prison(
        self, kind: str, one: Individual, at: dt.datetime, data: dict[str, Any], mistakes: set[str]
    ) -> Told:
        """Send an event as prisons do: some late, some twice."""
        late = dt.timedelta()
        if self._writer.chance("late"):
            mistakes.add("late")
            late = dt.timedelta(hours=self._rng.uniform(1, 12))
        told = self._press.event(kind, PRISON_FEED, one, at, data, late=late)
        self.told.append(told)
        if self._writer.chance("repeated"):
            again = told.at + dt.timedelta(minutes=self._rng.uniform(1, 30))
            self.told.append(Told(at=again, client=told.client, id=told.id, body=told.body, about=one))
        return told


def _in(begins: dt.datetime, days: int) -> str:
    return (begins.date() + dt.timedelta(days=days)).isoformat()
