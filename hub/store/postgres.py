"""The store of several workers: PostgreSQL, one writer in each, all of them beside each other.

Two of them never decide on the same person or event at once, and the record grows by one of them at a time. A worker
that stops in the middle loses its session, and with it every lock, after the time of a lease.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import psycopg
import structlog
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from sqlalchemy import Engine, create_engine

from hub.errors import HubError, StoreUnavailable
from hub.store.migrate import check_version, migrate
from hub.store.port import Overtaken, Transaction
from hub.store.postgres_transaction import Known, PostgresTransaction
from hub.store.sql import SqlReads, tell_alike

if TYPE_CHECKING:
    from sqlalchemy.pool import PoolProxiedConnection

log = structlog.get_logger("store")
T = TypeVar("T")
APPLICATION = "offender-hub"
"""How the database's operator sees our sessions; that in which a worker writes has the worker's id behind it."""
ATTEMPTS = 5
COLLISIONS = (DeadlockDetected, SerializationFailure, UniqueViolation, Overtaken)
"""Two transactions stood in each other's way; done again, one of them finds what the other wrote."""
LEASE_SECONDS = 15.0
READERS = 10
PLANNING = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""For the sessions that write. Each statement asks for rows by their keys, few or many: the database is not to plan it
anew for every list that it is given, nor to keep reading a whole table that was small when it planned.
"""


class PostgresStore(SqlReads):
    """A store that several workers share."""

    def __init__(self, url: str, lease: Callable[[], str] | None = None, *, seconds: float = LEASE_SECONDS) -> None:
        """Connect to a database that is of this version.

        Args:
            url: ``postgresql+psycopg://`` and where the database is.
            lease: Gives the id of the worker under whose lease is written, empty while it has none; without it
                nothing is asked: for a command that an operator runs beside the workers.
            seconds: The time of a lease. No transaction outlasts it by standing still.

        Raises:
            StoreUnavailable: the database cannot be reached.
            Misconfigured: it is of another version.
        """
        super().__init__(postgres_engine(url, seconds, isolation_level="AUTOCOMMIT", max_overflow=READERS))
        try:
            check_version(self._reader)
        except HubError:
            self._reader.dispose()
            raise
        self._write = postgres_engine(
            url,
            seconds,
            settings=PLANNING,
            isolation_level="AUTOCOMMIT",
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=False,
        )
        self._known = Known()
        self._writer = threading.Lock()
        self._lease = lease

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run work in one transaction, and again where it collided with another's; see the port.

        Where the connection breaks in the commit itself, it cannot be known whether it was done. Whoever tries again
        finds it: events and copies are known by their ids.
        """
        with self._writer:
            for _ in range(ATTEMPTS):
                if self._closed:
                    break
                try:
                    return self._once(work)
                except COLLISIONS as error:
                    log.info("transaction-collided", error=type(error).__name__)
                except _Stale:
                    log.info("connection-stale")
                except psycopg.Error as error:
                    log.warning("transaction-failed", error=type(error).__name__)
                    break
        raise StoreUnavailable

    def close(self) -> None:
        """End."""
        with self._writer:
            self._closed = True
            self._write.dispose()
            self._reader.dispose()

    def _once(self, work: Callable[[Transaction], T]) -> T:
        pooled = self._write.raw_connection()
        try:
            return self._within(pooled, work)
        finally:
            pooled.close()  # which takes back whatever is not committed

    def _within(self, pooled: PoolProxiedConnection, work: Callable[[Transaction], T]) -> T:
        driver: psycopg.Connection = pooled.driver_connection  # type: ignore[assignment]  # the engine's driver is psycopg
        fresh = not pooled.info.setdefault("used", False)
        tx = PostgresTransaction(driver, pooled.info.setdefault("prepared", {}), self._lease, self._known)
        try:
            _sign(pooled, driver, self._lease() if self._lease else "")
            with tx.under_way():
                result = work(tx)
                # A crash before the commit's end leaves nothing of it, after it everything: nobody was answered, so it
                # comes again and is known, and what departs is sent by whoever inherits from this worker.
                tx.commit()
        except Exception:
            if driver.closed:
                pooled.invalidate()
                if not (fresh or tx.committing):
                    raise _Stale from None
            if tx.failure:  # whatever the work made of it, this is what happened
                raise tx.failure from None
            raise
        pooled.info["used"] = True
        return result


class _Stale(Exception):
    """A connection that had served before was gone before the commit: nothing happened, and a new one is to be had."""


def _sign(pooled: PoolProxiedConnection, driver: psycopg.Connection, worker: str) -> None:
    """Let the session have the name of the worker that writes in it, so that others can end it when it stands still."""
    if worker and pooled.info.get(APPLICATION) != worker:
        driver.execute("SELECT set_config('application_name', %s, false)", [f"{APPLICATION} {worker}"])
        pooled.info[APPLICATION] = worker


def migrate_database(url: str) -> None:
    """Bring a database to this version, after whoever else is at it.

    Raises:
        StoreUnavailable: the database cannot be reached, or does not let its tables be changed.
        Misconfigured: it is of a newer version.
    """
    engine = postgres_engine(url, None)
    try:
        migrate(engine)
    finally:
        engine.dispose()


def postgres_engine(
    url: str, seconds: float | None, *, settings: Mapping[str, str] = MappingProxyType({}), **options: object
) -> Engine:
    """Return an engine whose connections notice a dead database within seconds, as the database notices a dead client.

    No statement takes longer than ``seconds``, no transaction stands still for so long; None sets no limit.
    ``settings`` are further ones of the database for these sessions.
    """
    limits = {} if seconds is None else dict.fromkeys(LIMITS, f"{seconds * 1000:.0f}")
    engine = create_engine(
        url,
        **{"pool_pre_ping": True, **options},
        connect_args={
            "application_name": APPLICATION,
            "connect_timeout": 5,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "options": " ".join(f"-c {name}={value}" for name, value in {**limits, **settings}.items()),
        },
    )
    tell_alike(engine)
    return engine


LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")
"""A statement's limit bounds its waiting for locks, too."""
