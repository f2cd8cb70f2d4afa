"""Whether the story came out right, asked from the partners' side: what is, and what is not, in their hands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from deploy.rehearsal.partners import SCREENS
from deploy.rehearsal.story import CLINICAL, MENTAL

Copies = Mapping[str, Sequence[Mapping[str, Any]]]
"""Every partner's copies, by recipient."""
STATUS_WORDS = (
    "ppo",
    "iom",
    "prolific",
    "birmingham scheme",
    "catch-and-convict",
    "rehabilitate-and-resettle",
    "asha grewal",
)
NO_STATUS = (
    "birmingham-court.bench",
    "council.housing",
    "new-start.mentors",
    "hmp-birmingham.healthcare",
    "turning-tide.workers",
)
HEALTH = ("hmp-birmingham.healthcare", "turning-tide.workers")
ALERT_SECONDS = 1.0


class Finding(msgspec.Struct, frozen=True):
    """One thing that was to be so, and whether it is."""

    what: str
    right: bool


def findings(copies: Copies) -> Iterator[Finding]:
    """Ask everything that the story must come to."""
    for what, holds in _EXPECTED:
        yield Finding(what, holds(copies))


def _of(copies: Copies, recipient: str, *types: str, surname: str = "Blake") -> list[Mapping[str, Any]]:
    return [
        c for c in copies[recipient] if c["type"] in types and c["given"].get("subject", {}).get("surname") == surname
    ]


def _alerted(copies: Copies) -> bool:
    alerts = _of(copies, "hmp-birmingham.reception", "ppo.alert")
    given = alerts[0]["given"] if alerts else {}
    member = (given.get("memberships") or [{}])[0]
    return (
        member.get("scheme_name") == "Birmingham PPO scheme"
        and member.get("contact", {}).get("telephone") == "0121 496 0110"
        and member.get("strands") == ["catch-and-convict", "rehabilitate-and-resettle"]
        and given.get("health") == {"immediate_safety": ["Open self-harm plan"]}
    )


def _nobody_alerted(surname: str) -> Callable[[Copies], bool]:
    return lambda copies: not any(_of(copies, screen.recipient, "ppo.alert", surname=surname) for screen in SCREENS)


def _told_where(copies: Copies) -> bool:
    whom = ("birmingham.coordinator", "probation.offender-manager", "west-police.offender-manager")
    return all(
        any(c["given"].get("custody", {}).get("establishment") == "BMI" for c in _of(copies, w, "custody.received"))
        for w in whom
    )


def _housing(copies: Copies) -> bool:
    """Both tenants alike: in custody, expected back, and nothing more."""
    received = [
        c["given"]
        for name in ("Blake", "Moore")
        for c in _of(copies, "council.housing", "custody.received", surname=name)[:1]
    ]
    return len(received) == 2 and all(
        given["custody"] == {"in_custody": True, "expected_back": "yes"} and set(given) == {"subject", "custody"}
        for given in received
    )


def _neighbourhood(copies: Copies) -> bool:
    notices = _of(copies, "west-police.ladywood", "release.notice")
    return (
        len(notices) == 1
        and "date" in notices[0]["given"]["release"]
        and bool(_of(copies, "west-police.ladywood", "release.released"))
    )


def _bench(copies: Copies) -> bool:
    papers = _of(copies, "birmingham-court.bench", "breach.presented")
    return (
        len(papers) == 1
        and papers[0]["given"]["breach"]["pack"]["requirement_breached"] == "To comply with supervision"
    )


def _no_byte_of_status(copies: Copies) -> bool:
    text = json.dumps([copies[recipient] for recipient in NO_STATUS], default=str).lower()
    return not re.search(rf"\b({'|'.join(STATUS_WORDS)})\b", text)


def _clinical(copies: Copies) -> bool:
    holders = {
        recipient
        for recipient, held in copies.items()
        if any(word in json.dumps(held, default=str) for word in (CLINICAL, MENTAL))
    }
    return holders == set(HEALTH)


def _followed(recipient: str, *types: str) -> Callable[[Copies], bool]:
    return lambda copies: all(_of(copies, recipient, kind) for kind in types)


def _markers_removed(copies: Copies) -> bool:
    return bool(_of(copies, "hmp-birmingham.reception", "ppo.remove-marker", surname="Price"))


_EXPECTED: tuple[tuple[str, Callable[[Copies], bool]], ...] = (
    (
        "the alert says who, which scheme, whom to call, the strands and the safety marker, and nothing clinical",
        _alerted,
    ),
    ("nobody was alerted of somebody who is on no scheme", _nobody_alerted("Moore")),
    ("coordinator, probation and police were told where the person is", _told_where),
    ("housing heard that its tenants are in custody and expected back, alike for both, and nothing more", _housing),
    (
        "the neighbourhood team heard of the release once it was within 28 days, and of the release itself",
        _neighbourhood,
    ),
    (
        "treatment heard of the release date",
        _followed("turning-tide.workers", "release.date-set", "release.date-changed"),
    ),
    ("the breach papers reached the bench, in neutral words", _bench),
    ("no byte at the bench, housing, mentors or clinics tells the status", _no_byte_of_status),
    ("clinical facts are with those who treat, and with nobody else", _clinical),
    (
        "release, recall, unlawfully at large and the return followed",
        _followed(
            "probation.offender-manager",
            "release.released",
            "recall.requested",
            "recall.decided",
            "recall.at-large",
            "recall.returned",
        ),
    ),
    ("whoever holds the marker of the de-selected person was told to remove it", _markers_removed),
)
