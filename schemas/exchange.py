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
    signed: Annotated[str, Meta(max_length=262144)] | UnsetType = UNSET
    """The same, signed by the system that gives it: a compact JWS over a receipt statement (docs/corrections.md)."""


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
    signed: bool = False
    """Whether the receipt is signed."""


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """For reconciliation: every copy of one recipient after a number, oldest first."""

    recipient: str
    deliveries: list[DeliveryState]


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """That one recipient was told to put one copy right, and how far that has come."""

    matter: str
    """Equal for everything that was put right for one reason at one time."""
    cause: Literal["event", "agreement", "rule", "consent", "restriction", "unmerge"]
    recipient: str
    what: Literal["correction", "withdrawal"]
    delivery: str
    """The copy that tells it."""
    corrects: str
    """The copy that was wrong."""
    at: dt.datetime
    state: Literal["open", "escalated", "closed"]
    """``closed`` with the receipt; ``escalated`` when there was none in time, and the coordinator was told."""
    left_at: dt.datetime | UnsetType = UNSET
    received_at: dt.datetime | UnsetType = UNSET
    escalated_at: dt.datetime | UnsetType = UNSET


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """What was put right, oldest first."""

    corrections: list[Correction]


class OverdueCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy without a receipt though the time for it is over: the coordinator was told."""

    recipient: str
    number: int
    delivery: str
    committed_at: dt.datetime
    escalated_at: dt.datetime


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """The copies that are overdue."""

    overdue: list[OverdueCopy]


class SignedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a recipient's system signed of a copy."""

    client: str
    at: dt.datetime
    signed: str
    """A compact JWS over a receipt statement."""


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


class DoorQueues(msgspec.Struct, frozen=True):
    """The queues of one recipient at the broker, told to its own systems alone."""

    urgent: str
    routine: str


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """By which door one recipient gets its copies; until a change is done the old door gives nothing any more."""

    recipient: str
    door: Literal["http", "amqp"]
    state: Literal["open", "opening", "closing"]
    """``opening`` until the broker has the queues; ``closing`` until it has not, and then the door is ``http``."""
    queues: DoorQueues | UnsetType = UNSET
    """For the door ``amqp``."""


class BrokerAddress(msgspec.Struct, frozen=True, kw_only=True):
    """The broker as one agency uses it."""

    address: str
    """``amqps://host/virtual-host``."""
    exchange: str
    """Where the agency publishes."""
    partitions: int
    """The header ``partition`` of what is published is a number from 0 up to this, as text."""


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """The doors of the caller's recipients, and the broker where the hub has one."""

    doors: list[Door]
    broker: BrokerAddress | UnsetType = UNSET


class DoorWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The door by which a recipient's copies are to come from now on."""

    door: Literal["http", "amqp"]


class Suspension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an agency's part in the sharing is suspended."""

    reason: Annotated[str, Meta(min_length=3, max_length=500)]


class SuspendedAgency(msgspec.Struct, frozen=True):
    """An agency that takes no part at present."""

    agency: str
    since: dt.datetime


class Suspensions(msgspec.Struct, frozen=True):
    """The agencies that take no part at present."""

    suspended: list[SuspendedAgency]


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
