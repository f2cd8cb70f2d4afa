"""The legacy message of a movement: a booking and a sequence, so all that it means is looked up."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from adapters.national.custody import received
from adapters.national.look_ups import answer_as
from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.released import released
from adapters.national.verdict import Context, Verdict

REASONS: Final = {
    ("IN", "ADM"): "ADMISSION",
    ("IN", "TRN"): "TRANSFERRED",
    ("IN", "CRT"): "RETURN_FROM_COURT",
    ("IN", "TAP"): "TEMPORARY_ABSENCE_RETURN",
    ("OUT", "REL"): "RELEASED",
    ("OUT", "TRN"): "TRANSFERRED",
    ("OUT", "CRT"): "SENT_TO_COURT",
    ("OUT", "TAP"): "TEMPORARY_ABSENCE_RELEASE",
}


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the look-up of movements."""

    prison_number: str
    direction: Literal["IN", "OUT"]
    type: str
    """ADM, REL, TRN, CRT or TAP."""
    reason_code: str | None = None
    prison: str
    """The prison that the person came into, or left."""
    occurred_at: str | None = None
    """When, in any form that the messages use; without it the message's own time counts."""


def key_of(event: DomainEvent) -> str:
    """Return what a movement is looked up by: ``<booking>-<sequence>``; raises ``NotUnderstood``."""
    return f"{event.needed('bookingId')}-{event.needed('movementSeq', 'movementSequence')}"


def moved(event: DomainEvent, context: Context) -> Verdict:
    """Somebody came into or left a prison: told as the newer message of that movement would be."""
    answer = answer_as(Movement, context.answer, "movements")
    reason = REASONS.get((answer.direction, answer.type))
    if reason is None:
        raise NotUnderstood("movements.type", "not a known kind of movement")
    information = {
        "nomsnumber": answer.prison_number,
        "reason": reason,
        "nomismovementreasoncode": answer.reason_code,
        "prisonid": answer.prison,
    }
    body = {name: member for name, member in event.body.items() if name != "personreference"}
    if answer.occurred_at is not None:
        body["occurredat"] = answer.occurred_at
    known = DomainEvent(event.type, body, information)
    return (received if answer.direction == "IN" else released)(known, context)
