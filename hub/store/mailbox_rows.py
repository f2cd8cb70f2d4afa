"""What is read of mailboxes: what waits in them, and where copies stand."""

from __future__ import annotations

import datetime as dt

import msgspec


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A copy in a mailbox without a receipt, sealed."""

    number: int
    copy: str
    lane: str
    body: bytes
    wrapped: bytes | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Where one copy stands."""

    number: int
    copy: str
    committed_at: dt.datetime
    left_at: dt.datetime | None
    received_at: dt.datetime | None
    signed: bool = False


class Outstanding(msgspec.Struct, frozen=True, kw_only=True):
    """Copies of one recipient and lane that have no receipt."""

    recipient: str
    lane: str
    not_left: int
    """Those that are in the hub still."""
    left: int
    """Those that left it and were not received, as far as anybody said."""
    since: dt.datetime
    """When the oldest of them all was committed."""
