"""The statements that read what is put right, and whose word is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from hub.store.correction_tables import corrections, escalations, receipts
from hub.store.departing import FIRST_LEFT
from hub.store.tables import copies, dropped, entries, mail

OneOf = Callable[[ColumnElement[Any]], ColumnElement[bool]]
OF_EVENT = (
    select(entries.c.content, entries.c.sealed)
    .where(entries.c.reference == bindparam("event_number", type_=BigInteger))
    .order_by(entries.c.index)
)
"""What was recorded of one event, in its order."""
_not_erased = and_(
    ~select(dropped.c.copy).where(dropped.c.recipient == mail.c.recipient, dropped.c.copy == mail.c.copy).exists(),
    ~select(corrections.c.copy)
    .where(corrections.c.recipient == mail.c.recipient, corrections.c.former == mail.c.copy)
    .exists(),
)


def placed(one_of: OneOf) -> Select[Any]:
    """Return the statement that says where some copies are; which those are is said in a database's own words."""
    return (
        select(
            mail.c.recipient,
            mail.c.copy,
            mail.c.lane,
            copies.c.entry.label("telling"),
            func.coalesce(mail.c.left_at, mail.c.received_at, FIRST_LEFT).label("left_at"),
        )
        .join(copies, copies.c.id == mail.c.copy)
        .where(one_of(mail.c.copy), _not_erased)
        .order_by(mail.c.recipient, mail.c.number)
    )


def bodies(one_of: OneOf) -> Select[Any]:
    """Return the statement that gives the bytes of some copies, and whom each is about."""
    return select(copies.c.id, copies.c.body, copies.c.person).where(one_of(copies.c.id))


SILENT = (
    select(mail.c.recipient, mail.c.number, mail.c.copy, entries.c.person, copies.c.committed_at, copies.c.body)
    .join(copies, copies.c.id == mail.c.copy)
    .join(entries, entries.c.id == copies.c.entry)
    .where(
        mail.c.received_at.is_(None),
        entries.c.person.is_not(None),
        copies.c.committed_at < bindparam("before", type_=Float),
        ~select(escalations.c.copy)
        .where(escalations.c.recipient == mail.c.recipient, escalations.c.copy == mail.c.copy)
        .exists(),
        or_(
            mail.c.recipient > bindparam("last_recipient", type_=String),
            and_(
                mail.c.recipient == bindparam("last_recipient", type_=String),
                mail.c.number > bindparam("last_number", type_=Integer),
            ),
        ),
    )
    .order_by(mail.c.recipient, mail.c.number)
    .limit(bindparam("most"))
)
"""Copies without a receipt of which the coordinator was not told, a portion at a time."""
FOLLOWED = (
    select(corrections, mail.c.left_at, mail.c.received_at, escalations.c.at.label("escalated_at"))
    .join(mail, and_(mail.c.recipient == corrections.c.recipient, mail.c.copy == corrections.c.copy), isouter=True)
    .join(
        escalations,
        and_(escalations.c.recipient == corrections.c.recipient, escalations.c.copy == corrections.c.copy),
        isouter=True,
    )
    .where(
        or_(
            bindparam("of_matter", type_=String).is_(None),
            corrections.c.matter == bindparam("of_matter", type_=String),
        ),
        or_(bindparam("closed", type_=Integer) == literal_column("1"), mail.c.received_at.is_(None)),
    )
    .order_by(corrections.c.at, corrections.c.matter, corrections.c.recipient)
    .limit(bindparam("most"))
)
"""How far corrections have come: of one matter or of all, those that are closed too or the open ones alone."""
OPEN = select(
    select(func.count())
    .select_from(
        corrections.join(mail, and_(mail.c.recipient == corrections.c.recipient, mail.c.copy == corrections.c.copy))
    )
    .where(mail.c.received_at.is_(None))
    .scalar_subquery()
    .label("corrections_open"),
    select(func.count())
    .select_from(
        escalations.join(mail, and_(mail.c.recipient == escalations.c.recipient, mail.c.copy == escalations.c.copy))
    )
    .where(mail.c.received_at.is_(None))
    .scalar_subquery()
    .label("copies_overdue"),
)
"""How many corrections have no receipt, and how many copies have none of which a coordinator was told."""
ESCALATED = (
    select(mail.c.recipient, mail.c.number, mail.c.copy, copies.c.committed_at, escalations.c.at.label("escalated_at"))
    .join(copies, copies.c.id == mail.c.copy)
    .join(escalations, and_(escalations.c.recipient == mail.c.recipient, escalations.c.copy == mail.c.copy))
    .where(mail.c.received_at.is_(None))
    .order_by(mail.c.recipient, mail.c.number)
    .limit(bindparam("most"))
)
"""Copies without a receipt of which a coordinator was told."""
RECEIPT = (
    select(receipts, mail.c.received_at)
    .join(mail, mail.c.receipt == receipts.c.id)
    .where(mail.c.recipient == bindparam("recipient_id"), mail.c.copy == bindparam("copy_id"))
)
"""What was signed of one copy."""
