"""Those who publish and those who read, over HTTP with real tokens."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from collections.abc import Callable
from typing import Final

import aiohttp
import msgspec

from adapters.sdk.credentials import AgencyKey
from schemas.envelope import BATCH, SINGLE

ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MakeBody = Callable[[int, dt.datetime], bytes]


async def bearer(session: aiohttp.ClientSession, address: str, client: str, key: AgencyKey) -> str:
    """Return the header of a token got with a signed assertion."""
    endpoint = f"{address}/oauth/token"
    assertion = key.client_assertion(client, endpoint, dt.datetime.now(dt.UTC))
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    async with session.post(endpoint, data=form) as answer:
        answer.raise_for_status()
        return f"Bearer {(await answer.json())['access_token']}"


async def publish_batches(
    session: aiohttp.ClientSession, address: str, authorization: str, events: list[bytes]
) -> None:
    """Publish many events in batches, each of which must be accepted."""
    headers = {"Authorization": authorization, "Content-Type": BATCH}
    for first in range(0, len(events), 100):
        body = b"[" + b",".join(events[first : first + 100]) + b"]"
        async with session.post(f"{address}/events", data=body, headers=headers) as answer:
            outcomes = (await answer.json())["outcomes"]
            assert not (other := [o for o in outcomes if o["state"] != "accepted"]), other[0]


class Publishing:
    """Publishers that send single events, each with a number of its own."""

    def __init__(self, session: aiohttp.ClientSession, address: str, authorization: str, make: MakeBody) -> None:
        """Take where to publish, as whom, and how to make the body of a number."""
        self._session, self._url, self._make = session, f"{address}/events", make
        self._headers = {"Authorization": authorization, "Content-Type": SINGLE}
        self._numbers = itertools.count()

    async def one(self) -> None:
        """Publish the next event."""
        body = self._make(next(self._numbers), dt.datetime.now(dt.UTC))
        for patience in (True, False):
            try:
                async with self._session.post(self._url, data=body, headers=self._headers) as answer:
                    assert answer.status == 202, await answer.text()
                    await answer.read()
                    return
            except aiohttp.ClientConnectionError:  # a connection that had just ended; the same id is safe to send again
                if not patience:
                    raise

    async def flood(self, publishers: int, seconds: float) -> float:
        """Let so many publish one event after another; return the events a second that were accepted."""
        began = time.monotonic()

        async def publisher() -> int:
            done = 0
            while time.monotonic() - began < seconds:
                await self.one()
                done += 1
            return done

        done = sum(await asyncio.gather(*(publisher() for _ in range(publishers))))
        return done / (time.monotonic() - began)

    async def steadily(self, rate: float, seconds: float) -> None:
        """Begin so many events a second, whether or not the ones before are answered."""
        began, tasks = time.monotonic(), []
        for n in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, began + n / rate - time.monotonic()))
            tasks.append(asyncio.create_task(self.one()))
        await asyncio.gather(*tasks)


class _Copy(msgspec.Struct):
    time: dt.datetime


class _Waiting(msgspec.Struct):
    copy: _Copy
    delivery: str


_event, _waiting = msgspec.json.Decoder(_Copy), msgspec.json.Decoder(_Waiting)


class Reader:
    """One recipient with its stream open; notes how old each copy is when it is in its hands."""

    def __init__(self, session: aiohttp.ClientSession, stream: str, authorization: str) -> None:
        """Take the stream's address and the token."""
        self._session, self._stream = session, stream
        self.headers = {"Authorization": authorization}
        self.ages: list[float] = []
        self.unreceipted: list[str] = []

    async def read(self) -> None:
        """Read until cancelled."""
        forever = aiohttp.ClientTimeout(total=None)
        async with self._session.get(self._stream, headers=self.headers, timeout=forever) as answer:
            answer.raise_for_status()
            while line := await answer.content.readline():
                if line.startswith(b"data: "):
                    self._take(line[6:])

    def _take(self, data: bytes) -> None:
        try:
            waiting = _waiting.decode(data)
        except msgspec.ValidationError:  # the relay gives the event itself
            copy = _event.decode(data)
        else:
            copy = waiting.copy
            self.unreceipted.append(waiting.delivery)
        self.ages.append((dt.datetime.now(dt.UTC) - copy.time).total_seconds() * 1000)

    async def give_receipts(self, address: str, recipient: str, every: float) -> None:
        """Give a receipt for what came, again and again, until cancelled."""
        while True:
            await asyncio.sleep(every)
            if self.unreceipted:
                deliveries, self.unreceipted = self.unreceipted[:1000], self.unreceipted[1000:]
                body = msgspec.json.encode({"recipient": recipient, "deliveries": deliveries})
                headers = {**self.headers, "Content-Type": "application/json"}
                async with self._session.post(f"{address}/receipts", data=body, headers=headers) as answer:
                    answer.raise_for_status()
