"""The facts of a telling that are not the person's: of the event, of the hour, and of who receives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from msgspec import UNSET

from hub.directory.model import Directory, Recipient
from hub.pipeline.tools import HUB_SOURCE
from hub.policy.facts import FACTS, INDEX, mask_of
from hub.policy.numbers import UNKNOWN
from hub.policy.places import NATIONAL, PLACES
from schemas.catalogue import EventType
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.labels import AgencyKind as A
from schemas.record.case import Case

SUPERVISING = frozenset({A.PROBATION, A.YOUTH_OFFENDING, A.PROVIDER, A.COURT, A.MINISTRY})
LONDON = ZoneInfo("Europe/London")


def occasion(event: Envelope[Occurrence], now: dt.datetime, directory: Directory) -> dict[int, int]:
    """Return the value of each fact of the event and of the hour, by the fact's place."""
    custody = event.data.custody
    reason = UNKNOWN if custody is UNSET or custody.reason is UNSET else custody.reason
    publisher = _publisher(event.source, directory)
    since = (now.astimezone(LONDON).date() - event.time.astimezone(LONDON).date()).days
    return {
        INDEX["held-for"]: mask_of("held-for", [reason]),
        INDEX["publisher"]: mask_of("publisher", [publisher]),
        INDEX["days-since-event"]: _number("days-since-event", since if since >= 0 else None),
        INDEX["hour"]: _number("hour", now.astimezone(LONDON).hour),
    }


def cases_said(kind: EventType, data: Occurrence) -> tuple[Case, ...]:
    """Return the cases that an event speaks of itself, where nobody may publish it but who supervises or judges."""
    told_by = kind.asserted_by
    return tuple(data.cases) if data.cases is not UNSET and told_by and told_by <= SUPERVISING else ()


def at(recipient: Recipient) -> int:
    """Return which of the places that agreements name a recipient serves."""
    return PLACES.value(_places(recipient))


def _places(recipient: Recipient) -> Iterator[str]:
    for kind, codes in (
        ("area", recipient.areas),
        ("establishment", recipient.establishments),
        ("scheme", recipient.schemes),
        ("station", recipient.stations),
        ("court", recipient.courts),
    ):
        yield from (f"{kind}/{code}" for code in codes)
    if recipient.national:
        yield NATIONAL


def _publisher(source: str, directory: Directory) -> str:
    if source == HUB_SOURCE:
        return "hub"
    agency = next((system.agency for system in directory.systems.values() if system.source == source), None)
    return UNKNOWN if agency is None else directory.agencies[agency].kind


def _number(name: str, number: int | None) -> int:
    span = FACTS[INDEX[name]].span
    return 0 if span is None else span.bit(number)
