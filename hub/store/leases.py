"""Who lives and whose share is which: by the database's clock, and none of it for a process that is alone."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection

from sqlalchemy import (
    Connection,
    Float,
    bindparam,
    cast,
    column,
    delete,
    extract,
    func,
    insert,
    literal,
    select,
    table,
    update,
)

from hub.errors import LeaseLost
from hub.store.locks import OURS, SHARES
from hub.store.port import Beat
from hub.store.postgres import APPLICATION, postgres_engine
from hub.store.rows import moment
from hub.store.tables import departures, partitions, workers

ANSWER_SECONDS = 5.0
"""A beat that takes longer says nothing: the lease runs on, and the next one may fare better."""
CLOCK = cast(extract("epoch", func.clock_timestamp()), Float)
JOIN = insert(workers).values(until=CLOCK + bindparam("seconds"))
LIVE_ON = (
    update(workers)
    .where(workers.c.id == bindparam("worker"))
    .values(until=CLOCK + bindparam("seconds"), able=bindparam("is_able"))
    .returning(CLOCK)
)
TURN = select(func.pg_try_advisory_xact_lock(OURS, SHARES))
"""One worker at a time looks to the dead and to the partitions; whoever comes meanwhile does so at its next beat."""

_sessions = table(
    "pg_stat_activity", *map(column, ("pid", "datname", "application_name", "wait_event", "state_change"))
)
_signed = literal(f"{APPLICATION} ")
STOP = select(func.pg_terminate_backend(_sessions.c.pid)).where(
    _sessions.c.datname == func.current_database(),
    _sessions.c.application_name.startswith(_signed),
    _sessions.c.application_name.not_in(select(_signed + workers.c.id).where(workers.c.until >= CLOCK)),
    _sessions.c.wait_event == "ClientRead",
    cast(extract("epoch", _sessions.c.state_change), Float) < CLOCK - bindparam("seconds"),
)
"""End the sessions of workers that do not live and have stood still for the time of a lease: one that was stopped in
the middle of a statement keeps what it has locked, since the database waits for the rest without any limit.
"""
_dead = select(workers.c.id).where(workers.c.until < CLOCK).with_for_update(skip_locked=True)
BURY = delete(workers).where(workers.c.id.in_(_dead))
"""Bury those whose lease is over, except who holds it in a transaction that is not over: that one may still commit."""
_able = select(workers.c.id).where(workers.c.able)
FREE = delete(partitions).where(partitions.c.worker.not_in(_able))
ADOPT = (
    update(departures)
    .where(departures.c.sent_at.is_(None), departures.c.worker.not_in(_able))
    .values(worker=bindparam("heir"))
)
"""Take over what nobody who lives and has a broker would send."""

LIVING = select(workers.c.id, workers.c.able).order_by(workers.c.id)
MINE = select(partitions.c.partition).where(partitions.c.worker == bindparam("of")).order_by(partitions.c.partition)
_each = func.generate_series(0, bindparam("last")).column_valued("each")
TAKE = insert(partitions).from_select(
    ["partition", "worker"],
    select(_each, bindparam("heir"))
    .where(_each.not_in(select(partitions.c.partition)))
    .order_by(_each)
    .limit(bindparam("most")),
)
RELEASE = delete(partitions).where(
    partitions.c.worker == bindparam("of"), partitions.c.partition.in_(bindparam("these", expanding=True))
)
LEAVE = (
    delete(partitions).where(partitions.c.worker == bindparam("of")),
    delete(workers).where(workers.c.id == bindparam("of")),
)


class PostgresLeases:
    """The leases of several workers on one database."""

    def __init__(self, url: str) -> None:
        """Take a database that is of this version; nothing is asked of it yet."""
        self._engine = postgres_engine(url, ANSWER_SECONDS, pool_size=2)

    def join(self, name: str, seconds: float) -> str:
        """Return the id of a new worker; see the port."""
        worker = secrets.token_hex(16)
        with self._engine.begin() as db:
            db.execute(JOIN, {"id": worker, "name": name[:64], "seconds": seconds})
        return worker

    def beat(self, worker: str, seconds: float, partitions: int, *, able: bool = True) -> Beat:
        """Live on, and share; see the port."""
        with self._engine.begin() as db:
            asked = {"worker": worker, "seconds": seconds, "is_able": able}
            now = db.execute(LIVE_ON, asked).scalar_one_or_none()
        if now is None:
            raise LeaseLost
        # Whatever the rest of it takes, this worker lives on.
        with self._engine.begin() as db:
            return _share(db, worker, moment(now), seconds, partitions)

    def release(self, worker: str, partitions: Collection[int]) -> None:
        """Give partitions back; see the port."""
        with self._engine.begin() as db:
            db.execute(RELEASE, {"of": worker, "these": list(partitions)})

    def leave(self, worker: str) -> None:
        """End: give everything back at once, for others to take, and let go of the database."""
        try:
            with self._engine.begin() as db:
                for statement in LEAVE:
                    db.execute(statement, {"of": worker})
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _share(db: Connection, worker: str, now: dt.datetime, seconds: float, count: int) -> Beat:
    """Bury the dead, and take up to a fair share: each the same, and one more for as many as there are left over.

    Whoever is not able keeps what it has until another takes it.
    """
    turn = db.execute(TURN).scalar_one()
    if turn:
        db.execute(STOP, {"seconds": seconds})
        db.execute(BURY)
    living = {row.id: row.able for row in db.execute(LIVING)}
    if worker not in living:
        raise LeaseLost
    if not living[worker]:
        return Beat(now=now, live=len(living), partitions=frozenset(db.execute(MINE, {"of": worker}).scalars()))
    if turn:
        db.execute(FREE)
        db.execute(ADOPT, {"heir": worker})
    sharing = [each for each, able in living.items() if able]
    share = count // len(sharing) + (sharing.index(worker) < count % len(sharing))
    mine = list(db.execute(MINE, {"of": worker}).scalars())
    if turn and len(mine) < share:
        db.execute(TAKE, {"heir": worker, "last": count - 1, "most": share - len(mine)})
        mine = list(db.execute(MINE, {"of": worker}).scalars())
    return Beat(now=now, live=len(living), partitions=frozenset(mine), surplus=frozenset(mine[share:]))


class SingleLease:
    """The lease of a process that is alone with its store: it always lives, and everything is its own."""

    def join(self, name: str, seconds: float) -> str:  # noqa: ARG002 - the port's own
        """Return the id under which everything is written."""
        return ""

    def beat(self, worker: str, seconds: float, partitions: int, *, able: bool = True) -> Beat:  # noqa: ARG002 - the port's own
        """Return everything."""
        return Beat(now=dt.datetime.now(dt.UTC), live=1, partitions=frozenset(range(partitions)))

    def release(self, worker: str, partitions: Collection[int]) -> None:
        """Nobody else could take anything."""

    def leave(self, worker: str) -> None:
        """Nothing is given to anybody."""
