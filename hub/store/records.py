"""What a store takes and gives, row by row; sealed values stay sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec

from hub.store.correcting import CorrectionRow, ReceiptRow
from hub.store.dropping import DroppedRow


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person's register record, sealed."""

    id: str
    state: bytes
    on_scheme: bool
    expires: dt.datetime | None
    """When a sighting of somebody on no scheme is erased."""
    merged_into: str | None = None


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the record: its content (no values in it), its commitment, its sealed salts and reasons."""

    id: str
    at: dt.datetime
    kind: str
    person: str | None
    content: bytes
    commitment: bytes
    sealed: bytes
    reference: int | None = None
    """By which it is found where the event is asked for, of which it is, or which it corrects."""
    wrapped: bytes | None = None
    """The wrapped data key of its person, as it is read beside; None where there is none."""


class Sealed(msgspec.Struct, frozen=True):
    """Something sealed, with the wrapped data key under which it opens; None where it is of nobody who has one."""

    value: bytes
    wrapped: bytes | None


class CopyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One view's bytes, sealed; shared by every recipient with the same answer."""

    id: str
    entry: str
    lane: str
    body: bytes
    committed_at: dt.datetime
    person: str | None = None
    """Whom it is about, under whose data key it is sealed; of several people in it, the one whose entry it is."""
    delete_by: dt.datetime | None = None
    """When it is deleted here at the latest, once everybody has it."""


class MailRow(msgspec.Struct, frozen=True):
    """One copy in one mailbox."""

    recipient: str
    number: int
    copy: str


class Head(msgspec.Struct, frozen=True):
    """The end of a recipient's chain: how many copies it had, and the hash of its last branch."""

    number: int
    branch: bytes


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """Where the record, and what is on its way, stood when a transaction closed it."""

    worker: str
    """The worker under whose lease is written; empty where there is one process alone."""
    heads: Mapping[str, Head]
    """The ends of some recipients' chains; one without any starts at zero."""
    queues: Mapping[str, str]
    """The queue of each of them whose broker door is open."""
    unsent: Mapping[tuple[str, str], frozenset[str]]
    """By person and lane the departures that the broker has not confirmed, whoever sends them."""


class HeldRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something kept for an operator or a coordinator: input refused, a person not told apart, a copy that waits."""

    id: str
    at: dt.datetime
    reason: str
    agency: str
    client: str
    kind: str
    """The event type where it is one of the catalogue, else empty."""
    fields: tuple[str, ...]
    """``path: rule`` for each thing wrong, never a value."""
    candidates: tuple[str, ...] = ()
    recipient: str | None = None
    person: str | None = None
    body: bytes
    state: str = "held"
    """``retrying`` while the hub tries again by itself; ``held`` when somebody must look; then how it ended."""
    attempts: int = 0
    """How often the hub has tried again by itself."""
    next_at: dt.datetime | None = None
    """When the hub tries again by itself."""
    wrapped: bytes | None = None


class HeldItem(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator sees of something held."""

    id: str
    at: dt.datetime
    reason: str
    agency: str
    kind: str
    fields: tuple[str, ...]
    candidates: tuple[str, ...]
    recipient: str | None
    state: str
    attempts: int = 0
    next_at: dt.datetime | None = None


class DueRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be told later about a person."""

    id: str
    at: dt.datetime
    person: str
    body: bytes
    wrapped: bytes | None = None


class DepartureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One telling's copies on their way to the broker: to all its recipients behind that door, or again to one."""

    id: str
    entry: str
    person: str
    lane: str
    committed_at: dt.datetime
    recipient: str | None = None
    worker: str = ""
    """The worker that sends them, filled in as the transaction ends; another takes over when that one is gone."""


class Departing(msgspec.Struct, frozen=True, kw_only=True):
    """One copy of a departure: sealed, with the queues that it goes to."""

    copy: str
    body: bytes
    queues: tuple[str, ...]
    wrapped: bytes | None = None


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker has not confirmed yet."""

    id: str
    entry: str
    person: str
    lane: str
    recipient: str | None
    """Who alone it is for, where it goes to somebody once more."""
    copies: tuple[Departing, ...]


class DoorRow(msgspec.Struct, frozen=True, kw_only=True):
    """The broker's door of a recipient; one without a row has the HTTP door."""

    recipient: str
    queue: str
    """The random name of its queues, told to its owner alone; each lane's queue has the lane's name behind it."""
    state: Literal["opening", "filling", "open", "closing"]
    """``opening`` until its queues are declared and bound, ``filling`` until all that waited is on its way there,
    ``open``, ``closing`` until they are gone.
    """
    urgent: int = 0
    routine: int = 0
    """While it is filled: up to which number of each lane what waited is on its way."""


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an agreement, as it was proposed."""

    hash: str
    """SHA-256 of the canonical form of the document, in hex."""
    name: str
    document: bytes
    """The file, YAML in UTF-8."""


StepKind = Literal["proposed", "checked", "approved", "withdrawn", "ended"]


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of a version; none is ever changed or taken back."""

    version: str
    """The version's hash."""
    name: str
    """The agreement's name."""
    step: StepKind
    at: dt.datetime
    by: str
    """Whose step it was, as the operator says."""
    moment: dt.datetime | None = None
    """From when an approval or an end counts."""
    index: int = 0
    """Its place among all steps, given as it is written; the first is 1 or more."""


class LogKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs the log's checkpoints, in the place of the one before it."""

    number: int
    """Its place among all keys; that of the first, which is not stored, is 0."""
    sealed: bytes
    since: dt.datetime
    """From when it signs."""
    beside: dt.datetime
    """Until when the one before it signs too."""


class Changes(msgspec.Struct, kw_only=True):
    """Everything that one transaction writes."""

    seen: dict[bytes, bytes] = {}
    people: dict[str, PersonRow] = {}
    keys: dict[str, tuple[bytes, ...]] = {}
    """For each person whose keys changed, all of them."""
    data_keys: dict[str, bytes] = {}
    """The wrapped data keys of people who had none."""
    entries: list[EntryRow] = []
    copies: list[CopyRow] = []
    mail: list[MailRow] = []
    heads: dict[str, Head] = {}
    held: list[HeldRow] = []
    settled: dict[str, str] = {}
    """The new state of things held."""
    due: list[DueRow] = []
    done: list[str] = []
    """Scheduled tellings that are over."""
    assertions: list[tuple[str, str, dt.datetime]] = []
    left: list[tuple[str, str, dt.datetime]] = []
    """Copies fetched: recipient, copy, when."""
    received: list[tuple[str, str, dt.datetime]] = []
    receipts: list[ReceiptRow] = []
    signed: dict[tuple[str, str], str] = {}
    """By recipient and copy of what is received now: the receipt that says so and is signed."""
    retries: list[tuple[str, int, dt.datetime | None]] = []
    """Things held that were tried again in vain: how often by now, and when next; without a time, never by itself."""
    doors: dict[str, DoorRow | None] = {}
    """Doors opened or changed; None takes the recipient back to the HTTP door."""
    departures: list[DepartureRow] = []
    departed: list[tuple[str, dt.datetime]] = []
    """Departures that the broker confirmed."""
    suspended: dict[str, tuple[dt.datetime, str]] = {}
    """Agencies suspended: when, and by whom."""
    resumed: list[str] = []
    admitted: dict[str, dt.datetime] = {}
    """Until when the newest token of a system is good."""
    versions: list[VersionRow] = []
    steps: list[StepRow] = []
    dropped: list[DroppedRow] = []
    """Copies that a newer version forbids."""
    taken_out: list[tuple[str, str]] = []
    """Of these, recipient and copy, what goes from its mailbox."""
    replaced: list[tuple[str, str, str]] = []
    """What takes a copy's place there, under its number: recipient, old copy, new copy."""
    withdrawn: list[tuple[str, str]] = []
    """Recipient and copy of what was dropped and turned out to have arrived: the recipient is told to take it back."""
    reviewed: list[tuple[dt.datetime, dt.datetime]] = []
    """The moments of changes that were applied to all that waited, and when that was done."""
    log_keys: list[LogKeyRow] = []
    corrections: list[CorrectionRow] = []
    escalated: list[tuple[str, str, dt.datetime]] = []
