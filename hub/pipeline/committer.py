"""Group commit: whatever waits becomes one transaction, and nobody waits for a batch to fill.

One thread writes. While it commits, the next batch gathers; a lone urgent event goes at once, and what is urgent
goes before whatever else waits.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, runtime_checkable

import msgspec
import structlog
from msgspec.structs import replace

from hub.delivery.outgoing import Outgoing
from hub.errors import Fault, HubError, LeaseLost, StoreUnavailable, TooBusy
from hub.pipeline.draft import Batch
from hub.pipeline.reads import Wanted
from hub.pipeline.tools import Tools
from hub.store.port import Changes, Overtaken, Store, Transaction

log = structlog.get_logger("committer")
T = TypeVar("T")
Operation = Callable[[Batch], T]
MOST = 64
"""How many operations one transaction takes: what is urgent waits for no longer than one such transaction."""
WAITING = 4096
"""How many operations may wait before callers are asked to come back."""
PATIENCE = 0.025
"""Seconds for which a patient operation waits for a transaction that is made anyway, before it asks for one."""


@runtime_checkable
class Foresighted(Protocol):
    """An operation that says beforehand what it will ask of the store, so that a batch asks once for all of them."""

    def wants(self, tools: Tools, now: dt.datetime) -> Wanted | None:
        """Return what will be asked for."""


class Committed(msgspec.Struct, frozen=True):
    """What a transaction leaves to be told: whose mailboxes have something new, and what goes to the broker."""

    mailboxes: frozenset[str] = frozenset()
    outgoing: tuple[Outgoing, ...] = ()
    seconds: float = 0.0
    operations: int = 0


class Committer:
    """Runs operations in transactions, many in one, in the order in which they came."""

    def __init__(
        self, store: Store, tools: Tools, clock: Callable[[], dt.datetime], committed: Callable[[Committed], None]
    ) -> None:
        """Take what a transaction needs; ``committed`` is told what came of each."""
        self._store, self._tools, self._clock, self._committed = store, tools, clock, committed
        self._queue: asyncio.PriorityQueue[_Place] = asyncio.PriorityQueue()
        self._turn = itertools.count()
        self._patient: list[_Place] = []
        self._failures = 0
        self._writing = False
        self.fault: str | None = None
        """Why the last transaction that was to change something could not be written; None when it was."""
        self._thread = ThreadPoolExecutor(1, "writer")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to commit."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="committer")

    async def stop(self) -> None:
        """Commit what waits, and end."""
        self._hurry()
        await self._queue.join()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown()

    @property
    def failures(self) -> int:
        """How many transactions could not be written since the start."""
        return self._failures

    @property
    def waiting(self) -> int:
        """How many operations wait for their transaction."""
        return self._queue.qsize()

    async def do(
        self,
        operation: Operation[T],
        *,
        patient: bool = False,
        urgent: bool = False,
        since: int | None = None,
        disclosing: bool = False,
    ) -> T:
        """Run one operation in the next transaction; when this returns it is on disk.

        A patient operation goes along with another's transaction, so that it costs no synchronisation of its own.
        An urgent one goes before those that are not; among each kind the order is that of the calls.
        ``since`` is the count of ``failures`` at which the caller began to take things in order: after another
        failure it has to begin anew. It is never told to come back later: what it takes is bounded by what it holds,
        and what followed would overtake.
        A disclosing one is not begun while the log over the record is not kept; that counts as a failure.

        Raises:
            TooBusy: too much waits already.
            LogBroken, LogStale: the log is not kept; nothing of it happened.
            StoreUnavailable: the transaction could not be written; nothing of it happened.
            HubError: what the operation itself refused.
        """
        if since is None and self._queue.qsize() >= WAITING:
            raise TooBusy
        if since is not None and since != self._failures:
            raise StoreUnavailable
        if disclosing and self._tools.upkeep.stopped:
            self._failures += 1
            self._tools.upkeep.check()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        place = _Place((not urgent, next(self._turn)), operation, future)
        if patient:
            if not self._patient:
                asyncio.get_running_loop().call_later(PATIENCE, self._hurry)
            self._patient.append(place)
        else:
            self._queue.put_nowait(place)
        return await future

    def _hurry(self) -> None:
        """Let patient operations wait no longer."""
        for waiting in self._patient:
            self._queue.put_nowait(waiting)
        self._patient.clear()

    async def _run(self) -> None:
        while True:
            gathered = [await self._queue.get()]
            self._hurry()
            while len(gathered) < MOST and not self._queue.empty():
                gathered.append(self._queue.get_nowait())
            begun = time.perf_counter()
            results, committed = await self._commit([place.operation for place in gathered])
            committed = replace(committed, seconds=time.perf_counter() - begun, operations=len(gathered))
            failed = next((r for r in results if isinstance(r, (StoreUnavailable, LeaseLost))), None)
            if self._writing:
                self.fault = failed.code() if failed else None
            if failed:
                self._fail_those_behind(gathered, results)
            self._committed(committed)
            _answer(gathered, results)
            for _ in gathered:
                self._queue.task_done()

    def _fail_those_behind(self, gathered: list[_Place], results: list[Any]) -> None:
        """Let nothing that waited behind a failed transaction overtake what was in it: all of it is sent again."""
        self._failures += 1
        while not self._queue.empty():
            gathered.append(self._queue.get_nowait())
            results.append(StoreUnavailable())

    async def _commit(self, operations: list[Operation[Any]]) -> tuple[list[Any], Committed]:
        """Return what each came to, and what is to be told of the transaction; every caller is answered.

        What fails only as the whole batch is written, and not for the store's sake, is one operation's own: each is
        then tried alone, so that nothing that somebody sends can keep others from being served.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, operations)
        except HubError as fault:
            return [fault] * len(operations), Committed()
        except Exception as error:  # noqa: BLE001 - every caller is told; the next batch may fare better
            log.error("batch-failed", error=type(error).__name__)
            if len(operations) == 1:
                return [StoreUnavailable()], Committed()
        alone = [await self._commit([operation]) for operation in operations]
        return [result for results, _ in alone for result in results], Committed(
            frozenset().union(*(each.mailboxes for _, each in alone)),
            tuple(outgoing for _, each in alone for outgoing in each.outgoing),
        )

    def _transact(self, operations: list[Operation[Any]]) -> tuple[list[Any], Committed]:
        now, self._writing = self._clock(), False
        wanted = [found for operation in operations if (found := self._foreseen(operation, now))]

        def work(tx: Transaction) -> tuple[list[Any], Committed]:
            nonlocal now
            batch = Batch(tx, self._tools, now)
            batch.reads.warm(wanted)
            results = [_attempt(operation, batch) for operation in operations]
            self._writing = bool(batch.pending) or batch.changes != Changes()
            try:
                batch.finish()
            except Overtaken as overtaken:
                # The store runs this work again: at the store's time, under what then is in force.
                now = overtaken.at or self._clock()
                self._tools.shelf.forget()
                raise
            return results, Committed(frozenset(m.recipient for m in batch.changes.mail), tuple(batch.outgoing))

        return self._store.transact(work)

    def _foreseen(self, operation: object, now: dt.datetime) -> Wanted | None:
        if not isinstance(operation, Foresighted):
            return None
        try:
            return operation.wants(self._tools, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, it comes again when the operation itself is run
            log.error("foresight-failed", error=type(error).__name__)
            return None


def _attempt(operation: Operation[Any], batch: Batch) -> Any:  # noqa: ANN401 - whatever the operation returns
    """Run one operation; its own refusal or fault is its own result, and the rest of the batch goes on."""
    try:
        return operation(batch)
    except StoreUnavailable:
        raise
    except HubError as refusal:
        return refusal
    except Exception as error:  # noqa: BLE001 - what one operation runs into must not fail the others' transaction
        log.error("operation-failed", error=type(error).__name__)
        return Fault()


def _answer(gathered: list[_Place], results: list[Any]) -> None:
    for place, result in zip(gathered, results, strict=True):
        if place.future.done():
            continue
        if isinstance(result, Exception):
            place.future.set_exception(result)
        else:
            place.future.set_result(result)


class _Place(msgspec.Struct, order=True):
    """One operation's place among those that wait."""

    turn: tuple[bool, int]
    operation: Operation[Any]
    future: asyncio.Future[Any]
