"""By which door a recipient gets its copies, and who takes part at all: changes of either, as parts of a batch.

A door to the broker is asked for, and then filled and opened by whoever has declared its queues; it is closed, and
then gone when they are. Only an open one is routed to. Every step asks first how the door stands now, so that it does
not matter how many workers take it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Literal

from msgspec.structs import replace

from hub.access.principal import Principal
from hub.directory.model import System
from hub.errors import DoorClosing, NotFound, Suspended, Unauthenticated
from hub.ledger.entry import Commitments, Entry, new_id
from hub.pipeline.draft import Batch
from hub.pipeline.record import Pending
from hub.store.port import DoorRow

RANDOM_BYTES = 12
"""Of a queue's name: who cannot guess it cannot ask how much waits in it."""
GRACE = dt.timedelta(minutes=1)
"""For how long beyond its expiry a used assertion is remembered."""


def admit(batch: Batch, system: System, token_id: str, expires: dt.datetime, until: dt.datetime) -> frozenset[str]:
    """Use a signed assertion once, for a token that is good until a moment; return the names of the system's queues.

    Raises:
        Unauthenticated: the assertion was used before.
        Suspended: the system's agency is.
    """
    client = system.client_id
    if batch.tx.assertion_used(client, token_id) or any(
        (client, token_id) == used[:2] for used in batch.changes.assertions
    ):
        raise Unauthenticated
    batch.changes.assertions.append((client, token_id, expires + GRACE))
    if system.agency in batch.suspended:
        raise Suspended
    batch.changes.admitted[client] = max(until, batch.changes.admitted.get(client, until))
    doors = (door_of(batch, recipient) for recipient in sorted(system.recipients))
    return frozenset(door.queue for door in doors if door and door.state != "closing")


def door_of(batch: Batch, recipient: str) -> DoorRow | None:
    """Return the broker's door of a recipient as this batch leaves it so far."""
    if recipient in batch.changes.doors:
        return batch.changes.doors[recipient]
    return batch.tx.door(recipient)


def ask_for_broker(batch: Batch, recipient: str) -> DoorRow:
    """Let a recipient have the broker's door, as soon as its queues stand.

    Raises:
        DoorClosing: the former one is not gone yet.
        Suspended: the recipient's agency is.
    """
    if batch.tools.directory.recipients[recipient].agency in batch.suspended:
        raise Suspended
    door = door_of(batch, recipient)
    if door is None:
        door = DoorRow(recipient=recipient, queue=secrets.token_hex(RANDOM_BYTES), state="opening")
        batch.changes.doors[recipient] = door
    elif door.state == "closing":
        raise DoorClosing
    return door


def ask_for_http(batch: Batch, recipient: str, *, at_once: bool) -> DoorRow | None:
    """Take a recipient back to the HTTP door, as soon as its queues are gone; ``at_once`` where there is no broker."""
    door = door_of(batch, recipient)
    if door is not None:
        door = None if at_once else DoorRow(recipient=recipient, queue=door.queue, state="closing")
        batch.changes.doors[recipient] = door
    return door


def opened(batch: Batch, door: DoorRow) -> None:
    """Note that a door's queues stand: copies go there, first of all those that have no receipt, a portion at a time.

    It is open when none of those is left, and until then this is to be noted again. One that was asked for while its
    agency was being suspended closes instead.
    """
    if door_of(batch, door.recipient) == door and door.state in {"opening", "filling"}:
        suspended = batch.tools.directory.recipients[door.recipient].agency in batch.suspended
        state: Literal["closing", "filling"] = "closing" if suspended else "filling"
        batch.changes.doors[door.recipient] = replace(door, state=state)


def closed(batch: Batch, door: DoorRow) -> None:
    """Note that a door's queues are gone: what has no receipt is fetched from the mailbox."""
    if door_of(batch, door.recipient) == door and door.state == "closing":
        batch.changes.doors[door.recipient] = None


def suspend(batch: Batch, principal: Principal, agency: str, reason: str) -> None:
    """From here on an agency is told nothing and says nothing; its doors to the broker close.

    Raises:
        NotFound: there is no such agency.
    """
    _check_agency(batch, agency)
    if agency not in batch.suspended:
        batch.suspended |= {agency}
        batch.changes.suspended[agency] = (batch.now, principal.client_id)
        batch.changes.resumed = [each for each in batch.changes.resumed if each != agency]
        _record(batch, principal, agency, "agency.suspended", reason)
    for recipient in _recipients(batch, agency):
        ask_for_http(batch, recipient, at_once=False)  # its queues are to go, whoever knows the broker


def resume(batch: Batch, principal: Principal, agency: str) -> None:
    """Let an agency take part again, by HTTP until it asks for another door.

    Raises:
        NotFound: there is no such agency.
    """
    _check_agency(batch, agency)
    if agency in batch.suspended:
        batch.suspended -= {agency}
        batch.changes.suspended.pop(agency, None)
        batch.changes.resumed.append(agency)
        _record(batch, principal, agency, "agency.resumed", "")


def _check_agency(batch: Batch, agency: str) -> None:
    if agency not in batch.tools.directory.agencies:
        raise NotFound


def _recipients(batch: Batch, agency: str) -> Iterable[str]:
    return (recipient.id for recipient in batch.tools.directory.recipients.values() if recipient.agency == agency)


def _record(batch: Batch, principal: Principal, agency: str, event: str, reason: str) -> None:
    entry = Entry(
        id=new_id(),
        at=batch.now,
        kind="alteration",
        event=event,
        reference="",
        by=f"{principal.client_id} for {agency}",
    )
    batch.pending.append(Pending(entry, Commitments(), reason))
