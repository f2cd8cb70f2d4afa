"""Every statement that writes, named and described, so that an auditor can read them in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Executable, Float, Table, bindparam, case, cast, delete, func, literal_column, null, update

from hub.store.departing import FIRST_LEFT
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

ADDED: Mapping[str, Table] = {
    "seen": seen,
    "keys": person_keys,
    "entries": entries,
    "copies": copies,
    "mail": mail,
    "held": held,
    "due": due,
    "assertions": assertions,
    "doors": doors,
    "departures": departures,
}
"""The tables to which a kind of row is added as it is."""


def changed(upsert: Callable[[Table], Any]) -> Mapping[str, Executable]:
    """Return the statement that writes each other kind of row; ``upsert`` is a database's own INSERT."""

    def put(table: Table, key: str, *columns: str) -> Executable:
        new = upsert(table)
        statement: Executable = new.on_conflict_do_update(
            index_elements=[key], set_={name: new.excluded[name] for name in columns}
        )
        return statement

    return {
        "people": put(people, "id", "state", "on_scheme", "expires", "merged_into"),
        "keys_dropped": delete(person_keys).where(person_keys.c.person == bindparam("person_id")),
        "people_dropped": delete(people).where(people.c.id == bindparam("person_id")),
        "heads": put(heads, "recipient", "number", "branch"),
        "settled": update(held)
        .where(held.c.id == bindparam("held_id"))
        .values(state=bindparam("new_state"), next_at=null()),
        "retries": update(held)
        .where(held.c.id == bindparam("held_id"))
        .values(
            attempts=bindparam("n"),
            next_at=bindparam("t"),
            state=case(
                (cast(bindparam("t"), Float).is_(None), literal_column("'held'")), else_=literal_column("'retrying'")
            ),
        ),
        "done": delete(due).where(due.c.id == bindparam("due_id")),
        "left": update(mail)
        .where(
            mail.c.recipient == bindparam("r"),
            mail.c.copy == bindparam("c"),
            func.coalesce(mail.c.left_at, mail.c.received_at).is_(None),
        )
        .values(left_at=bindparam("t")),
        "received": update(mail)
        .where(mail.c.recipient == bindparam("r"), mail.c.copy == bindparam("c"), mail.c.received_at.is_(None))
        .values(received_at=bindparam("t"), left_at=func.coalesce(mail.c.left_at, FIRST_LEFT)),
        "doors_closed": delete(doors).where(doors.c.recipient == bindparam("of")),
        "departed": update(departures).where(departures.c.id == bindparam("departure")).values(sent_at=bindparam("t")),
        "departures_dropped": delete(departures).where(departures.c.index == bindparam("place")),
        "suspended": upsert(suspensions).on_conflict_do_nothing(index_elements=["agency"]),
        "assertions_dropped": delete(assertions).where(assertions.c.expires <= bindparam("now")),
        "resumed": delete(suspensions).where(suspensions.c.agency == bindparam("of")),
        "admitted": put(admitted, "client", "until"),
    }
