"""A small town: one scheme, its agencies with their keys, twelve recipients, and people on the scheme."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from adapters.sdk.credentials import AgencyKey
from schemas.catalogue import CATALOGUE

_PRISON = {"establishments": ["BMI"]}
_AREA = {"areas": ["north-town"]}
RECIPIENTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "coordinator": ("coordinator", "scheme", {"schemes": ["north-ppo"]}),
    "reception": ("prison-reception", "prison", _PRISON),
    "offender-management": ("prison-offender-management", "prison", _PRISON),
    "security": ("prison-security", "prison", _PRISON),
    "resettlement": ("prison-resettlement", "prison", _PRISON),
    "custody-suite": ("custody-officer", "police", _AREA),
    "offender-manager": ("police-offender-manager", "police", _AREA),
    "neighbourhood": ("neighbourhood-policing", "police", _AREA),
    "intelligence": ("intelligence", "police", _AREA),
    "probation": ("national-offender-manager", "probation", {}),
    "enforcement": ("enforcement", "probation", {"works_with": ["probation"]}),
    "court-team": ("court-team", "probation", {"works_with": ["probation"]}),
}
"""Each recipient's role, agency and place; every one of them is concerned with everybody here."""
AGENCIES = {"scheme": "scheme", "prison": "prison", "police": "police", "probation": "probation"}
LISTENS = ["release.date-changed"]
"""So that people can be prepared before the clock starts without filling the mailboxes."""
PUBLISHERS = ("scheme", "prison", "probation")


class Town:
    """The folder of a hub, and the keys of those who speak with it."""

    def __init__(self, folder: Path) -> None:
        """Make the keys and write the directory."""
        self.folder = folder
        self.keys = {name: AgencyKey.generate() for name in (*PUBLISHERS, *(f"of-{r}" for r in RECIPIENTS))}
        self.directory = folder / "directory.yaml"
        self.directory.write_text(msgspec.json.format(msgspec.json.encode(self._directory())).decode())

    def _directory(self) -> dict[str, Any]:
        contact = {"name": "A. Coordinator", "telephone": "0100 000001"}
        return {
            "agencies": [{"id": a, "name": a.title(), "kind": kind} for a, kind in AGENCIES.items()],
            "schemes": [
                {"id": "north-ppo", "name": "North PPO", "kind": "PPO", "area": "north-town", "contact": contact}
            ],
            "establishments": {"BMI": "HMP Birmingham"},
            "recipients": [
                {"id": r, "role": role, "agency": agency, "name": r.title(), **places, "listens": LISTENS}
                for r, (role, agency, places) in RECIPIENTS.items()
            ],
            "systems": [
                *(self._system(a, a, "events:publish") for a in PUBLISHERS),
                *(
                    self._system(f"of-{r}", agency, "copies:receive") | {"recipients": [r]}
                    for r, (_, agency, _) in RECIPIENTS.items()
                ),
            ],
        }

    def _system(self, name: str, agency: str, permission: str) -> dict[str, Any]:
        jwk = self.keys[name].public_jwk()
        return {"client_id": name, "agency": agency, "source": source(name), "permissions": [permission], "keys": [jwk]}


def source(system: str) -> str:
    """Return the CloudEvents source of a system."""
    return f"urn:benchmark:{system}"


def envelope(kind: str, publisher: str, number: int, person: int, data: dict[str, Any], at: dt.datetime) -> bytes:
    """Return an event about one person, with members in the order in which the SDK sends them."""
    plain = {"subject": {"identifiers": [{"kind": "prison-number", "value": prison_number(person)}]}, **data}
    typed = msgspec.convert(plain, CATALOGUE[kind].data)
    return msgspec.json.encode(
        {
            "specversion": "1.0", "id": f"{kind}-{number}", "source": source(publisher), "type": kind, "time": at,
            "datacontenttype": "application/json", "dataschema": CATALOGUE[kind].dataschema, "data": typed,
        }
    )  # fmt: skip


def prison_number(person: int) -> str:
    """Return a made-up prison number."""
    first, rest = divmod(person, 10_000)
    return f"A{rest:04}{chr(65 + first // 26)}{chr(65 + first % 26)}"


def _details(person: int) -> dict[str, Any]:
    """Return details that are nobody else's, so that no two people could be one."""
    rng = random.Random(person)
    surname, forename = ("".join(rng.choices("abcdefghijklmnoprstuvw", k=9)).title() for _ in range(2))
    born = dt.date(1970, 1, 1) + dt.timedelta(days=37 * person % 12_000)
    return {"surname": surname, "forename": forename, "date_of_birth": born.isoformat()}


def preparations(people: int) -> Iterator[tuple[str, list[bytes]]]:
    """Yield for each publisher the events that make everybody concerned with each person."""
    now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    joins = [{"scheme": "north-ppo", "kind": "PPO", "strands": ["catch-and-convict"]}]
    case = {"reference": "C-1", "supervised_by": "probation", "kind": "licence", "sentence_months": 30}
    held = {"in_custody": True, "establishment": "BMI", "reason": "sentence"}
    ids = {p: [{"kind": "prison-number", "value": prison_number(p)}] for p in range(people)}
    steps: list[tuple[str, str, Any]] = [
        ("scheme", "ppo.adopted", lambda p: {"subject": _details(p) | {"identifiers": ids[p]}, "memberships": joins}),
        ("probation", "case.allocated", lambda _: {"cases": [case]}),
        ("prison", "custody.received", lambda _: {"custody": held}),
    ]  # fmt: skip
    for publisher, kind, data in steps:
        yield publisher, [envelope(kind, publisher, p, p, data(p), now) for p in range(people)]


def date_changed(number: int, person: int, at: dt.datetime) -> bytes:
    """Return the event of the benchmark: 12 recipients get a copy. Its time says when it was sent."""
    day = dt.date(2030, 1, 1) + dt.timedelta(days=number % 300)
    release = {
        "date": day.isoformat(), "previous_date": "2030-06-01", "kind": "conditional", "area": "north-town",
        "change_reason": "Fourteen added days were restored on appeal against the adjudication.",
        "address": {"lines": "Flat 2, 1 Example Street, North Town", "postcode": "B1 1AA", "standing": "confirmed"},
    }  # fmt: skip
    return envelope("release.date-changed", "prison", number, person, {"release": release}, at)
