"""Prison receptions and movements in: what the reason says, and the movement code of a recall."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import UNSET

from adapters.national.establishment import establishment
from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import subject_of
from adapters.national.verdict import Context, Say, Verdict
from schemas.events.custody_reception import Received, Returned, Transferred
from schemas.record.block import UnsetType
from schemas.record.custody import Custody

RECALL_CODES: Final = frozenset({"L", "B", "Y", "24"})
"""Licence revoked; recalled from home detention curfew; from a detention and training order; from an
intermittent sentence. Any other admission may be a recall too: the hub knows that from the licence."""
NEW: Final = frozenset({"ADMISSION", "READMISSION"})
BACK: Final = frozenset({"TEMPORARY_ABSENCE_RETURN", "RETURN_FROM_COURT"})


def received(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - one signature for all
    """Somebody came into a prison. ``probableCause`` is never read: it is left over from earlier movements."""
    reason = event.code("reason")
    place = establishment(event)
    if place is None:
        raise NotUnderstood("additionalInformation.prisonId", "missing or no establishment")
    if reason in NEW:
        return _new(event, place)
    held = Custody(in_custody=True, establishment=place)
    if reason == "TRANSFERRED":
        return Say("custody.transferred", event.moment(), Transferred(subject=subject_of(event), custody=held))
    if reason in BACK:
        return Say("custody.returned", event.moment(), Returned(subject=subject_of(event), custody=held))
    raise NotUnderstood("additionalInformation.reason", "missing or not a known reason for a reception")


def _new(event: DomainEvent, place: str) -> Verdict:
    code = movement_code(event)
    reason: Literal["recall", "unknown"] = "recall" if code in RECALL_CODES else "unknown"
    custody = Custody(in_custody=True, expected_back="yes", establishment=place, reason=reason, movement_code=code)
    return Say("custody.received", event.moment(), Received(subject=subject_of(event), custody=custody))


def movement_code(event: DomainEvent) -> str | UnsetType:
    """Return the movement's reason code, or UNSET where the message has none; raises ``NotUnderstood``."""
    code = event.code("nomisMovementReasonCode")
    if code is not None and len(code) > 12:
        raise NotUnderstood("additionalInformation.nomisMovementReasonCode", "longer than 12 characters")
    return UNSET if code is None else code
