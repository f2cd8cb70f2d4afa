"""What is read beside the transactions, alike on every database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, Row, event
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import StoreUnavailable
from hub.store import correction_statements, counting, departing, disclosing, reviewing
from hub.store import statements as q
from hub.store.correcting import CorrectionRow, Escalated, Followed, ReceiptRow
from hub.store.erasing_reads import ErasingSqlReads
from hub.store.index_port import RecordIndex
from hub.store.indexed import SqlIndex
from hub.store.log_port import LogStore
from hub.store.logged import SqlLog
from hub.store.port import (
    Delivery,
    Departing,
    Departure,
    DoorRow,
    EntryRow,
    HeldItem,
    Outstanding,
    Sealed,
    StepRow,
    Waiting,
)
from hub.store.rows import door_row, entry_row, held_item, moment, stamp, step_row
from schemas.broker import LANES

LAST = 2**62
"""A place in the record behind every other."""


class SqlReads(ErasingSqlReads):
    """The reads of a store, each on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        """Take where to read."""
        self._reader = engine
        self._closed = False
        self.log: LogStore = SqlLog(self._reading, self._apart)
        """The log over the record."""
        self.index: RecordIndex = SqlIndex(self._reading, self._apart)
        """Where in the record what stands."""

    def waiting(
        self, recipient: str, *, urgent_after: int, routine_after: int, limit: int, now: dt.datetime | None = None
    ) -> Sequence[Waiting]:
        """Return copies without a receipt; see the port."""
        found: list[Waiting] = []
        come = stamp(now) if now else 0.0
        with self._reading() as db:
            for lane, after in (("urgent", urgent_after), ("routine", routine_after)):
                if rest := limit - len(found):
                    asked = {"recipient": recipient, "lane": lane, "after": after, "most": rest, "now": come}
                    found += [
                        Waiting(number=r.number, copy=r.copy, lane=r.lane, body=r.body, wrapped=r.wrapped)
                        for r in db.execute(q.WAITING, asked)
                    ]
        return found

    def deliveries(self, recipient: str, *, after: int, limit: int) -> Sequence[Delivery]:
        """Return where copies stand; see the port."""
        with self._reading() as db:
            rows = db.execute(q.DELIVERIES, {"recipient": recipient, "after": after, "most": limit}).all()
        return [
            Delivery(
                number=r.number,
                copy=r.copy,
                committed_at=moment(r.committed_at),
                left_at=r.left_at and moment(r.left_at),
                received_at=r.received_at and moment(r.received_at),
                signed=r.receipt is not None,
            )
            for r in rows
        ]

    def outstanding(self) -> Sequence[Outstanding]:
        """Return what each recipient has no receipt of."""
        with self._reading() as db:
            rows = db.execute(q.OUTSTANDING).all()
        return [
            Outstanding(
                recipient=r.recipient,
                lane=r.lane,
                not_left=r.not_left,
                left=r.unreceived - r.not_left,
                since=moment(r.since),
            )
            for r in rows
        ]

    def entries_about(self, people: Collection[str]) -> Iterable[EntryRow]:
        """Return every entry about some people; see the port."""
        with self._reading() as db:
            rows = db.execute(q.ENTRIES_ABOUT, {"people": list(people)}).all()
        return [entry_row(r) for r in rows]

    def disclosures(self, *, before: int | None, limit: int) -> Sequence[tuple[int, EntryRow]]:
        """Return what was disclosed, newest first; see the port."""
        with self._reading() as db:
            rows = db.execute(
                disclosing.DISCLOSURES, {"before": LAST if before is None else before, "most": limit}
            ).all()
        return [(r[0], entry_row(r)) for r in rows]

    def entry(self, entry_id: str) -> EntryRow | None:
        """Return one entry of the record."""
        with self._reading() as db:
            row = db.execute(q.ENTRY, {"entry_id": entry_id}).one_or_none()
        return entry_row(row) if row else None

    def reviewed(self) -> dt.datetime | None:
        """Return the last change that was applied to what waits; see the port."""
        with self._reading() as db:
            found: float | None = db.execute(reviewing.REVIEWED).scalar_one()
        return None if found is None else moment(found)

    def steps(self) -> Sequence[StepRow]:
        """Return every step of every version; see the port."""
        with self._reading() as db:
            return [step_row(r) for r in db.execute(q.STEPS)]

    def document(self, version: str) -> bytes | None:
        """Return the document of one version; see the port."""
        with self._reading() as db:
            found: bytes | None = db.execute(q.DOCUMENT, {"version_hash": version}).scalar_one_or_none()
        return found

    def body(self, copy: str) -> Sealed | None:
        """Return one copy's bytes; see the port."""
        with self._reading() as db:
            row = db.execute(disclosing.BODY, {"copy_id": copy}).one_or_none()
        return Sealed(row.body, row.wrapped) if row else None

    def formerly(self, person: str) -> frozenset[str]:
        """Return the person's id and those merged into it."""
        with self._reading() as db:
            return frozenset(db.execute(q.FORMERLY, {"person": person}).scalars())

    def list_held(self, *, agency: str | None, reason: str | None = None, state: str, limit: int) -> Sequence[HeldItem]:
        """Return what is held; see the port."""
        asked = {"of_agency": agency, "because": reason, "wanted": state, "most": limit}
        with self._reading() as db:
            return [held_item(r) for r in db.execute(q.LIST_HELD, asked)]

    def followed(self, *, matter: str | None, closed: bool, limit: int) -> Sequence[Followed]:
        """Return how far corrections have come; see the port."""
        asked = {"of_matter": matter, "closed": int(closed), "most": limit}
        with self._reading() as db:
            return [_followed(r) for r in db.execute(correction_statements.FOLLOWED, asked)]

    def escalated(self, *, limit: int) -> Sequence[Escalated]:
        """Return the copies without a receipt of which a coordinator was told."""
        with self._reading() as db:
            return [
                Escalated(
                    recipient=r.recipient,
                    number=r.number,
                    copy=r.copy,
                    committed_at=moment(r.committed_at),
                    escalated_at=moment(r.escalated_at),
                )
                for r in db.execute(correction_statements.ESCALATED, {"most": limit})
            ]

    def receipt(self, recipient: str, copy: str) -> ReceiptRow | None:
        """Return what was signed of a copy; see the port."""
        with self._reading() as db:
            r = db.execute(correction_statements.RECEIPT, {"recipient_id": recipient, "copy_id": copy}).one_or_none()
        return ReceiptRow(id=r.id, client=r.client, at=moment(r.at), signed=r.signed) if r else None

    def doors(self) -> Sequence[DoorRow]:
        """Return every door to the broker."""
        with self._reading() as db:
            return [door_row(r) for r in db.execute(q.DOORS)]

    def departures(self, worker: str, *, before: dt.datetime, limit: int) -> Sequence[Departure]:
        """Return what the broker has not confirmed; see the port."""
        with self._reading() as db:
            rows: list[Row[Any]] = []
            for lane in LANES:  # each by itself: the database finds the first of a lane without sorting what waits
                if rest := limit - len(rows):
                    asked = {"of_worker": worker, "of_lane": lane, "before": stamp(before), "most": rest} | {
                        "now": stamp(before)
                    }
                    rows += db.execute(departing.DEPARTURES, asked)
            copies: dict[str, list[Departing]] = {r.id: [] for r in rows}
            for of, copy, body, queues, wrapped in db.execute(departing.PARCELS, {"departures": list(copies)}):
                copies[of].append(Departing(copy=copy, body=body, queues=tuple(queues.split()), wrapped=wrapped))
        return [
            Departure(
                id=r.id,
                entry=r.entry,
                person=r.person,
                lane=r.lane,
                recipient=r.recipient,
                copies=tuple(copies[r.id]),
            )
            for r in rows
        ]

    def gaps(self, *, before: dt.datetime, limit: int) -> Mapping[str, Sequence[str]]:
        """Return what was sent long ago and has no receipt; see the port."""
        found: dict[str, list[str]] = {}
        with self._reading() as db:
            for recipient, entry in db.execute(departing.GAPS, {"before": stamp(before), "most": limit}):
                found.setdefault(recipient, []).append(entry)
        return found

    def admitted(self) -> Mapping[str, dt.datetime]:
        """Return until when each system's newest token is good."""
        with self._reading() as db:
            return {client: moment(until) for client, until in db.execute(q.ADMITTED)}

    def suspensions(self) -> Mapping[str, dt.datetime]:
        """Return the agencies that are suspended, and since when."""
        with self._reading() as db:
            return {r.agency: moment(r.at) for r in db.execute(q.SUSPENSIONS)}

    def counts(self) -> Mapping[str, object]:
        """Return how much stands open; see the port."""
        with self._reading() as db:
            found: dict[str, object] = dict(db.execute(counting.COUNTS).mappings().one())
            found |= db.execute(correction_statements.OPEN).mappings().one()
            in_mailboxes, unconfirmed = db.execute(counting.UNRECEIVED).all(), db.execute(counting.UNCONFIRMED).all()
            found["held_by_reason"] = {str(reason): n for reason, n in db.execute(counting.HELD_BECAUSE)}
        found["unreceipted"] = {f"{lane}/{door}": n for lane, door, n, _ in in_mailboxes}
        found["not_left"] = {f"{lane}/http": n for lane, door, _, n in in_mailboxes if door == "http"} | {
            f"{lane}/amqp": n for lane, n, _ in unconfirmed
        }
        found["unconfirmed_since"] = min((since for _, _, since in unconfirmed), default=None)
        return found

    @contextmanager
    def _apart(self) -> Iterator[Connection]:
        """Run a transaction beside those of the path."""
        with self._reading().execution_options(isolation_level="READ COMMITTED") as db, db.begin():
            yield db

    def _reading(self) -> Connection:
        if self._closed:
            raise StoreUnavailable
        try:
            return self._reader.connect()
        except SQLAlchemyError as error:
            raise StoreUnavailable from error


def _followed(row: Row[Any]) -> Followed:
    given = {name: getattr(row, name) for name in CorrectionRow.__struct_fields__}
    return Followed(
        row=CorrectionRow(**given | {"at": moment(row.at)}),
        left_at=row.left_at and moment(row.left_at),
        received_at=row.received_at and moment(row.received_at),
        escalated_at=row.escalated_at and moment(row.escalated_at),
    )


def tell_alike(engine: Engine) -> None:
    """Let every failure of the engine be StoreUnavailable, so that no statement with its values is quoted."""

    @event.listens_for(engine, "handle_error", retval=True)
    def told_alike(_: ExceptionContext) -> StoreUnavailable:
        return StoreUnavailable()
