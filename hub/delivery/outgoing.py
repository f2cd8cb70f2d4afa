"""What goes to the broker: one telling's copies, each once for all the queues that get the same bytes."""

from __future__ import annotations

import datetime as dt

import msgspec


class Parcel(msgspec.Struct, frozen=True):
    """One copy: its delivery id, its plain bytes, and the queues that it goes to."""

    copy: str
    body: bytes
    queues: tuple[str, ...]


class Outgoing(msgspec.Struct, frozen=True):
    """One departure: its id, its entry, whom it is about (order is kept for each person and lane), its parcels."""

    id: str
    entry: str
    person: str
    lane: str
    parcels: tuple[Parcel, ...]
    after: frozenset[str] = frozenset()
    """Departures of the same person and lane that were not confirmed when this one was committed."""
    again: bool = False
    """Whether it goes once more, to one recipient alone."""
    at: dt.datetime = dt.datetime.max.replace(tzinfo=dt.UTC)
    """When these were the copies to be sent: committed, or read again. What comes into force later may forbid them."""
