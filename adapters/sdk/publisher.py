"""Publishing: an event is durable here before it is sent, and sent until the hub has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from adapters.sdk.client import Client
from adapters.sdk.errors import Refused
from adapters.sdk.outbox import Outbox, Pending
from adapters.sdk.patience import Patience
from schemas.envelope import Envelope
from schemas.exchange import Outcome

BATCH_EVENTS: Final = 100
BATCH_BYTES: Final = 512 * 1024


class Publisher:
    """Sends one system's events, one batch at a time, in the order in which they are given.

    A crash between the hub's answer and the next line here sends the same event, with the same id,
    once more: the hub knows repeats by source and id, and answers ``repeated``.
    """

    def __init__(self, client: Client, outbox: Path, patience: Patience = Patience()) -> None:  # noqa: B008 - frozen
        """Take an open client and the file to keep unanswered events in, one for each system."""
        self._client = client
        self._outbox = Outbox(outbox)
        self._patience = patience
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Send what the last run left; its outcomes are the hub's to remember."""
        await self.resume()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the file."""
        self._outbox.close()

    async def publish(self, *events: Envelope[Any]) -> list[Outcome]:
        """Make events durable, send them, and return an outcome for each: accepted, repeated or refused.

        It waits for as long as the hub is away. Cancelled, it leaves the events to ``resume``.

        Raises:
            NotAdmitted: the hub does not accept our key; the events wait in the outbox.
        """
        pending = await asyncio.to_thread(self._outbox.keep, events)
        return await self._send(pending)

    async def resume(self) -> list[Outcome]:
        """Send what a crash, or a stop, left unanswered; raises as ``publish`` does."""
        outcomes: list[Outcome] = []
        while pending := await asyncio.to_thread(self._outbox.waiting):
            outcomes += await self._send(pending)
        return outcomes

    async def _send(self, pending: Sequence[Pending]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with self._turn:
            for batch in _batches(pending):
                answered = await self._offer(batch)
                outcomes += answered
                await asyncio.to_thread(self._outbox.settle, batch)
        return outcomes

    async def _offer(self, batch: Sequence[Pending]) -> list[Outcome]:
        """Offer a batch; where the hub refuses it whole, offer each event by itself."""
        bodies = [each.body for each in batch]
        try:
            outcomes = await self._patience.until_answered(lambda: self._client.publish(bodies))
        except Refused as refusal:
            if len(batch) == 1:
                return [_refused(batch[0], refusal)]
        else:
            return list(outcomes)
        return [outcome for each in batch for outcome in await self._offer([each])]


def _refused(event: Pending, refusal: Refused) -> Outcome:
    fields = list(refusal.fields) or msgspec.UNSET
    return Outcome(id=event.id, state="refused", problem=refusal.problem, fields=fields)


def _batches(pending: Sequence[Pending]) -> list[list[Pending]]:
    """Divide events into batches that are neither too many nor too large, in their order."""
    batches: list[list[Pending]] = []
    size = 0
    for each in pending:
        size += len(each.body)
        if not batches or len(batches[-1]) >= BATCH_EVENTS or size > BATCH_BYTES:
            batches.append([])
            size = len(each.body)
        batches[-1].append(each)
    return batches
