"""Every statement that the store runs, named and described, so that an auditor can read them in one place."""

from __future__ import annotations

from sqlalchemy import Float, String, bindparam, case, delete, func, insert, literal_column, or_, select, update

from hub.store.tables import (
    admitted,
    assertions,
    copies,
    departures,
    doors,
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

SEEN = select(seen.c.key, seen.c.digest).where(seen.c.key.in_(bindparam("keys", expanding=True)))
"""Which events were accepted before."""

FIND = select(person_keys.c.person, person_keys.c.key).where(person_keys.c.key.in_(bindparam("keys", expanding=True)))
"""Who is found by some keyed hashes."""

PEOPLE = select(people.c.id, people.c.state, people.c.merged_into).where(
    people.c.id.in_(bindparam("ids", expanding=True))
)
"""The sealed register records of some people."""

KEYS_OF = select(person_keys.c.person, person_keys.c.key).where(
    person_keys.c.person.in_(bindparam("people", expanding=True))
)
"""Every key of some people."""

HEADS = select(heads).where(heads.c.recipient.in_(bindparam("recipients", expanding=True)))
"""The ends of some recipients' chains."""

HELD = select(held).where(held.c.id == bindparam("held_id"))
"""One thing held."""

DUE = select(due).where(due.c.at <= bindparam("before")).order_by(due.c.at, due.c.id).limit(200)
"""What is to be told by now."""

ASSERTION = select(assertions.c.client).where(
    assertions.c.client == bindparam("client_id"), assertions.c.token_id == bindparam("token")
)
"""Whether a signed assertion was used before."""

UNRECEIPTED = select(mail.c.copy).where(
    mail.c.recipient == bindparam("recipient_id"),
    mail.c.copy.in_(bindparam("copies", expanding=True)),
    mail.c.received_at.is_(None),
)
"""Which of some copies one recipient still has to receipt."""

FORGET_SIGHTING_KEYS = delete(person_keys).where(
    person_keys.c.person.in_(select(people.c.id).where(people.c.expires <= bindparam("now")))
)
FORGET_SIGHTINGS = delete(people).where(people.c.expires <= bindparam("now"))
"""Erase sightings of people on no scheme whose time is over."""
FORGET_ASSERTIONS = delete(assertions).where(assertions.c.expires <= bindparam("now"))
"""Erase used assertions that could not be used again anyway."""

ADD_SEEN = insert(seen)
DROP_KEYS = delete(person_keys).where(person_keys.c.person == bindparam("person_id"))
ADD_KEY = insert(person_keys)
ADD_ENTRY = insert(entries)
ADD_COPY = insert(copies)
ADD_MAIL = insert(mail)
ADD_HELD = insert(held)
ADD_DUE = insert(due)
ADD_ASSERTION = insert(assertions)
SETTLE = update(held).where(held.c.id == bindparam("held_id")).values(state=bindparam("new_state"))
RETRIED = (
    update(held)
    .where(held.c.id == bindparam("held_id"))
    .values(
        attempts=bindparam("n"),
        next_at=bindparam("t"),
        state=case((bindparam("t", type_=Float).is_(None), "held"), else_="retrying"),
    )
)
DROP_DOOR = delete(doors).where(doors.c.recipient == bindparam("of"))
ADD_DOOR = insert(doors)
ADD_DEPARTURE = insert(departures)
DEPARTED = update(departures).where(departures.c.id == bindparam("departure")).values(sent_at=bindparam("t"))
RESUME = delete(suspensions).where(suspensions.c.agency == bindparam("of"))
DONE = delete(due).where(due.c.id == bindparam("due_id"))
LEFT = (
    update(mail)
    .where(mail.c.recipient == bindparam("r"), mail.c.copy == bindparam("c"), mail.c.left_at.is_(None))
    .values(left_at=bindparam("t"))
)
RECEIVED = (
    update(mail)
    .where(mail.c.recipient == bindparam("r"), mail.c.copy == bindparam("c"), mail.c.received_at.is_(None))
    .values(received_at=bindparam("t"), left_at=func.coalesce(mail.c.left_at, bindparam("t")))
)

QUEUES = select(doors.c.recipient, doors.c.queue).where(
    doors.c.recipient.in_(bindparam("recipients", expanding=True)), doors.c.state == literal_column("'open'")
)
"""The queues of recipients whose broker door is open."""

DOOR = select(doors).where(doors.c.recipient == bindparam("recipient_id"))
DOORS = select(doors).order_by(doors.c.recipient)
"""One recipient's door to the broker, and all of them."""

UNSENT_ELSEWHERE = select(departures.c.person).where(
    departures.c.person.in_(bindparam("people", expanding=True)),
    departures.c.sent_at.is_(None),
    departures.c.worker != bindparam("of_worker"),
)
"""People of whom another worker still has something to send."""

SUSPENDED = select(suspensions.c.agency)
SUSPENSIONS = select(suspensions)
"""The agencies that are suspended."""

RETRIES_DUE = (
    select(held).where(held.c.next_at <= bindparam("before")).order_by(held.c.next_at, held.c.index).limit(100)
)
"""What the hub is to try again by itself."""

UNRECEIPTED_ENTRIES = (
    select(copies.c.entry, entries.c.person, mail.c.lane)
    .join(copies, copies.c.id == mail.c.copy)
    .join(entries, entries.c.id == copies.c.entry)
    .where(mail.c.recipient == bindparam("recipient_id"), mail.c.received_at.is_(None))
    .order_by(mail.c.number)
)
"""What one recipient still has to receipt: entry, person and lane."""

ADMITTED = select(admitted)
"""Until when each system's newest token is good."""

_earlier = departures.alias("earlier")
DEPARTURES = (
    select(departures)
    .where(
        departures.c.worker == bindparam("of_worker"),
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
    )
    .order_by(departures.c.index)
    .limit(bindparam("most"))
)
"""What one worker has to send and the broker has not confirmed."""

_behind_door = doors.c.state == literal_column("'open'")
_for_it = departures.c.recipient.is_(None) | (departures.c.recipient == mail.c.recipient)
_departs = (departures.c.entry == copies.c.entry) & _for_it
PARCELS = (
    select(
        departures.c.id,
        copies.c.id.label("copy"),
        copies.c.body,
        func.aggregate_strings(doors.c.queue, " ").label("queues"),
    )
    .join(copies, copies.c.entry == departures.c.entry)
    .join(mail, _for_it & (mail.c.copy == copies.c.id))
    .join(doors, doors.c.recipient == mail.c.recipient)
    .where(
        departures.c.id.in_(bindparam("departures", expanding=True)),
        mail.c.received_at.is_(None),
        _behind_door,
    )
    .group_by(departures.c.id, copies.c.id)
    .order_by(departures.c.id, copies.c.id)
)
"""The copies of some departures, each with the queues of those who have it without a receipt."""

GAPS = (
    select(mail.c.recipient, copies.c.entry)
    .join(copies, copies.c.id == mail.c.copy)
    .join(doors, doors.c.recipient == mail.c.recipient)
    .where(
        _behind_door,
        mail.c.received_at.is_(None),
        select(departures.c.id).where(_departs, departures.c.sent_at <= bindparam("before")).exists(),
        ~select(departures.c.id)
        .where(_departs, departures.c.sent_at.is_(None) | (departures.c.sent_at > bindparam("before")))
        .exists(),
    )
    .order_by(mail.c.lane.desc(), mail.c.recipient, mail.c.number)
    .limit(bindparam("most"))
)
"""What recipients behind the broker have no receipt of, though all that was sent of it was sent long ago."""

WAITING = (
    select(mail.c.number, mail.c.copy, mail.c.lane, copies.c.body)
    .join(copies, copies.c.id == mail.c.copy)
    .where(
        mail.c.recipient == bindparam("recipient"),
        mail.c.lane == bindparam("lane"),
        mail.c.received_at.is_(None),
        mail.c.number > bindparam("after"),
    )
    .order_by(mail.c.number)
    .limit(bindparam("most"))
)
"""One lane's copies without a receipt, in order."""

_sent_at = (
    select(func.min(departures.c.sent_at))
    .where(_departs, mail.c.recipient.in_(select(doors.c.recipient)))
    .correlate(copies, mail)
    .scalar_subquery()
)
DELIVERIES = (
    select(
        mail.c.number,
        mail.c.copy,
        copies.c.committed_at,
        func.coalesce(mail.c.left_at, _sent_at).label("left_at"),
        mail.c.received_at,
    )
    .join(copies, copies.c.id == mail.c.copy)
    .where(mail.c.recipient == bindparam("recipient"), mail.c.number > bindparam("after"))
    .order_by(mail.c.number)
    .limit(bindparam("most"))
)
"""Where one recipient's copies stand; behind the broker's door a copy left with its first departure."""

ENTRIES_ABOUT = (
    select(entries).where(entries.c.person.in_(bindparam("people", expanding=True))).order_by(entries.c.index)
)
"""Everything recorded about some people."""

_known_as = select(bindparam("person", type_=String).label("id")).cte("known_as", recursive=True)
FORMERLY = select(_known_as.union(select(people.c.id).join(_known_as, people.c.merged_into == _known_as.c.id)).c.id)
"""A person's id and those merged into it, at any remove."""

WAITING_FOR = (
    select(held)
    .where(
        held.c.recipient == bindparam("recipient"),
        held.c.person.in_(FORMERLY),
        held.c.state.in_(("held", "retrying")),
    )
    .order_by(held.c.index)
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

COUNTS = select(
    select(func.count()).select_from(held).where(held.c.state == "held").scalar_subquery().label("held"),
    select(func.count()).select_from(held).where(held.c.state == "retrying").scalar_subquery().label("retrying"),
    select(func.count()).select_from(due).scalar_subquery().label("due"),
    select(func.count()).select_from(entries).scalar_subquery().label("entries"),
)
"""How much stands open."""
HELD_BECAUSE = select(held.c.reason, func.count()).where(held.c.state == "held").group_by(held.c.reason)
"""What is held for somebody to look at, by reason."""
UNRECEIVED = select(mail.c.lane, func.count()).where(mail.c.received_at.is_(None)).group_by(mail.c.lane)
"""Copies without a receipt, by lane."""
