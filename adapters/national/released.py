"""Movements out of a prison. The movement code decides first, and most of them are no release."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import UNSET

from adapters.national.custody import movement_code
from adapters.national.establishment import establishment
from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import subject_of
from adapters.national.times import LONDON
from adapters.national.verdict import Context, NotForTheHub, Say, Verdict
from schemas.events.custody_reception import Deported, Died, ToHospital
from schemas.events.recall_and_breach import UnlawfullyAtLarge
from schemas.events.release_dates import Released, TemporarilyReleased
from schemas.record.block import UnsetType
from schemas.record.custody import Custody, Release
from schemas.record.enforcement import Recall

Way = Literal["died", "absconded", "merge", "hospital", "deported", "court", "transfer", "temporary", "release"]

BY_CODE: Final[dict[str, Way]] = {
    "DEC": "died",
    "UAL": "absconded",
    "UAL_ECL": "absconded",
    "MRG": "merge",
    **dict.fromkeys(("HO", "HP", "HQ"), "hospital"),
    **dict.fromkeys(("DD", "DE", "DL"), "deported"),
}
BY_REASON: Final[dict[str, Way]] = {
    "SENT_TO_COURT": "court",
    "TRANSFERRED": "transfer",
    "TEMPORARY_ABSENCE_RELEASE": "temporary",
    "RELEASED_TO_HOSPITAL": "hospital",
    "RELEASED": "release",
}
KIND_BY_CODE: Final = {"HD": "curfew", "CR": "conditional", "ECSL": "early-scheme"}
"""What the code says of a release; another code says nothing of it, and nothing is guessed."""
NOT_OURS: Final[dict[Way, str]] = {
    "merge": "an administrative merge, not a release",
    "court": "sent to court: still the prison's until it says otherwise",
    "transfer": "a transfer: told by the prison that receives",
}


def released(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - one signature for all
    """Somebody left a prison, in one of nine ways."""
    code = movement_code(event)
    way = (BY_CODE.get(code) if code is not UNSET else None) or BY_REASON.get(event.code("reason") or "")
    if way is None:
        raise NotUnderstood("additionalInformation.reason", "missing or not a known reason for leaving")
    if way in NOT_OURS:
        return NotForTheHub(NOT_OURS[way])
    if way == "release" and code is UNSET:
        raise NotUnderstood(
            "additionalInformation.nomisMovementReasonCode", "missing, so it may be a death or an escape"
        )
    place = establishment(event)
    return _left(event, way, code, UNSET if place is None else place)


def _left(event: DomainEvent, way: Way, code: str | UnsetType, place: str | UnsetType) -> Verdict:
    """Say a way of leaving; ``previous_establishment`` is the prison that was left."""
    when, subject = event.moment(), subject_of(event)
    out = Custody(in_custody=False, previous_establishment=place, movement_code=code)
    match way:
        case "died":
            return Say("custody.died", when, Died(subject=subject, custody=_because(out, "died")))
        case "deported":
            return Say("custody.deported", when, Deported(subject=subject, custody=_because(out, "deported")))
        case "hospital":
            # In law still in custody, and still that prison's.
            held = Custody(in_custody=True, establishment=place, movement_code=code, left_because="hospital")
            return Say("custody.to-hospital", when, ToHospital(subject=subject, custody=held))
        case "absconded":
            wanted = Recall(stage="unlawfully-at-large")
            data = UnlawfullyAtLarge(subject=subject, recall=wanted, custody=_because(out, "absconded"))
            return Say("recall.at-large", when, data)
        case "temporary":
            away = Custody(in_custody=False, expected_back="yes", previous_establishment=place, movement_code=code)
            release = Release(kind="temporary", date=when.astimezone(LONDON).date())
            return Say("release.temporary", when, TemporarilyReleased(subject=subject, release=release, custody=away))
        case _:
            return Say("release.released", when, Released(subject=subject, custody=out, release=_kind(code)))


def _because(out: Custody, because: Literal["died", "deported", "absconded"]) -> Custody:
    return msgspec.structs.replace(out, left_because=because)


def _kind(code: str | UnsetType) -> Release | UnsetType:
    kind = KIND_BY_CODE.get(code) if code is not UNSET else None
    return UNSET if kind is None else Release(kind=kind)  # type: ignore[arg-type]  # the table's words are the field's
