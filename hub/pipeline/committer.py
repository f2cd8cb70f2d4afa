"""Group commit: whatever waits becomes one transaction, and nobody waits for a batch to fill.

One thread writes. While it commits, the next batch gathers; a lone urgent event goes at once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog

from hub.errors import Fault, HubError, StoreUnavailable, TooBusy
from hub.pipeline.draft import Batch
from hub.pipeline.tools import Tools
from hub.store.port import Store, Transaction

log = structlog.get_logger("committer")
T = TypeVar("T")
Operation = Callable[[Batch], T]
MOST = 256
"""How many operations one transaction takes."""
WAITING = 4096
"""How many operations may wait before callers are asked to come back."""
PATIENCE = 0.025
"""Seconds for which a patient operation waits for a transaction that is made anyway, before it asks for one."""


class Committer:
    """Runs operations in transactions, many in one, in the order in which they came."""

    def __init__(
        self, store: Store, tools: Tools, clock: Callable[[], dt.datetime], committed: Callable[[Iterable[str]], None]
    ) -> None:
        """Take what a transaction needs; ``committed`` is told whose mailboxes have something new."""
        self._store, self._tools, self._clock, self._committed = store, tools, clock, committed
        self._queue: asyncio.Queue[tuple[Operation[Any], asyncio.Future[Any]]] = asyncio.Queue()
        self._patient: list[tuple[Operation[Any], asyncio.Future[Any]]] = []
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
    def waiting(self) -> int:
        """How many operations wait for their transaction."""
        return self._queue.qsize()

    async def do(self, operation: Operation[T], *, patient: bool = False) -> T:
        """Run one operation in the next transaction; when this returns it is on disk.

        A patient operation goes along with another's transaction, so that it costs no synchronisation of its own.

        Raises:
            TooBusy: too much waits already.
            StoreUnavailable: the transaction could not be written; nothing of it happened.
            HubError: what the operation itself refused.
        """
        if self._queue.qsize() >= WAITING:
            raise TooBusy
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if patient:
            if not self._patient:
                asyncio.get_running_loop().call_later(PATIENCE, self._hurry)
            self._patient.append((operation, future))
        else:
            self._queue.put_nowait((operation, future))
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
            results, recipients = await self._commit([op for op, _ in gathered])
            _answer(gathered, results)
            self._committed(recipients)
            for _ in gathered:
                self._queue.task_done()

    async def _commit(self, operations: list[Operation[Any]]) -> tuple[list[Any], frozenset[str]]:
        """Return what each came to, and whose mailboxes have something new; every caller is told.

        What fails only as the whole batch is written, and not for the store's sake, is one operation's own: each is
        then tried alone, so that nothing that somebody sends can keep others from being served.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, operations)
        except HubError as fault:
            return [fault] * len(operations), frozenset()
        except Exception as error:  # noqa: BLE001 - every caller is told; the next batch may fare better
            log.error("batch-failed", error=type(error).__name__)
            if len(operations) == 1:
                return [StoreUnavailable()], frozenset()
        alone = [await self._commit([operation]) for operation in operations]
        return [result for results, _ in alone for result in results], frozenset().union(*(told for _, told in alone))

    def _transact(self, operations: list[Operation[Any]]) -> tuple[list[Any], frozenset[str]]:
        def work(tx: Transaction) -> tuple[list[Any], frozenset[str]]:
            batch = Batch(tx, self._tools, self._clock())
            results = [_attempt(operation, batch) for operation in operations]
            batch.finish()
            return results, frozenset(m.recipient for m in batch.changes.mail)

        return self._store.transact(work)


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


def _answer(gathered: list[tuple[Operation[Any], asyncio.Future[Any]]], results: list[Any]) -> None:
    for (_, future), result in zip(gathered, results, strict=True):
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
