"""Every statement that reads, named and described, so that an auditor can read them in one place.

Those of copies on their way to the broker are in ``departing``. ``FOR UPDATE`` holds rows until the transaction ends,
where several transactions go at once: SQLite leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    Text,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.types import TypeEngine

from hub.store import correction_statements
from hub.store.departing import FENCE, FIRST_LEFT, IS_OPEN
from hub.store.erasure_tables import data_keys
from hub.store.tables import (
    admitted,
    agreement_steps,
    agreement_versions,
    assertions,
    copies,
    departures,
    doors,
    dropped,
    due,
    entries,
    heads,
    held,
    mail,
    people,
    person_keys,
    seen,
    suspensions,
)

OneOf = Callable[[ColumnElement[Any]], ColumnElement[bool]]
_waits = held.c.state.in_([literal_column("'held'"), literal_column("'retrying'")])


def listed(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say *one of these* as a list of values."""
    return column.in_(bindparam("these", expanding=True))


def in_array(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say *one of these* as one array, so that the statement is the same however many they are."""
    return column == any_(bindparam("these", type_=ARRAY(unbounded(column.type))))


def unbounded(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return a type in which text may have any length: a cast to a length would cut silently what is longer."""
    return Text() if isinstance(kind, String) else kind


class Among(NamedTuple):
    """The statements of a transaction that ask for some of many."""

    seen: Select[Any]
    """Which events were accepted before."""
    find: Select[Any]
    """Who is found by some keyed hashes."""
    people: Select[Any]
    """The sealed register records of some people with their data keys, held in one order for everybody."""
    data_keys: Select[Any]
    """The wrapped data keys of some people."""
    keys_of: Select[Any]
    """Every key of some people."""
    heads: Select[Any]
    """The ends of some recipients' chains."""
    queues: Select[Any]
    """The queues of recipients whose broker door is open."""
    unsent: Select[Any]
    """What the broker has not confirmed of some people."""
    unreceipted: Select[Any]
    """Which of some copies one recipient still has to receipt."""
    entries: Select[Any]
    """The content of some entries."""
    dropped: Select[Any]
    """Which of some copies were taken out of one recipient's mailbox, and it was not told to take them back."""
    placed: Select[Any]
    bodies: Select[Any]
    unreceipted_entries: Select[Any]
    """Which copies of some entries one recipient still has to receipt: entry, person and lane."""


def among(one_of: OneOf) -> Among:
    """Return the statements that ask for some of many, in a database's own words for that."""
    return Among(
        seen=select(seen.c.key, seen.c.digest).where(one_of(seen.c.key)),
        find=select(person_keys.c.person, person_keys.c.key).where(one_of(person_keys.c.key)),
        people=select(people.c.id, people.c.state, people.c.merged_into, data_keys.c.wrapped)
        .join(data_keys, data_keys.c.person == people.c.id, isouter=True)
        .where(one_of(people.c.id))
        .order_by(people.c.id)
        .with_for_update(of=people),
        data_keys=select(data_keys.c.person, data_keys.c.wrapped).where(one_of(data_keys.c.person)),
        keys_of=select(person_keys.c.person, person_keys.c.key).where(one_of(person_keys.c.person)),
        heads=select(heads).where(one_of(heads.c.recipient)),
        queues=select(doors.c.recipient, doors.c.queue).where(one_of(doors.c.recipient), IS_OPEN),
        unsent=select(departures.c.id, departures.c.person, departures.c.lane).where(
            one_of(departures.c.person), departures.c.sent_at.is_(None)
        ),
        unreceipted=select(mail.c.copy).where(
            mail.c.recipient == bindparam("recipient_id"), one_of(mail.c.copy), mail.c.received_at.is_(None)
        ),
        entries=select(entries.c.id, entries.c.content).where(one_of(entries.c.id)),
        dropped=select(dropped.c.copy, dropped.c.person, dropped.c.lane, dropped.c.entry, dropped.c.at).where(
            dropped.c.recipient == bindparam("recipient_id"),
            one_of(dropped.c.copy),
            dropped.c.withdrawn.is_(False),
        ),
        placed=correction_statements.placed(one_of),
        bodies=correction_statements.bodies(one_of),
        unreceipted_entries=select(copies.c.entry, entries.c.person, mail.c.lane)
        .join(copies, copies.c.id == mail.c.copy)
        .join(entries, entries.c.id == copies.c.entry)
        .where(mail.c.recipient == bindparam("recipient_id"), one_of(copies.c.entry), mail.c.received_at.is_(None))
        .order_by(mail.c.number),
    )


_held = select(held, data_keys.c.wrapped).join(data_keys, data_keys.c.person == held.c.person, isouter=True)
HELD = _held.where(held.c.id == bindparam("held_id")).with_for_update(of=held)
"""One thing held."""

DUE = (
    select(due, data_keys.c.wrapped)
    .join(data_keys, data_keys.c.person == due.c.person, isouter=True)
    .where(due.c.at <= bindparam("before"))
    .order_by(due.c.at, due.c.id)
    .limit(literal_column("200"))
    .with_for_update(skip_locked=True, of=due)
)
"""What is to be told by now, except what another transaction has in hand."""

ASSERTION = select(assertions.c.client).where(
    assertions.c.client == bindparam("client_id"), assertions.c.token_id == bindparam("token")
)
"""Whether a signed assertion was used before."""

DOOR = select(doors).where(doors.c.recipient == bindparam("recipient_id"))
DOORS = select(doors).order_by(doors.c.recipient)
"""One recipient's door to the broker, and all of them."""

SUSPENDED = select(suspensions.c.agency)
SUSPENSIONS = select(suspensions)
"""The agencies that are suspended."""

RETRIES_DUE = (
    _held.where(held.c.next_at <= bindparam("before"))
    .order_by(held.c.next_at, held.c.index)
    .limit(literal_column("100"))
    .with_for_update(skip_locked=True, of=held)
)
"""What the hub is to try again by itself, except what another transaction has in hand."""

BACKLOG = (
    select(mail.c.number, copies.c.entry, entries.c.person)
    .join(copies, copies.c.id == mail.c.copy)
    .join(entries, entries.c.id == copies.c.entry)
    .where(
        mail.c.recipient == bindparam("recipient_id"),
        mail.c.lane == bindparam("of_lane"),
        mail.c.received_at.is_(None),
        mail.c.number > bindparam("after"),
    )
    .order_by(mail.c.number)
    .limit(bindparam("most"))
)
"""What one recipient still has to receipt of one lane, behind a number: a portion at a time."""

ADMITTED = select(admitted)
"""Until when each system's newest token is good."""

STEPS = (
    select(agreement_steps, agreement_versions.c.name)
    .join(agreement_versions, agreement_versions.c.hash == agreement_steps.c.version)
    .order_by(agreement_steps.c.index)
)
"""Every step of every version of an agreement, in their order."""
LAST_STEP = select(func.coalesce(func.max(agreement_steps.c.index), literal_column("0")).label("generation"))
"""The number of the last of them: it names the whole."""
DOCUMENT = select(agreement_versions.c.document).where(agreement_versions.c.hash == bindparam("version_hash"))
"""One version's document."""

ENTRY_SEALED = select(entries, data_keys.c.wrapped).join(
    data_keys, data_keys.c.person == entries.c.person, isouter=True
)
"""Entries, each with the data key under which it is sealed."""
ENTRY = ENTRY_SEALED.where(entries.c.id == bindparam("entry_id"))
"""One entry of the record."""

WAITING = (
    select(mail.c.number, mail.c.copy, mail.c.lane, copies.c.body, data_keys.c.wrapped)
    .join(copies, copies.c.id == mail.c.copy)
    .join(data_keys, data_keys.c.person == copies.c.person, isouter=True)
    .where(
        mail.c.recipient == bindparam("recipient"),
        mail.c.lane == bindparam("lane"),
        mail.c.received_at.is_(None),
        mail.c.number > bindparam("after"),
        copies.c.committed_at >= FENCE,
    )
    .order_by(mail.c.number)
    .limit(bindparam("most"))
)
"""One lane's copies without a receipt, in order."""

DELIVERIES = (
    select(
        mail.c.number,
        mail.c.copy,
        copies.c.committed_at,
        func.coalesce(mail.c.left_at, FIRST_LEFT, mail.c.received_at).label("left_at"),
        mail.c.received_at,
        mail.c.receipt,
    )
    .join(copies, copies.c.id == mail.c.copy)
    .where(mail.c.recipient == bindparam("recipient"), mail.c.number > bindparam("after"))
    .order_by(mail.c.number)
    .limit(bindparam("most"))
)
"""Where one recipient's copies stand; behind the broker's door a copy left with its first departure, and
a receipt says that it left."""

OUTSTANDING = (
    select(
        mail.c.recipient,
        mail.c.lane,
        func.sum(case((func.coalesce(mail.c.left_at, FIRST_LEFT).is_(None), 1), else_=0)).label("not_left"),
        func.count().label("unreceived"),
        func.min(copies.c.committed_at).label("since"),
    )
    .join(copies, copies.c.id == mail.c.copy)
    .where(mail.c.received_at.is_(None))
    .group_by(mail.c.recipient, mail.c.lane)
    .order_by(mail.c.recipient, mail.c.lane.desc())
)
"""How many copies each recipient has no receipt of, how many of those have not even left, and since when."""

ENTRIES_ABOUT = ENTRY_SEALED.where(entries.c.person.in_(bindparam("people", expanding=True))).order_by(entries.c.index)
"""Everything recorded about some people."""

_known_as = select(bindparam("person", type_=String).label("id")).cte("known_as", recursive=True)
FORMERLY = select(_known_as.union(select(people.c.id).join(_known_as, people.c.merged_into == _known_as.c.id)).c.id)
"""A person's id and those merged into it, at any remove."""
TOLD_ABOUT = (
    select(entries.c.content, entries.c.sealed)
    .where(
        entries.c.person.in_(FORMERLY),
        entries.c.kind.in_([literal_column(f"'{kind}'") for kind in ("disclosure", "combination", "collection")]),
    )
    .order_by(entries.c.index)
)
"""What was collected and disclosed about somebody, under whatever id, and when several were taken for one."""

WAITING_FOR = (
    _held.where(
        held.c.recipient == bindparam("recipient"),
        held.c.person.in_(FORMERLY),
        _waits,
    )
    .order_by(held.c.index)
    .with_for_update(of=held)
)
"""Copies of one person, under whatever id they were held, that wait for one recipient, oldest first."""

LIST_HELD = (
    select(*(column for column in held.c if column.name != "body"))
    .where(
        held.c.state == bindparam("wanted"),
        or_(bindparam("of_agency", type_=String).is_(None), held.c.agency == bindparam("of_agency", type_=String)),
        or_(bindparam("because", type_=String).is_(None), held.c.reason == bindparam("because", type_=String)),
    )
    .order_by(held.c.at.desc(), held.c.index.desc())
    .limit(bindparam("most"))
)
"""What is held, newest first and without its body: of all agencies or of one, for every reason or for one."""
