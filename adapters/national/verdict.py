"""The three ends of a message: an event for the hub, not for the hub, or kept aside for a person to see."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, TypeAlias

import msgspec

from schemas.events.occurrence import Occurrence

Feed = Literal["prison", "probation"]
"""Whose fact it is: each feed publishes under its own agency's client."""


class Say(msgspec.Struct, frozen=True):
    """Tell the hub: an event type, when it happened, and the event."""

    kind: str
    time: dt.datetime
    data: Occurrence


class NotForTheHub(msgspec.Struct, frozen=True):
    """Understood, and nothing that the hub carries: the reason is counted."""

    why: str


class Aside(msgspec.Struct, frozen=True):
    """Kept and shown: the field and the rule that it breaks, and never a value."""

    field: str
    rule: str


Verdict: TypeAlias = Say | NotForTheHub | Aside


class Context(msgspec.Struct, frozen=True):
    """What a message does not say itself: the scheme served here, and the answer of a look-up, if one was asked."""

    scheme: str
    answer: dict[str, Any] | None = None
