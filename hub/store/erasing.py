"""The statements that find what is to be erased, and whose erasure a legal hold stops."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Float, Select, String, Text, bindparam, func, literal_column, or_, select, tuple_

from hub.store.departing import FIRST_LEFT
from hub.store.erasure_tables import data_keys, erased, legal_holds
from hub.store.statements import ENTRY_SEALED, OneOf
from hub.store.tables import copies, entries, held, mail, people


class Erasing(NamedTuple):
    """The statements that ask what there is of some people."""

    entries_of: Select[Any]
    """Their entries behind a place of the record, with the keys under which these are sealed."""
    given: Select[Any]
    """Which of their copies left the hub or were received, by whom."""
    copies_of: Select[Any]
    """Their copies."""


def erasing(one_of: OneOf) -> Erasing:
    """Return the statements that ask what there is of some people, in a database's own words for *one of these*."""
    return Erasing(
        entries_of=ENTRY_SEALED.where(one_of(entries.c.person), entries.c.index > bindparam("after", type_=BigInteger))
        .order_by(entries.c.index)
        .limit(bindparam("most")),
        given=select(mail.c.recipient, mail.c.copy, mail.c.lane)
        .join(copies, copies.c.id == mail.c.copy)
        .join(entries, entries.c.id == copies.c.entry)
        .where(one_of(entries.c.person), func.coalesce(mail.c.received_at, mail.c.left_at, FIRST_LEFT).is_not(None))
        .order_by(mail.c.recipient, mail.c.number),
        copies_of=select(copies.c.id).join(entries, entries.c.id == copies.c.entry).where(one_of(entries.c.person)),
    )


EXPIRED = (
    select(people.c.id)
    .where(
        people.c.expires <= bindparam("now", type_=Float),
        ~select(legal_holds.c.person).where(legal_holds.c.person == people.c.id).exists(),
    )
    .order_by(people.c.expires, people.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""Sightings of people on no scheme whose time is over, except whom a hold covers or another transaction has in
hand."""

_up = select(legal_holds.c.person.label("id")).cte("held_as", recursive=True)
_up = _up.union(
    select(people.c.merged_into).join(_up, people.c.id == _up.c.id).where(people.c.merged_into.is_not(None))
)
_all = select(_up.c.id).cte("under_hold", recursive=True)
_all = _all.union(select(people.c.id).join(_all, people.c.merged_into == _all.c.id))
UNDER_HOLD = select(_all.c.id)
"""Everybody whom a legal hold covers: under whatever id they were or are."""
HOLDS = select(legal_holds).order_by(legal_holds.c.at, legal_holds.c.person)
ERASED_BY = select(erased.c.entry).where(erased.c.person == bindparam("person_id", type_=String))
"""The entry of the erasure of one person."""

ERASED = select(erased.c.person, entries.c.at).join(entries, entries.c.id == erased.c.entry).order_by(entries.c.index)
"""Everybody who was erased, and when."""

_unreceived = select(mail.c.number).where(mail.c.copy == copies.c.id, mail.c.received_at.is_(None)).exists()
COPIES_OVER = (
    select(copies.c.id, copies.c.entry, copies.c.person, copies.c.delete_by)
    .where(
        copies.c.delete_by <= bindparam("now", type_=Float),
        tuple_(copies.c.delete_by, copies.c.id)
        > tuple_(bindparam("last_by", type_=Float), bindparam("last_copy", type_=Text)),
        or_(~_unreceived, copies.c.committed_at <= bindparam("kept_since", type_=Float)),
    )
    .order_by(copies.c.delete_by, copies.c.id)
    .limit(bindparam("most"))
)
"""Copies whose time is over: everybody has them, or they were made so long ago that nobody is to get them any more."""
HELD_OVER = (
    select(held.c.id)
    .where(
        held.c.state.not_in([literal_column("'held'"), literal_column("'retrying'")]),
        held.c.at <= bindparam("before", type_=Float),
    )
    .order_by(held.c.at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""What was held and is done with since long ago."""
QUESTIONS = select(held.c.id, held.c.candidates).where(held.c.reason == literal_column("'ambiguous'"))
"""Events of which it was asked whom of some people they are about."""
HELD_OF = select(held.c.id, held.c.person).where(held.c.person.is_not(None))
"""What is held about somebody."""

PEOPLE = (
    select(people.c.id, people.c.state, people.c.expires, data_keys.c.wrapped)
    .join(data_keys, data_keys.c.person == people.c.id, isouter=True)
    .where(people.c.id > bindparam("after", type_=Text), people.c.merged_into.is_(None))
    .order_by(people.c.id)
    .limit(bindparam("most"))
)
"""Everybody of the register behind an id, with the data keys."""
_by = bindparam("by", type_=Float)
TO_DELETE = select(func.count(), func.min(copies.c.delete_by)).where(copies.c.delete_by <= _by)
"""How many copies are to be deleted by a moment, and when the first."""
