"""The statements that read what waits while what is in force changes."""

from __future__ import annotations

from sqlalchemy import Float, Integer, Text, and_, bindparam, func, or_, select

from hub.store.departing import FIRST_LEFT
from hub.store.erasure_tables import data_keys
from hub.store.tables import copies, dropped, mail, reviews

UNSENT_BEFORE = (
    select(
        mail.c.recipient,
        mail.c.number,
        mail.c.copy,
        mail.c.lane,
        copies.c.entry.label("telling"),
        copies.c.body,
        func.coalesce(mail.c.left_at, FIRST_LEFT).label("left_at"),
        data_keys.c.wrapped,
    )
    .join(copies, copies.c.id == mail.c.copy)
    .join(data_keys, data_keys.c.person == copies.c.person, isouter=True)
    .where(
        mail.c.received_at.is_(None),
        copies.c.committed_at < bindparam("before", type_=Float),
        ~select(dropped.c.copy).where(dropped.c.recipient == mail.c.recipient, dropped.c.copy == mail.c.copy).exists(),
        or_(
            mail.c.recipient > bindparam("last_recipient", type_=Text),
            and_(
                mail.c.recipient == bindparam("last_recipient", type_=Text),
                mail.c.number > bindparam("last_number", type_=Integer),
            ),
        ),
    )
    .order_by(mail.c.recipient, mail.c.number)
    .limit(bindparam("most"))
)
"""Copies without a receipt that were made before a moment, of everybody, a portion at a time; none withdrawn before."""
REVIEWED = select(func.max(reviews.c.moment).label("moment"))
"""The last change of what is in force that was applied to what waits."""
