"""One body becomes one event: well-formed, known, fitting its schema, and its publisher's own to assert."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import msgspec

from hub.errors import Invalid, Malformed, NotYours, Problem, UnknownType
from hub.intake.wellformed import check_wellformed
from schemas.catalogue import CATALOGUE, EventType
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.labels import AgencyKind

_ENVELOPE = msgspec.json.Decoder(Envelope[msgspec.Raw])
_ENCODE = msgspec.json.Encoder().encode
_EVENT: Mapping[type[Occurrence], msgspec.json.Decoder[Envelope[Occurrence]]] = {
    kind: msgspec.json.Decoder(Envelope[kind])  # type: ignore[valid-type]  # made from the catalogue
    for kind in dict.fromkeys(t.data for t in CATALOGUE.values())
}
_SAYS_TYPE = re.compile(rb'"type" ?: ?"([a-z.-]{1,100})"')
"""What may be the type of a body, and mostly is."""

_SAFE = re.compile(
    r"^(Expected `[^`]*`(?:, got `[a-z |]+`| of length [<>=]+ \d+| [<>]=? -?[\d.]+| matching regex .*|"
    r" with (?:a|no) timezone component)|Object missing required field `\w+`|"
    r"Invalid RFC3339 encoded datetime|Invalid ISO8601 encoded \w+)"
)
"""The decoder's sentences that hold only words of the schema; every other one may quote a value."""
_AT = " - at `$"
"""What stands between the decoder's sentence and the place; the last one, for the sentence may quote anything."""


class Event(msgspec.Struct, frozen=True):
    """An event that was read: its envelope with typed data, its catalogue row, and the digest of its content."""

    envelope: Envelope[Occurrence]
    type: EventType
    digest: bytes
    """SHA-256 of the re-encoded event, 32 bytes: equal for equal content however it was written."""


def read_event(body: bytes) -> Event:
    """Return the event of one body.

    Raises:
        Malformed: not strict JSON in UTF-8.
        UnknownType: a type or version that the catalogue does not have.
        Invalid: does not fit the schema, naming the field and the rule.
    """
    try:
        event = _as_it_says(body)
        if event is None:
            row = _row(_ENVELOPE.decode(body))
            event = _EVENT[row.data].decode(body)
    except msgspec.ValidationError as error:
        check_wellformed(body)
        raise Invalid(problem_of(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        check_wellformed(body)
        raise Malformed(Problem("body", "is not well-formed JSON")) from None
    encoded = _ENCODE(event)
    if encoded != body:  # bytes equal to their own re-encoding cannot hold a doubled or skipped member
        check_wellformed(body)
    return Event(event, CATALOGUE[event.type], hashlib.sha256(encoded).digest())


def _as_it_says(body: bytes) -> Envelope[Occurrence] | None:
    """Return the event of the type that stands first in the body; None where that is not its type, or it does not fit.

    What is wrong with it is then said by decoding it in order, the envelope first.
    """
    said = _SAYS_TYPE.search(body)
    row = CATALOGUE.get(said[1].decode()) if said else None
    if row is None:
        return None
    try:
        event = _EVENT[row.data].decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return event if (event.type, event.dataschema) == (row.name, row.dataschema) else None


def check_own(event: Event, *, agency: AgencyKind, source: str) -> None:
    """Check that the fact is the publisher's own to assert.

    Raises:
        NotYours: another agency's fact, another system's source, or a type that only the hub makes.
    """
    if event.envelope.source != source:
        raise NotYours(Problem("source", "is not the source that your system is registered with"))
    if agency not in event.type.asserted_by:
        raise NotYours(Problem("type", f"is not for an agency of kind {agency} to assert"))


def _row(envelope: Envelope[msgspec.Raw]) -> EventType:
    row = CATALOGUE.get(envelope.type)
    if row is None:
        raise UnknownType(Problem("type", "is not in the catalogue"))
    if envelope.dataschema != row.dataschema:
        raise UnknownType(Problem("dataschema", "is not a version that the catalogue has of this type"))
    return row


def problem_of(error: msgspec.ValidationError) -> Problem:
    """Return the field and the rule of a decoder's refusal, without any value that it may quote."""
    text, at, place = str(error).rpartition(_AT)
    if not at:
        text, place = place, ""
    field = place.removesuffix("`").lstrip(".") or "body"
    safe = _SAFE.match(text)
    if safe:
        return Problem(field, safe.group(1))
    if text.startswith(("Invalid enum value", "Invalid value")):
        return Problem(field, "is not one of the words allowed here")
    if text.startswith("Object contains unknown field"):
        return Problem(field, "has a member that the schema does not know")
    return Problem(field, "does not fit the schema")
