"""The load under which things are killed: for each publisher an endless list of events, the same at every start."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.record.case import Case
from schemas.record.custody import Custody, Release
from schemas.record.enforcement import Recall
from schemas.record.need import CarePlan, Risk
from schemas.record.person import Person
from schemas.record.scheme import Membership
from tests.fixtures.people import event, person

PEOPLE = 5
"""How many people each publisher tells of; nobody is told of by two."""
PUBLISHERS = {"probation": 100, "police": 200}
"""Each publisher with the number of its first person."""
SUBSCRIBERS = {"coordinator-1": "schemes", "police-offender-manager-1": "police"}
"""Each recipient that is received for, with its agency."""


def event_of(agency: str, i: int, start: dt.datetime) -> Envelope[Occurrence]:
    """Return a publisher's i-th event; first everybody is adopted, then their lives go on in turn."""
    who = person(PUBLISHERS[agency] + i % PEOPLE)
    kind, blocks = _adopted(who) if i < PEOPLE else LIVES[agency][i // PEOPLE % len(LIVES[agency])](i, start)
    return event(
        kind, who, start + dt.timedelta(milliseconds=i), f"https://{agency}.example/records", f"{agency}-{i}", **blocks
    )


Blocks = tuple[str, dict[str, Any]]


def _adopted(_: Person) -> Blocks:
    return "ppo.adopted", {"memberships": [Membership(scheme="north", kind="PPO")]}


def _allocated(i: int, _: dt.datetime) -> Blocks:
    return "case.allocated", {
        "cases": [Case(reference=f"CASE-{i}", supervised_by="national-offender-manager-1", kind="licence")]
    }


def _date(i: int, start: dt.datetime) -> Blocks:
    return "release.date-set", {"release": Release(date=start.date() + dt.timedelta(days=5 + i % 17), area="N1")}


def _recall(_: int, __: dt.datetime) -> Blocks:
    return "recall.requested", {"recall": Recall(stage="requested", reasons="missed appointments")}


def _risk(i: int, _: dt.datetime) -> Blocks:
    return "risk.assessed", {"risk": Risk(level=("low", "medium", "high", "very-high")[i % 4])}


def _detained(i: int, _: dt.datetime) -> Blocks:
    return "custody.detained", {
        "custody": Custody(in_custody=True, station=("northgate", "southgate")[i // PEOPLE % 2])
    }


def _plan(i: int, _: dt.datetime) -> Blocks:
    return "care-plan.updated", {"care_plan": CarePlan(goals=[f"goal {i}"])}


LIVES = {"probation": (_allocated, _date, _recall, _risk), "police": (_detained, _risk, _plan)}
