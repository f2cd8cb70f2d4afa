"""One area: a prison's reception is told to so many recipients, who fall into so many views."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from adapters.sdk.credentials import AgencyKey
from benchmarks.embedded.town import envelope, preparations, prison_number, source
from schemas.labels import Role

KIND = "custody.received"
AGREEMENT = Path(__file__).with_name("agreement.yaml")
PUBLISHER = "prison"
_AT_PRISON, _IN_AREA = {"establishments": ["BMI"]}, {"areas": ["north-town"]}
_ON_CASE = {"works_with": ["probation"]}
ROLES: tuple[tuple[Role, str, dict[str, list[str]]], ...] = (
    (Role.PRISON_RECEPTION, "prison", _AT_PRISON),
    (Role.COORDINATOR, "scheme", {"schemes": ["north-ppo"]}),
    (Role.POLICE_OFFENDER_MANAGER, "police", _IN_AREA),
    (Role.ENFORCEMENT, "probation", _ON_CASE),
    (Role.NEIGHBOURHOOD_POLICING, "police", _IN_AREA),
    (Role.PRISON_HEALTHCARE, "prison", _AT_PRISON),
    (Role.PRISON_OFFENDER_MANAGEMENT, "prison", _AT_PRISON),
    (Role.PRISON_SECURITY, "prison", _AT_PRISON),
    (Role.PRISON_RESETTLEMENT, "prison", _AT_PRISON),
    (Role.CUSTODY_OFFICER, "police", _IN_AREA),
    (Role.INTELLIGENCE, "police", _IN_AREA),
    (Role.COURT_TEAM, "probation", _ON_CASE),
)
"""Each role, its agency and how it is concerned. Under the agreement each has an answer of its own: one view."""
STRANGERS = 100_000
"""From this number on people are on no scheme."""
AGENCIES = {"scheme": "scheme", "prison": "prison", "police": "police", "probation": "probation"}
PUBLISHERS = ("scheme", PUBLISHER, "probation")


class Area:
    """The folder of a hub with a directory, and the keys of those who speak with it."""

    def __init__(self, folder: Path, recipients: int, views: int) -> None:
        """Make the keys and write the directory, for so many recipients in so many views."""
        self.folder, self.directory = folder, folder / "directory.yaml"
        self.recipients = {f"{ROLES[n % views][0]}-{n}": ROLES[n % views] for n in range(recipients)}
        self.keys = {name: AgencyKey.generate() for name in (*PUBLISHERS, *(f"of-{a}" for a in AGENCIES))}
        self.directory.write_bytes(msgspec.json.encode(self._directory()))

    def by_view(self) -> dict[str, list[str]]:
        """Return the recipients of each role, which are those of each view."""
        views: dict[str, list[str]] = {}
        for name, (role, _, _) in self.recipients.items():
            views.setdefault(role, []).append(name)
        return views

    def of_agency(self, agency: str) -> list[str]:
        """Return the recipients of an agency that take part in the measurement."""
        return [name for name, (_, owner, _) in self.recipients.items() if owner == agency]

    def _directory(self) -> dict[str, Any]:
        contact = {"name": "A. Coordinator", "telephone": "0100 000001"}
        holder = {"id": "probation", "role": "national-offender-manager", "agency": "probation", "name": "Holder"}
        return {
            "agencies": [{"id": a, "name": a.title(), "kind": kind} for a, kind in AGENCIES.items()],
            "schemes": [
                {"id": "north-ppo", "name": "North PPO", "kind": "PPO", "area": "north-town", "contact": contact}
            ],
            "establishments": {"BMI": "HMP Birmingham"},
            "recipients": [
                holder,
                *(
                    {"id": r, "role": role, "agency": agency, "name": r.title(), **places, "listens": [KIND]}
                    for r, (role, agency, places) in self.recipients.items()
                ),
            ],
            "systems": [
                *(self._system(a, a, "events:publish") for a in PUBLISHERS),
                *(
                    self._system(f"of-{a}", a, "copies:receive") | {"recipients": self.of_agency(a)}
                    for a in AGENCIES
                    if self.of_agency(a)
                ),
            ],
        }

    def _system(self, name: str, agency: str, permission: str) -> dict[str, Any]:
        jwk = self.keys[name].public_jwk()
        return {"client_id": name, "agency": agency, "source": source(name), "permissions": [permission], "keys": [jwk]}


def preparing(people: int) -> Iterator[tuple[str, list[bytes]]]:
    """Yield for each publisher the events by which people are on the scheme, on a case, and of the area.

    Nobody who is measured listens to these, so that no mailbox has anything in it when the clock starts.
    """
    for publisher, events in preparations(people):
        if publisher != PUBLISHER:
            yield publisher, events
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=30)
    yield PUBLISHER, [envelope("release.date-set", PUBLISHER, p, p, {"release": _AREA}, at) for p in range(people)]


def received(number: int, person: int, at: dt.datetime) -> bytes:
    """Return the event of the benchmark, about 2.5 KB, of which every recipient gets a copy."""
    subject = {"identifiers": [{"kind": "prison-number", "value": prison_number(person)}], **_LOOKS}
    return envelope(KIND, PUBLISHER, number, person, {"subject": subject, **_SAID}, at)


def seen(person: int, at: dt.datetime) -> bytes:
    """Return an event about somebody on no scheme, of whom a hub keeps a sighting and tells nobody."""
    return envelope(KIND, PUBLISHER, STRANGERS + person, STRANGERS + person, {"custody": _SAID["custody"]}, at)


def partition_of(person: int, count: int) -> str:
    """Return the header that keeps a person's events together, of so many."""
    return str(person % count)


_AREA = {"date": "2030-06-01", "area": "north-town"}
_LOOKS: dict[str, Any] = {
    "sex": "male", "ethnicity": "W1", "photograph": "https://images.example/a1234bc",
    "learning_difficulty": "Dyslexia: letters are read aloud, and forms are filled in together.",
    "adjustments": ["Speak slowly and ask whether it was understood", "No night shift in the workshop"],
    "vulnerability": "Was robbed of his medication twice in shared cells.",
}  # fmt: skip
_SAID: dict[str, Any] = {
    "custody": {"in_custody": True, "establishment": "BMI", "reason": "remand", "from_court": "birmingham-crown"},
    "cases": [
        {
            "reference": "C-1", "kind": "licence", "sentence_months": 30,
            "offence": "Burglary of a dwelling, five counts, asked to be taken into consideration",
            "charge": "Theft from a shop, two counts, while on licence from the sentence of 2024",
        }
    ],
    "memberships": [{"scheme": "north-ppo", "kind": "PPO", "strands": ["catch-and-convict"]}],
    "contact": {"name": "D. Desk", "telephone": "0100 000004", "team": "Offender management unit"},
    "release": {
        "date": "2030-06-01", "area": "north-town",
        "address": {"lines": "Flat 2, 1 Example Street, North Town", "postcode": "B1 1AA", "standing": "confirmed"},
    },
    "licence": {
        "ends": "2031-01-01",
        "conditions": [
            {"code": "6b", "wording": "Attend the treatment that your supervising officer arranges, twice a week."},
            {"code": "7c", "wording": "Live permanently at the address that your supervising officer approves."},
        ],
    },
    "score": {"total": 74, "rationale": "Volume of burglary and vehicle crime; offends again within days of release."},
    "risk": {
        "level": "high", "detail": "Violent when arrested at night; has carried a weapon twice since 2024.",
        "to_children": "A child stays at the address on two nights of each week, with her grandmother.",
        "intelligence": "Has met new associates from the south of the city since August.",
    },
    "health": {
        "diagnosis": "Opioid dependence", "medication": ["methadone 60 ml daily, supervised"],
        "immediate_safety": ["withdrawal expected tonight", "first night in custody for two years"],
    },
    "engagement": {"last_attended": "2026-10-30", "attending": True, "engaging": True},
    "care_plan": {"goals": ["a job by the spring", "a home of his own"], "courses": ["carpentry, level 2"]},
    "housing": {"need": "A room within reach of the probation office.", "answer": "A room is held until 4 December."},
}  # fmt: skip
