"""Copies that wait while what is in force changes, and those that are dropped for it, row by row."""

from __future__ import annotations

import datetime as dt

import msgspec


class Unsent(msgspec.Struct, frozen=True, kw_only=True):
    """A copy without a receipt that was made before a moment, sealed."""

    recipient: str
    number: int
    copy: str
    lane: str
    telling: str
    """With which entry's departure it goes."""
    body: bytes
    left: bool
    """Whether it has left the hub."""
    wrapped: bytes | None = None
    """The wrapped data key of its person, as it is read beside; None where there is none."""


class DroppedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that was taken out of a mailbox before it was sent, or that is withdrawn after it was."""

    recipient: str
    copy: str
    person: str
    lane: str
    entry: str
    """The entry of the record in which it stood."""
    at: dt.datetime
    withdrawn: bool = False
    """Whether the recipient was told to take it back."""
