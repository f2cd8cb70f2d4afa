"""Every statement that writes, named and described, so that an auditor can read them in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    case,
    cast,
    delete,
    func,
    literal_column,
    null,
    true,
    update,
)
from sqlalchemy.types import TypeEngine

from hub.store.correction_tables import corrections, escalations, receipts
from hub.store.departing import FIRST_LEFT
from hub.store.erasure_tables import data_keys, erased, legal_holds
from hub.store.index_tables import index_references
from hub.store.log_tables import log_keys
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
    reviews,
    seen,
    suspensions,
)


class Given(Protocol):
    """What a statement is given, by name and type, as a database has it in its statements."""

    def __call__(self, **types: type[TypeEngine[Any]]) -> Sequence[ColumnElement[Any]]:
        """Return what stands for each."""


class Put(Protocol):
    """A database's own way of adding a row, or of replacing the one of the same key."""

    def __call__(self, table: Table, key: str, *, keep: bool = False) -> Executable:
        """Return the statement; it leaves a row that is there as it is where that is to be kept."""


ADDED: Mapping[str, Table] = {
    "seen": seen,
    "keys": person_keys,
    "data_keys": data_keys,
    "entries": entries,
    "copies": copies,
    "mail": mail,
    "held": held,
    "due": due,
    "assertions": assertions,
    "doors": doors,
    "departures": departures,
    "versions": agreement_versions,
    "steps": agreement_steps,
    "dropped": dropped,
    "log_keys": log_keys,
    "corrections": corrections,
    "escalations": escalations,
    "receipts": receipts,
    "erased": erased,
}
"""The tables to which a kind of row is added as it is."""


def changed(given: Given, put: Put) -> Mapping[str, Executable]:
    """Return the statement that writes each other kind of row, in a database's own words for what is given, and to put.

    What a statement is given has its rows' names; what is put has a table's columns.
    """
    held_id, new_state = given(held_id=String, new_state=String)
    tried, attempts, again = given(held_id=String, n=Integer, t=Float)
    (due_id,) = given(due_id=String)
    (person,) = given(person_id=String)
    (of,) = given(of=String)
    departure, sent = given(departure=String, t=Float)
    (place,) = given(place=BigInteger)
    (now,) = given(now=Float)
    return {
        "people": put(people, "id"),
        "keys_dropped": delete(person_keys).where(person_keys.c.person == person),
        "people_dropped": delete(people).where(people.c.id == person),
        "heads": put(heads, "recipient"),
        "settled": update(held).where(held.c.id == held_id).values(state=new_state, next_at=null()),
        "retries": update(held)
        .where(held.c.id == tried)
        .values(
            attempts=attempts,
            next_at=again,
            state=case((cast(again, Float).is_(None), literal_column("'held'")), else_=literal_column("'retrying'")),
        ),
        "done": delete(due).where(due.c.id == due_id),
        "reviewed": put(reviews, "moment", keep=True),
        "doors_closed": delete(doors).where(doors.c.recipient == of),
        "departed": update(departures).where(departures.c.id == departure).values(sent_at=sent),
        "departures_dropped": delete(departures).where(departures.c.index == place),
        "suspended": put(suspensions, "agency", keep=True),
        "assertions_dropped": delete(assertions).where(assertions.c.expires <= now),
        "resumed": delete(suspensions).where(suspensions.c.agency == of),
        "admitted": put(admitted, "client"),
        **_in_mailboxes(given),
        **_erasing(given),
        "holds": put(legal_holds, "person"),
    }


def _erasing(given: Given) -> Mapping[str, Executable]:
    """Return the statements that erase what is of somebody, or whose time is over."""
    (person,) = given(person_id=String)
    (held_id,) = given(held_id=String)
    entry, remainder, no_secret = given(entry_id=String, remainder=LargeBinary, nothing=LargeBinary)
    copy, no_body = given(copy_id=String, nothing=LargeBinary)
    (unreceived,) = given(copy_id=String)
    hashed, at_place = given(hashed=BigInteger, at_place=BigInteger)
    return {
        "data_keys_dropped": delete(data_keys).where(data_keys.c.person == person),
        "due_dropped": delete(due).where(due.c.person == person),
        "departures_unsent": delete(departures).where(departures.c.person == person, departures.c.sent_at.is_(None)),
        "dropped_gone": delete(dropped).where(dropped.c.person == person),
        "held_dropped": delete(held).where(held.c.id == held_id),
        "holds_lifted": delete(legal_holds).where(legal_holds.c.person == person),
        "reduced": update(entries)
        .where(entries.c.id == entry)
        .values(content=remainder, sealed=no_secret, reference=null()),
        "unindexed": delete(index_references).where(
            index_references.c.key == hashed, index_references.c.place == at_place
        ),
        "copies_emptied": update(copies).where(copies.c.id == copy).values(body=no_body, delete_by=null()),
        "mail_unreceived": delete(mail).where(mail.c.copy == unreceived, mail.c.received_at.is_(None)),
    }


def _in_mailboxes(given: Given) -> Mapping[str, Executable]:
    """Return the statements that say of copies that they left, came, or are not what waits any more."""
    to, copy, at = given(r=String, c=String, t=Float)
    by, came, then, word = given(r=String, c=String, t=Float, w=String)
    whose, taken = given(r=String, c=String)
    holder, former, latter = given(r=String, c=String, n=String)
    return {
        "left": update(mail)
        .where(
            mail.c.recipient == to,
            mail.c.copy == copy,
            func.coalesce(mail.c.left_at, mail.c.received_at).is_(None),
        )
        .values(left_at=at),
        "received": update(mail)
        .where(mail.c.recipient == by, mail.c.copy == came, mail.c.received_at.is_(None))
        .values(received_at=then, left_at=func.coalesce(mail.c.left_at, FIRST_LEFT), receipt=word),
        "taken_out": delete(mail).where(mail.c.recipient == whose, mail.c.copy == taken),
        "replaced": update(mail).where(mail.c.recipient == holder, mail.c.copy == former).values(copy=latter),
        "withdrawn": update(dropped)
        .where(dropped.c.recipient == whose, dropped.c.copy == taken)
        .values(withdrawn=true()),
    }
