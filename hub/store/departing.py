"""The statements that read what is on its way to the broker, and what is missing there."""

from __future__ import annotations

from sqlalchemy import Float, bindparam, func, literal_column, select

from hub.store.erasure_tables import data_keys
from hub.store.tables import agreement_steps, copies, departures, doors, mail, reviews

_reviewed = select(func.max(reviews.c.moment)).scalar_subquery()
FENCE = func.coalesce(
    select(func.max(agreement_steps.c.moment))
    .where(
        agreement_steps.c.moment <= bindparam("now", type_=Float),
        agreement_steps.c.moment > func.coalesce(_reviewed, literal_column("0.0")),
    )
    .scalar_subquery(),
    literal_column("0.0"),
)
"""The moment of the last change of what is in force that was not yet applied to what waits: what was made before it is
not handed over. Nought where there is none.
"""

IS_OPEN = doors.c.state == literal_column("'open'")
"""Of a door: copies are routed to it."""
_is_filling = doors.c.state == literal_column("'filling'")
"""Of a door: what waited is on its way there, and nothing else yet."""

_earlier = departures.alias("earlier")
DEPARTURES = (
    select(departures)
    .where(
        departures.c.worker == bindparam("of_worker"),
        departures.c.lane == bindparam("of_lane"),
        departures.c.sent_at.is_(None),
        departures.c.committed_at <= bindparam("before"),
        ~select(_earlier.c.id)
        .where(
            _earlier.c.person == departures.c.person,
            _earlier.c.lane == departures.c.lane,
            _earlier.c.sent_at.is_(None),
            _earlier.c.index < departures.c.index,
            _earlier.c.worker != departures.c.worker,
        )
        .exists(),
        ~select(copies.c.id).where(copies.c.entry == departures.c.entry, copies.c.committed_at < FENCE).exists(),
    )
    .order_by(departures.c.index)
    .limit(bindparam("most"))
)
"""What one worker has to send of a lane, and the broker has not confirmed."""

_for_it = departures.c.recipient.is_(None) | (departures.c.recipient == mail.c.recipient)
DEPARTS = (departures.c.entry == copies.c.entry) & _for_it
"""Of a departure: it has the copy of this recipient."""
PARCELS = (
    select(
        departures.c.id,
        copies.c.id.label("copy"),
        copies.c.body,
        func.aggregate_strings(doors.c.queue, " ").label("queues"),
        data_keys.c.wrapped,
    )
    .join(copies, copies.c.entry == departures.c.entry)
    .join(data_keys, data_keys.c.person == copies.c.person, isouter=True)
    .join(mail, _for_it & (mail.c.copy == copies.c.id))
    .join(doors, doors.c.recipient == mail.c.recipient)
    .where(
        departures.c.id.in_(bindparam("departures", expanding=True)),
        mail.c.received_at.is_(None),
        IS_OPEN | (_is_filling & departures.c.recipient.is_not(None)),
    )
    .group_by(departures.c.id, copies.c.id, data_keys.c.person)
    .order_by(departures.c.id, copies.c.id)
)
"""The copies of some departures, each with the queues of those who have it without a receipt."""

FIRST_LEFT = (
    select(func.min(departures.c.sent_at))
    .join(copies, copies.c.entry == departures.c.entry)
    .where(copies.c.id == mail.c.copy, _for_it, mail.c.recipient.in_(select(doors.c.recipient)))
    .correlate(mail)
    .scalar_subquery()
)
"""When a copy in the mailbox of somebody behind the broker left first."""

_needed = (
    select(mail.c.number)
    .join(copies, copies.c.id == mail.c.copy)
    .where(
        copies.c.entry == departures.c.entry,
        _for_it,
        mail.c.received_at.is_(None),
        mail.c.recipient.in_(select(doors.c.recipient)),
    )
    .correlate(departures)
    .exists()
)
SENT_LONG_AGO = (
    select(departures.c.index.label("place"), _needed.label("needed"))
    .where(departures.c.index > bindparam("after"), departures.c.sent_at <= bindparam("before"))
    .order_by(departures.c.index)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""Departures that were sent before a moment, and whether each is needed still: for a copy without a receipt behind the
broker's door it says that the copy was sent, and when. With a receipt the mailbox itself says when it left.
"""

_gaps = (
    select(
        mail.c.recipient,
        mail.c.lane,
        mail.c.number,
        copies.c.entry,
        func.row_number().over(partition_by=(mail.c.recipient, mail.c.lane), order_by=mail.c.number).label("nth"),
    )
    .join(copies, copies.c.id == mail.c.copy)
    .join(doors, doors.c.recipient == mail.c.recipient)
    .where(
        IS_OPEN,
        mail.c.received_at.is_(None),
        select(departures.c.id).where(DEPARTS, departures.c.sent_at <= bindparam("before")).exists(),
        ~select(departures.c.id)
        .where(DEPARTS, departures.c.sent_at.is_(None) | (departures.c.sent_at > bindparam("before")))
        .exists(),
    )
    .subquery()
)
GAPS = (
    select(_gaps.c.recipient, _gaps.c.entry)
    .where(_gaps.c.nth <= bindparam("most"))
    .order_by(_gaps.c.lane.desc(), _gaps.c.recipient, _gaps.c.number)
)
"""What recipients behind the broker have no receipt of, though all that was sent of it was sent long ago: so much of
each recipient and lane, since one that does not read would else keep the others' from being seen.
"""
