"""The statements that count what stands open, for health and metrics."""

from __future__ import annotations

from sqlalchemy import case, func, select

from hub.store.tables import departures, doors, due, entries, held, mail

COUNTS = select(
    select(func.count()).select_from(held).where(held.c.state == "held").scalar_subquery().label("held"),
    select(func.count()).select_from(held).where(held.c.state == "retrying").scalar_subquery().label("retries"),
    select(func.count()).select_from(due).scalar_subquery().label("due"),
    select(func.coalesce(func.max(entries.c.index), 0)).scalar_subquery().label("entries"),
)
"""How much stands open."""
HELD_BECAUSE = select(held.c.reason, func.count()).where(held.c.state == "held").group_by(held.c.reason)
"""What is held for somebody to look at, by reason."""
_door = case((doors.c.recipient.is_(None), "http"), else_="amqp")
UNRECEIVED = (
    select(mail.c.lane, _door, func.count(), func.count().filter(mail.c.left_at.is_(None)))
    .join(doors, doors.c.recipient == mail.c.recipient, isouter=True)
    .where(mail.c.received_at.is_(None))
    .group_by(mail.c.lane, _door)
)
"""Copies without a receipt by lane and door, and how many of them were never fetched."""
UNCONFIRMED = (
    select(departures.c.lane, func.count(), func.min(departures.c.committed_at))
    .where(departures.c.sent_at.is_(None))
    .group_by(departures.c.lane)
)
"""Departures that the broker has not confirmed by lane, and since when the oldest waits."""
