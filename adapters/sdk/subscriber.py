"""Receiving: each copy is in our own inbox before the hub has its receipt, and handled from there."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Self

import msgspec
import structlog

from adapters.sdk.client import Client
from adapters.sdk.copies import Copy
from adapters.sdk.inbox import Inbox
from adapters.sdk.patience import Patience
from schemas.exchange import DeliveryState, Waiting
from schemas.receipt import digest_of

Handler = Callable[[Copy], Awaitable[None]]
WAIT_SECONDS: Final = 25
PAGE: Final = 100
GRACE_SECONDS: Final = 10.0
_log = structlog.get_logger()


class Reconciled(msgspec.Struct, frozen=True):
    """What a reconciliation found: how many copies were missing and came, and which cannot come.

    ``lost`` are deliveries that the hub has a receipt for and our inbox does not know: the inbox
    was lost, or restored from an older day. Ask the hub's operator to send them again.
    """

    fetched: int
    lost: Sequence[str]


class Subscriber:
    """Receives one recipient's copies.

    The handler is given one copy at a time: urgent before routine, and within each by number. It
    may be given the same delivery again after a crash. One that it raises on is tried again after
    1, 10, 60 and 600 seconds and then parked; meanwhile only copies of the same person wait.
    """

    def __init__(
        self,
        client: Client,
        recipient: str,
        inbox: Path,
        handler: Handler,
        *,
        wait: int = WAIT_SECONDS,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        """Take an open client, whose copies to receive, the file to keep them in and what to do with each."""
        self._client = client
        self._recipient = recipient
        self.inbox: Final = Inbox(inbox)
        self._last = self.inbox.last()
        self.handler = handler
        self._wait = wait
        self._patience = patience
        self._kept = asyncio.Event()

    async def __aenter__(self) -> Self:
        """The inbox is open already."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the inbox."""
        self.inbox.close()

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Receive and handle until ``stop`` is set; the copy in hand is finished first, for ten seconds.

        Raises:
            NotAdmitted, Refused: the hub does not accept us, or not for this recipient.
        """
        ended = stop or asyncio.Event()
        receiving = asyncio.create_task(self._receive())
        handling = asyncio.create_task(self._handle(ended))
        stopping = asyncio.create_task(ended.wait())
        try:
            await asyncio.wait((receiving, handling, stopping), return_when=asyncio.FIRST_COMPLETED)
            ended.set()
            self._kept.set()
            await _end(receiving)
            await asyncio.wait((handling,), timeout=GRACE_SECONDS)
        finally:
            for task in (receiving, handling, stopping):
                await _end(task)
        errors = [task.exception() for task in (receiving, handling) if not task.cancelled()]
        for error in filter(None, errors):
            raise error

    async def take(self, wait: int = 0) -> int:
        """Fetch one page of copies, keep it, and give the receipt; return how many were new."""
        page = await self._patience.until_answered(
            lambda: self._client.copies(self._recipient, wait=wait, limit=PAGE, after=self._last)
        )
        return await self._keep(page.copies) if page.copies else 0

    async def handle_waiting(self) -> int:
        """Handle all that is due now and return how many copies that was; for adapters that run and end."""
        done = 0
        while copy := await asyncio.to_thread(self.inbox.next, time.time()):
            await self._handle_one(copy)
            done += 1
        return done

    async def reconcile(self) -> Reconciled:
        """Compare our inbox with what the hub says it delivered, and fetch what is missing."""
        fetched = 0
        while new := await self.take():
            fetched += new
        lost: list[str] = []
        after = 0
        while page := await self._deliveries(after):
            lost += [each.delivery for each in page if each.received_at and not self.inbox.knows(each.delivery)]
            after = max(each.number for each in page)
        return Reconciled(fetched, lost)

    async def _deliveries(self, after: int) -> Sequence[DeliveryState]:
        """Return the states after a number; an answer that does not go on is the end."""
        answer = await self._patience.until_answered(lambda: self._client.deliveries(self._recipient, after))
        return [each for each in answer.deliveries if each.number > after]

    async def _receive(self) -> None:
        while True:
            began = time.monotonic()
            if not await self.take(self._wait) and time.monotonic() - began < 1.0:
                # An answer at once with nothing new: a hub that does not wait, or offers again what has a receipt.
                await asyncio.sleep(1.0)

    async def _keep(self, copies: Sequence[Waiting]) -> int:
        new = await asyncio.to_thread(self.inbox.keep, copies, dt.datetime.now(dt.UTC))
        # A crash here leaves the copies in the inbox without a receipt: the hub offers them again,
        # the inbox knows their ids, and the receipt is given then.
        self._kept.set()
        self._last = max(self._last, *(each.number for each in copies))
        digests = {each.delivery: digest_of(bytes(each.copy)) for each in copies}
        await self._patience.until_answered(lambda: self._client.receipt(self._recipient, list(digests), digests))
        return new

    async def _handle(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._kept.clear()
            copy = await asyncio.to_thread(self.inbox.next, time.time())
            if copy is not None:
                await self._handle_one(copy)
                continue
            due = await asyncio.to_thread(self.inbox.due_at)
            with contextlib.suppress(TimeoutError):
                if not stop.is_set():
                    async with asyncio.timeout(None if due is None else max(due - time.time(), 0.05)):
                        await self._kept.wait()

    async def _handle_one(self, copy: Copy) -> None:
        try:
            await self.handler(copy)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises concerns this copy alone
            # The kind alone: the text of a handler's error may hold what the copy says.
            reason = type(error).__name__
            parked = await asyncio.to_thread(self.inbox.failed, copy.delivery, reason, time.time())
            _log.warning("copy-parked" if parked else "copy-to-be-tried-again", delivery=copy.delivery, reason=reason)
        else:
            # A crash before this line gives the handler the same delivery again.
            await asyncio.to_thread(self.inbox.handled, copy.delivery)


async def _end(task: asyncio.Task[object]) -> None:
    """Cancel a task and wait for its end; its error, if any, is read by others."""
    task.cancel()
    await asyncio.wait((task,))
