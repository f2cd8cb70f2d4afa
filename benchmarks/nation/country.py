"""Who takes part in the country: its prisons, forces, schemes, courts and probation, with what they listen to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.nation.volumes import PLACES

PRISONS, FORCES, SCHEMES = (int(PLACES[what].value) for what in ("prisons", "forces", "schemes"))
STATIONS_OF_A_FORCE = int(PLACES["stations"].value) // FORCES
PRISON_FEED, COURT_FEED, PROBATION_FEED, MINISTRY_FEED = "prison-feed", "court-feed", "probation-feed", "ministry-feed"
_DESK = ["ppo.alert", "ppo.remove-marker", "concern.ended"]
_AREA = [
    "release.notice", "release.released", "release.cancelled", "recall.*", "ppo.adopted", "ppo.deselected",
    "ppo.remove-marker", "concern.ended",
]  # fmt: skip
Entry = dict[str, Any]


def prison(n: int) -> str:
    """Return the code of the n-th prison."""
    return f"{chr(65 + n // 26)}{chr(65 + n % 26)}I"


def desk(code: str) -> str:
    """Return the recipient that is a prison's reception."""
    return f"reception-{code}"


def scheme(n: int) -> str:
    """Return the n-th scheme; its area and its probation office have the same number."""
    return f"scheme-{n}"


def force_of(n: int) -> int:
    """Return the force to which the n-th scheme belongs."""
    return n % FORCES


def home_prison(n: int) -> str:
    """Return the prison that serves the n-th scheme's courts."""
    return prison(n % PRISONS)


def police_feed(force: int) -> str:
    """Return the system of a force."""
    return f"police-{force}"


def scheme_list(n: int) -> str:
    """Return the system of a scheme."""
    return f"list-of-scheme-{n}"


def directory() -> Entry:
    """Return the directory of the country."""
    contact = {"name": "A. Coordinator", "telephone": "0100 000001"}
    return {
        "agencies": [*_agencies()],
        "schemes": [
            {"id": scheme(n), "name": f"Scheme {n}", "kind": "PPO", "area": f"area-{n}", "contact": contact}
            for n in range(SCHEMES)
        ],
        "establishments": {prison(n): f"HMP {prison(n)}" for n in range(PRISONS)},
        "recipients": [*_of_prisons(), *_of_schemes(), *_of_forces(), *_of_probation()],
        "systems": [*_systems()],
    }


def _agencies() -> Iterator[Entry]:
    yield {"id": "prison-service", "name": "Prison service", "kind": "prison"}
    yield {"id": "courts", "name": "Courts", "kind": "court"}
    yield {"id": "probation", "name": "Probation service", "kind": "probation"}
    yield {"id": "ministry", "name": "Ministry of Justice", "kind": "ministry"}
    yield {"id": "office", "name": "Information governance office", "kind": "scheme"}
    for n in range(PRISONS):
        yield {"id": f"hmp-{prison(n)}", "name": f"HMP {prison(n)}", "kind": "prison"}
    for n in range(FORCES):
        yield {"id": f"force-{n}", "name": f"Force {n}", "kind": "police"}
    for n in range(SCHEMES):
        yield {"id": scheme(n), "name": f"Scheme {n}", "kind": "scheme"}


def _of_prisons() -> Iterator[Entry]:
    for code in map(prison, range(PRISONS)):
        here = {"agency": f"hmp-{code}", "establishments": [code]}
        yield {"id": desk(code), "role": "prison-reception", "name": "Reception", "listens": _DESK, **here}
        yield {
            "id": f"offender-management-{code}", "role": "prison-offender-management", "name": "Offender management",
            "listens": ["custody.*", "release.*", "recall.*", "ppo.adopted", "ppo.deselected"], **here,
        }  # fmt: skip


def _of_schemes() -> Iterator[Entry]:
    for n in range(SCHEMES):
        yield {
            "id": f"coordinator-{n}", "role": "coordinator", "agency": scheme(n), "name": "Coordinator",
            "schemes": [scheme(n)], "listens": ["*"],
        }  # fmt: skip


def _of_forces() -> Iterator[Entry]:
    for n in range(SCHEMES):
        here = {"agency": f"force-{force_of(n)}", "areas": [f"area-{n}"]}
        yield {"id": f"neighbourhood-{n}", "role": "neighbourhood-policing", "name": "Team", "listens": _AREA, **here}
        yield {
            "id": f"police-manager-{n}", "role": "police-offender-manager", "name": "Offender manager",
            "schemes": [scheme(n)], "listens": ["*"], **here,
        }  # fmt: skip
    for n in range(FORCES):
        for s in range(STATIONS_OF_A_FORCE):
            yield {
                "id": f"custody-{n}-{s}", "role": "custody-officer", "agency": f"force-{n}", "name": "Custody suite",
                "stations": [f"station-{n}-{s}"], "listens": ["ppo.alert"],
            }  # fmt: skip


def _of_probation() -> Iterator[Entry]:
    for n in range(SCHEMES):
        yield {
            "id": f"probation-{n}", "role": "national-offender-manager", "agency": "probation", "name": "Office",
            "listens": ["*"],
        }  # fmt: skip
        yield {
            "id": f"enforcement-{n}", "role": "enforcement", "agency": "probation", "name": "Enforcement",
            "works_with": [f"probation-{n}"], "listens": ["recall.*", "breach.*"],
        }  # fmt: skip
    yield {
        "id": "public-protection", "role": "public-protection-unit", "agency": "ministry", "name": "Public protection",
        "national": True, "listens": ["recall.*"],
    }  # fmt: skip


def _systems() -> Iterator[Entry]:
    feeds = {
        PRISON_FEED: "prison-service",
        COURT_FEED: "courts",
        PROBATION_FEED: "probation",
        MINISTRY_FEED: "ministry",
    }
    feeds |= {police_feed(n): f"force-{n}" for n in range(FORCES)}
    feeds |= {scheme_list(n): scheme(n) for n in range(SCHEMES)}
    for client, agency in feeds.items():
        yield {
            "client_id": client, "agency": agency, "source": source(client), "permissions": ["events:publish"],
        }  # fmt: skip


def source(client: str) -> str:
    """Return the CloudEvents source of a system."""
    return f"urn:nation:{client}"
