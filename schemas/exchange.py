"""The other bodies of the HTTP interface: what was accepted, what waits, what was received."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from schemas.record.person import Person


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one published event. ``repeated`` means that the same event was accepted before."""

    id: str
    state: Literal["accepted", "repeated", "refused"]
    problem: str | UnsetType = UNSET
    """For a refusal: the code of the error class."""
    fields: list[str] | UnsetType = UNSET
    """For a refusal: ``path: rule`` for each thing wrong, and never a value."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a batch: an outcome for each event, in the order sent."""

    outcomes: list[Outcome]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One copy in a mailbox: its number in that mailbox, its id, and the copy itself (a CloudEvent)."""

    number: Annotated[int, Meta(ge=1)]
    delivery: str
    copy: msgspec.Raw


class Mailbox(msgspec.Struct, frozen=True, kw_only=True):
    """Copies that wait for one recipient, oldest first within their lane, urgent before routine."""

    recipient: str
    copies: list[Waiting]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient's word that a copy is in its hands (not merely that it left the hub)."""

    recipient: Annotated[str, Meta(max_length=64)]
    deliveries: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(min_length=1, max_length=1000)]


class Receipted(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the named copies are now received; unknown ones are not told apart from others' ones."""

    received: int


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True):
    """Where one copy stands: committed, left the hub, received."""

    number: int
    delivery: str
    committed_at: dt.datetime
    left_at: dt.datetime | UnsetType = UNSET
    received_at: dt.datetime | UnsetType = UNSET


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """For reconciliation: every copy of one recipient after a number, oldest first."""

    recipient: str
    deliveries: list[DeliveryState]


class Lookup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about one person, asked by one recipient for a stated reason."""

    recipient: Annotated[str, Meta(max_length=64)]
    reason: Annotated[str, Meta(min_length=3, max_length=500)]
    person: Person


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the recipient may know: empty for a stranger and for somebody it may not know of, alike in every respect."""

    given: msgspec.Raw


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the token endpoint (RFC 6749 section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing wrong: the path of the field and the rule, never the value."""

    field: str
    rule: str


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
