"""The one event of the comparison, what is known of its person, and the twelve roles that it concerns."""

from __future__ import annotations

import datetime as dt

import msgspec

from hub.policy.facts import mask_of
from hub.register.state import PersonState
from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.labels import Role
from schemas.record.person import Person
from schemas.record.scheme import Membership

KIND = "release.date-changed"
TODAY = dt.date(2026, 11, 2)
ROLES = (
    Role.COORDINATOR, Role.NATIONAL_OFFENDER_MANAGER, Role.POLICE_OFFENDER_MANAGER, Role.NEIGHBOURHOOD_POLICING,
    Role.CUSTODY_OFFICER, Role.PRISON_RECEPTION, Role.PRISON_OFFENDER_MANAGEMENT, Role.PRISON_HEALTHCARE,
    Role.DRUG_TREATMENT, Role.COUNCIL_HOUSING, Role.VOLUNTARY, Role.MENTOR,
)  # fmt: skip
RELATION = mask_of("relation", ["holds", "case"])
"""How each of them is concerned; one mask for all, since the rules here do not ask for one."""

DATA = {
    "subject": {
        "surname": "Harrow", "forename": "Daniel", "date_of_birth": "1998-02-14",
        "identifiers": [{"kind": "pnc", "value": "2002/0073319Z"}, {"kind": "prison-number", "value": "A1234BC"}],
        "aliases": [{"surname": "Barrow", "forename": "Danny"}],
        "ethnicity": "W1", "photograph": "https://images.example/a1234bc",
        "learning_difficulty": "Dyslexia: letters are read aloud, and forms are filled in together.",
    },
    "memberships": [
        {
            "scheme": "north-ppo", "kind": "PPO", "lead": True, "strands": ["catch-and-convict"],
            "contact": {"name": "A. Coordinator", "telephone": "0100 000001"},
        }
    ],
    "cases": [
        {
            "reference": "C-1001", "officer": {"name": "C. Officer", "telephone": "0100 000003"}, "kind": "licence",
            "offence": "Burglary of a dwelling, five counts, asked to be taken into consideration",
            "sentence_months": 30,
        }
    ],
    "contact": {"name": "D. Desk", "telephone": "0100 000004"},
    "custody": {"in_custody": True, "establishment": "BMI", "reason": "sentence"},
    "release": {
        "date": "2026-12-01", "previous_date": "2026-12-15", "kind": "conditional", "area": "north-town",
        "change_reason": "Fourteen added days were restored on appeal against the adjudication of 3 September.",
        "hour": "09:30:00", "place": "Main gate, visitors' centre",
        "address": {"lines": "Flat 2, 1 Example Street, North Town", "postcode": "B1 1AA", "standing": "confirmed"},
    },
    "licence": {
        "ends": "2028-01-01",
        "conditions": [
            {
                "code": "6b", "wording": "Attend the treatment that your supervising officer arranges, twice a week.",
                "names_roles": ["drug-treatment"],
            },
            {
                "code": "7c", "wording": "Live permanently at the address that your supervising officer approves.",
                "names_roles": ["council-housing"],
            },
        ],
    },
    "score": {"total": 74, "rationale": "Volume of burglary and vehicle crime; offends again within days of release."},
    "risk": {
        "level": "high", "detail": "Violent when arrested at night; has carried a weapon twice since 2024.",
        "to_children": "A child stays at the address on two nights of each week.",
        "intelligence": "Has met new associates from the south of the city since August.",
    },
    "health": {
        "diagnosis": "Opioid dependence", "medication": ["methadone 60 ml daily, supervised"],
        "programme": "North recovery", "next_appointment": "2026-12-03T10:00:00Z",
    },
    "engagement": {"last_attended": "2026-10-30", "attending": True, "engaging": True},
    "care_plan": {"goals": ["a job by the spring", "a home of his own"], "courses": ["carpentry, level 2"]},
    "housing": {"need": "A room within reach of the probation office.", "answer": "A room is held until 4 December."},
    "referrals": [{"holder": "north-recovery", "kind": "treatment", "state": "open", "visit_at": "12 Clinic Road"}],
    "children": [{"at_address": "stays", "whom_to_call": "F. Worker, 0100 000006"}],
}  # fmt: skip

EVENT = {
    "specversion": "1.0", "id": "bench-1", "source": "https://prison.example", "type": KIND,
    "time": "2026-11-02T09:00:00Z", "datacontenttype": "application/json",
    "dataschema": CATALOGUE[KIND].dataschema, "data": DATA,
}  # fmt: skip

STATE = PersonState(
    id="0" * 32,
    details=Person(date_of_birth=dt.date(1998, 2, 14)),
    memberships=(Membership(scheme="north-ppo", kind="PPO"),),
    risk="high",
    consent="given",
    child="stays",
)
FACTS = {"relations": ["holds", "case"], "risk": "high", "consent": "given", "child": "stays", "restricted": "no"}
"""The same facts as words: the peers are given them ready."""


def body() -> bytes:
    """Return the event as the SDK sends it."""
    event: Occurrence = msgspec.convert(DATA, CATALOGUE[KIND].data)
    return msgspec.json.encode(EVENT | {"data": event})


def leaves(value: object) -> int:
    """Return how many leaf values something holds; a list of words is one."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sum(map(leaves, value))
    return 1
