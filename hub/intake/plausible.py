"""What fits the schema and still cannot be: impossible dates, work opened by a name, papers that nobody declared."""

from __future__ import annotations

import datetime as dt

from msgspec import UNSET

from hub.errors import Invalid, Problem
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.record.person import OF_A_PERSON

AHEAD = dt.timedelta(hours=24)
"""How far a publisher's clock, or its idea of summer time, may be ahead."""
EARLIEST_BIRTH = dt.date(1900, 1, 1)
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
"""Nothing that is still told happened before; a moment at the end of the calendar has no writing in UTC at all."""


def check_plausible(event: Envelope[Occurrence], now: dt.datetime) -> None:
    """Check that what an event says is possible.

    Raises:
        Invalid: naming each field.
    """
    problems = []
    if event.time > now + AHEAD:
        problems.append(Problem("time", "lies in the future"))
    if event.time < EARLIEST:
        problems.append(Problem("time", "lies too far in the past"))
    for i, said in enumerate(event.data.marker_confirmations or ()):
        if not EARLIEST <= (said.at if said.at.tzinfo else said.at.replace(tzinfo=dt.UTC)) <= now + AHEAD:
            problems.append(Problem(f"data.marker_confirmations[{i}].at", "is no possible time"))
    born = event.data.subject.date_of_birth
    if born is not UNSET and not EARLIEST_BIRTH <= born <= now.date():
        problems.append(Problem("data.subject.date_of_birth", "is no possible date of birth"))
    release = event.data.release
    if release is not UNSET and release.date is not UNSET and not -36525 < (release.date - now.date()).days < 36525:
        problems.append(Problem("data.release.date", "is more than a hundred years away"))
    if event.type == "referral.changed" and not _numbered(event.data):
        rule = "needs a number of the person: work with somebody is not opened by a name, which several may have"
        problems.append(Problem("data.subject.identifiers", rule))
    pack = UNSET if event.data.breach is UNSET else event.data.breach.pack
    if pack is not UNSET and pack.statement is not UNSET and not pack.statement_declared_free:
        problems.append(
            Problem("data.breach.pack.statement_declared_free", "must be declared by the statement's author")
        )
    if problems:
        raise Invalid(*problems)


def _numbered(data: Occurrence) -> bool:
    return any(each.kind in OF_A_PERSON for each in data.subject.identifiers or ())
