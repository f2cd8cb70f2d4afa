"""Instants as tokens write them: seconds since 1970 in UTC (RFC 7519 section 2, NumericDate)."""

from __future__ import annotations

from datetime import UTC, datetime


def numeric_date(instant: datetime) -> float:
    """Return the instant as a NumericDate; one without a time zone is the programmer's mistake."""
    if instant.tzinfo is None:
        raise RuntimeError("an instant needs a time zone")
    return instant.timestamp()


def instant_of(date: float) -> datetime:
    """Return the instant, in UTC, that a NumericDate stands for."""
    return datetime.fromtimestamp(date, UTC)
