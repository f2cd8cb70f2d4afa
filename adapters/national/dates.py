"""Release dates: the messages never carry them, so they are looked up, and never invented."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from adapters.national.look_ups import answer_as
from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import number, subject_of
from adapters.national.verdict import Context, NotForTheHub, Say, Verdict
from schemas.events.release_dates import DateChanged, DateSet
from schemas.record.custody import Release
from schemas.record.person import Person


class ReleaseDates(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the look-up of release dates: days as ``2026-03-02``."""

    release_date: dt.date
    previous_release_date: dt.date | None = None
    kind: Literal["automatic", "conditional", "parole", "curfew", "early-scheme", "court"] | None = None
    prison_number: str | None = None
    """Needed where the message names a booking alone."""


def key_of(event: DomainEvent) -> str:
    """Return what dates are looked up by: the prison number, or ``booking:`` and the booking's number.

    Raises:
        NotUnderstood: the message has neither.
    """
    try:
        person = subject_of(event)
    except NotUnderstood:
        return f"booking:{event.needed('bookingId')}"
    numbers = [each.value for each in person.identifiers or () if each.kind == "prison-number"]
    return numbers[0] if numbers else f"booking:{event.needed('bookingId')}"


def dates_changed(event: DomainEvent, context: Context) -> Verdict:
    """A date was set, or changed where the look-up knows the former one; an unchanged one is no news."""
    answer = answer_as(ReleaseDates, context.answer, "release-dates")
    subject = _subject(event, answer)
    if answer.previous_release_date == answer.release_date:
        return NotForTheHub("the release date is the same as before")
    release = Release(date=answer.release_date, kind=_or_unset(answer.kind))
    if answer.previous_release_date is None:
        return Say("release.date-set", event.moment(), DateSet(subject=subject, release=release))
    changed = msgspec.structs.replace(release, previous_date=answer.previous_release_date)
    return Say("release.date-changed", event.moment(), DateChanged(subject=subject, release=changed))


def _subject(event: DomainEvent, answer: ReleaseDates) -> Person:
    if answer.prison_number is None:
        return subject_of(event)
    said = number("prison-number", answer.prison_number, "release-dates.prison_number")
    if not key_of(event).startswith("booking:") and said not in (subject_of(event).identifiers or ()):
        raise NotUnderstood("release-dates.prison_number", "disagrees with the message")
    return Person(identifiers=[said])


def _or_unset(
    kind: Literal["automatic", "conditional", "parole", "curfew", "early-scheme", "court"] | None,
) -> Literal["automatic", "conditional", "parole", "curfew", "early-scheme", "court"] | UnsetType:
    return UNSET if kind is None else kind
