"""What a transaction writes, as rows of each table; times become UTC seconds since 1970."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hub.store.port import Changes, DoorRow, EntryRow, HeldItem, HeldRow, StepRow

Rows = list[dict[str, Any]]
_words = msgspec.json.Decoder(tuple[str, ...]).decode
_encode = msgspec.json.encode
AHEAD = frozenset({"seen", "people", "keys_dropped", "keys", "data_keys", "copies", "held"})
"""What can be written before the record is closed: the most of a transaction, for which no other worker has to wait."""
_HELD = ("id", "reason", "agency", "client", "kind", "recipient", "person", "body", "state", "attempts")
_ITEM = ("id", "reason", "agency", "kind", "recipient", "state", "attempts")
_ENTRY = ("id", "kind", "person", "content", "commitment", "sealed")
_DEPARTURE = ("id", "entry", "person", "lane", "recipient", "worker")


def stamp(at: dt.datetime) -> float:
    """Return a moment as it is stored."""
    return at.timestamp()


def moment(stored: float) -> dt.datetime:
    """Return a stored moment, in UTC."""
    return dt.datetime.fromtimestamp(stored, dt.UTC)


def _people(changes: Changes) -> Rows:
    return [
        {
            "id": p.id,
            "state": p.state,
            "on_scheme": p.on_scheme,
            "expires": p.expires and stamp(p.expires),
            "merged_into": p.merged_into,
        }
        for p in changes.people.values()
    ]


def _entries(changes: Changes) -> Rows:
    return [
        {name: getattr(e, name) for name in _ENTRY} | {"at": stamp(e.at), "reference": e.reference}
        for e in changes.entries
    ]


def _copies(changes: Changes) -> Rows:
    return [
        {
            "id": c.id,
            "entry": c.entry,
            "lane": c.lane,
            "body": c.body,
            "committed_at": stamp(c.committed_at),
            "person": c.person,
            "delete_by": c.delete_by and stamp(c.delete_by),
        }
        for c in changes.copies
    ]


def _mail(changes: Changes) -> Rows:
    lanes = {c.id: c.lane for c in changes.copies}
    return [{"recipient": m.recipient, "number": m.number, "copy": m.copy, "lane": lanes[m.copy]} for m in changes.mail]


def _held(changes: Changes) -> Rows:
    return [
        {name: getattr(h, name) for name in _HELD}
        | {"at": stamp(h.at), "fields": _encode(h.fields), "candidates": _encode(h.candidates)}
        | {"next_at": h.next_at and stamp(h.next_at)}
        for h in changes.held
    ]


ROWS: Mapping[str, Callable[[Changes], Rows]] = {
    "seen": lambda c: [{"key": key, "digest": digest} for key, digest in c.seen.items()],
    "people": _people,
    "keys_dropped": lambda c: [{"person_id": person} for person in c.keys],
    "keys": lambda c: [{"key": key, "person": person} for person, keys in c.keys.items() for key in keys],
    "data_keys": lambda c: [{"person": person, "wrapped": wrapped} for person, wrapped in c.data_keys.items()],
    "entries": _entries,
    "copies": _copies,
    "mail": _mail,
    "taken_out": lambda c: [{"r": recipient, "c": copy} for recipient, copy in c.taken_out],
    "replaced": lambda c: [{"r": recipient, "c": old, "n": new} for recipient, old, new in c.replaced],
    "dropped": lambda c: [msgspec.structs.asdict(d) | {"at": stamp(d.at)} for d in c.dropped],
    "withdrawn": lambda c: [{"r": recipient, "c": copy} for recipient, copy in c.withdrawn],
    "reviewed": lambda c: [{"moment": stamp(moment), "at": stamp(at)} for moment, at in c.reviewed],
    "heads": lambda c: [{"recipient": r, "number": h.number, "branch": h.branch} for r, h in c.heads.items()],
    "held": _held,
    "retries": lambda c: [{"held_id": i, "n": n, "t": at and stamp(at)} for i, n, at in c.retries],
    "settled": lambda c: [{"held_id": held, "new_state": state} for held, state in c.settled.items()],
    "due": lambda c: [{"id": d.id, "at": stamp(d.at), "person": d.person, "body": d.body} for d in c.due],
    "done": lambda c: [{"due_id": due} for due in c.done],
    "assertions": lambda c: [{"client": who, "token_id": t, "expires": stamp(e)} for who, t, e in c.assertions],
    "left": lambda c: [{"r": recipient, "c": copy, "t": stamp(at)} for recipient, copy, at in c.left],
    "received": lambda c: [
        {"r": r, "c": copy, "t": stamp(at), "w": c.signed.get((r, copy))} for r, copy, at in c.received
    ],
    "receipts": lambda c: [msgspec.structs.asdict(r) | {"at": stamp(r.at)} for r in c.receipts],
    "corrections": lambda c: [msgspec.structs.asdict(r) | {"at": stamp(r.at)} for r in c.corrections],
    "escalations": lambda c: [{"recipient": r, "copy": copy, "at": stamp(at)} for r, copy, at in c.escalated],
    "doors_closed": lambda c: [{"of": recipient} for recipient in c.doors],
    "doors": lambda c: [msgspec.structs.asdict(door) for door in c.doors.values() if door],
    "departures": lambda c: [
        {name: getattr(d, name) for name in _DEPARTURE} | {"committed_at": stamp(d.committed_at)} for d in c.departures
    ],
    "departed": lambda c: [{"departure": departure, "t": stamp(at)} for departure, at in c.departed],
    "suspended": lambda c: [{"agency": a, "at": stamp(at), "by": by} for a, (at, by) in c.suspended.items()],
    "resumed": lambda c: [{"of": agency} for agency in c.resumed],
    "versions": lambda c: [msgspec.structs.asdict(v) for v in c.versions],
    "steps": lambda c: [
        {"version": s.version, "step": s.step, "at": stamp(s.at), "by": s.by, "moment": s.moment and stamp(s.moment)}
        for s in c.steps
    ],
    "log_keys": lambda c: [
        msgspec.structs.asdict(k) | {"since": stamp(k.since), "beside": stamp(k.beside)} for k in c.log_keys
    ],
    "admitted": lambda c: [{"client": client, "until": stamp(until)} for client, until in c.admitted.items()],
}
"""The rows of each statement, in the order in which they are written: what others refer to comes first, and that
something held is settled has the last word.
"""


def door_row(row: Any) -> DoorRow:  # noqa: ANN401 - a row of any driver
    """Return the door of a stored row."""
    return DoorRow(**{name: getattr(row, name) for name in DoorRow.__struct_fields__})


def held_row(row: Any) -> HeldRow:  # noqa: ANN401 - a row of any driver
    """Return what is held of a stored row."""
    return HeldRow(
        **{name: getattr(row, name) for name in _HELD},
        at=moment(row.at),
        fields=_words(row.fields),
        candidates=_words(row.candidates),
        next_at=row.next_at and moment(row.next_at),
        wrapped=row.wrapped,
    )


def held_item(row: Any) -> HeldItem:  # noqa: ANN401 - a row of any driver
    """Return what an operator sees of a stored row."""
    return HeldItem(
        **{name: getattr(row, name) for name in _ITEM},
        at=moment(row.at),
        fields=_words(row.fields),
        candidates=_words(row.candidates),
        next_at=row.next_at and moment(row.next_at),
    )


def step_row(row: Any) -> StepRow:  # noqa: ANN401 - a row of any driver
    """Return the step of a stored row."""
    return StepRow(
        version=row.version,
        name=row.name,
        step=row.step,
        at=moment(row.at),
        by=row.by,
        moment=None if row.moment is None else moment(row.moment),
        index=row.index,
    )


def entry_row(row: Any) -> EntryRow:  # noqa: ANN401 - a row of any driver
    """Return the entry of a stored row."""
    return EntryRow(**{name: getattr(row, name) for name in _ENTRY}, at=moment(row.at), wrapped=row.wrapped)
