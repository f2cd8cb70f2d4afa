"""A bulk load of routine events that waits at the hub's door, and two alerts: how much of it goes before each."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import time
from typing import Any

import msgspec
from yarl import URL

from hub.broker.topology import intake_queue
from hub.pipeline.committer import MOST
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.record.custody import Custody
from schemas.record.need import Risk
from tests.faults.accounts import rows
from tests.faults.flow import PAUSE, Desk, Feed, Flow, Line, until
from tests.fixtures.chapters import member
from tests.fixtures.people import event, person
from tests.fixtures.serving import free_port, kill, program
from tests.fixtures.workforce import Workforce

PEOPLE = 64
TOGETHER = 500
"""Events that are published before the first of them is confirmed."""
MIDST = 0.1
"""What part of the load is taken when the second alert is published."""
SECONDS = 3600.0
"""How long the worker may take for that."""
HANDFUL = 4 * MOST
"""Events: a few transactions. A worker has more than that in hand when each of its partitions is busy."""
COORDINATOR, RECEPTION = "coordinator-1", "prison-reception-1"


class Before(msgspec.Struct, frozen=True):
    """What of the load went before an alert, from when the alert was published, or from when somebody read it."""

    recorded: int
    """Events of the load."""
    sent: int
    """Copies of them that left for the broker, each counted once for all of its recipients."""
    seconds: float
    """How long it was until the alert was at the reception's desk."""


class Moment(msgspec.Struct, frozen=True):
    """How long the record was at a moment, and when that was by the database's clock and by our own."""

    index: int
    at: float
    seconds: float


class Way:
    """A hub's way to its broker, which is cut and opened again."""

    def __init__(self, workforce: Workforce) -> None:
        """Say whose; it is not open yet."""
        self._log, url = workforce.folder / "way.log", URL(workforce.vhost.url)
        self._ports = [str(free_port()), str(url.port)]
        self.url = str(url.with_port(int(self._ports[0])))
        self._passing: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Let everything through, from a moment later on."""
        self._passing = program("-m", "tests.faults.proxy", *self._ports, log=self._log)

    def cut(self) -> None:
        """Let nothing through, and end what went through."""
        if self._passing is not None:
            kill(self._passing)
        self._passing = None


class Bulk:
    """One worker, a coordinator to whom all of the load goes, and a prison's reception that is alerted."""

    def __init__(self, workforce: Workforce, waiting: int, partitions: int) -> None:
        """Say how many routine events wait, and how many partitions they are spread over."""
        self._workforce, self._waiting, self._partitions = workforce, waiting, partitions
        self._now = dt.datetime.now(dt.UTC)

    async def run(self) -> tuple[Before, Before]:
        """Return what goes before each of two alerts: one published behind everything while nobody reads, and one in
        the midst of it.
        """
        settings = {"HUB_PARTITIONS": str(self._partitions), "HUB_RESEND_AFTER_SECONDS": "7200"}
        worker = self._workforce.worker(level="info", settings=settings)
        worker.start()
        async with Flow(self._workforce) as flow:
            probation, prison = await flow.feed("probation"), await flow.feed("prisons")
            await flow.door(COORDINATOR)
            desk = await flow.desk(RECEPTION)
            await self._adopt(probation)
            worker.kill()
            await self._wait_in_line(probation)
            await self._receive(prison, 0)
            first = self._moment()
            await asyncio.to_thread(worker.start)
            before_first = await self._before(desk, first)
            await self._taken(MIDST)
            prison = await flow.feed("prisons")  # the former one's token may be over by now
            second = self._moment()
            await self._receive(prison, 1)
            return before_first, await self._before(desk, second, self._moment())

    async def run_while_away(self, way: Way) -> Before:
        """Return what goes before an alert when the broker was away while all of it was published by HTTP."""
        settings = {"HUB_BROKER": way.url, "HUB_PARTITIONS": str(self._partitions)}
        worker = self._workforce.worker(level="info", settings=settings)
        way.open()
        worker.start()
        async with Flow(self._workforce) as flow:
            await flow.door(COORDINATOR)
            desk = await flow.desk(RECEPTION)
            await self._adopt(await flow.feed("probation"))
            await until(lambda: not self._rows(UNSENT)[0][0])
            way.cut()
            for first in range(0, self._waiting, PEOPLE):
                await flow.publish("probation", *(self._assessed(n) for n in range(min(PEOPLE, self._waiting - first))))
            since = self._moment()
            await flow.publish("prisons", self._received(0))
            way.open()
            return await self._before(desk, since)

    async def _adopt(self, feed: Feed) -> None:
        for who in range(PEOPLE):
            await feed.send(
                self._event("ppo.adopted", who, "probation", memberships=[member()]), who % self._partitions
            )
        await until(lambda: self._rows(ADOPTED) == [(PEOPLE,)])

    async def _wait_in_line(self, feed: Feed) -> None:
        for first in range(0, self._waiting, TOGETHER):
            some = range(first, min(first + TOGETHER, self._waiting))
            await asyncio.gather(*(self._assess(feed, n % PEOPLE) for n in some))

    async def _assess(self, feed: Feed, who: int) -> None:
        await feed.send(self._assessed(who), who % self._partitions)

    async def _receive(self, feed: Feed, who: int) -> None:
        await feed.send(self._received(who), who % self._partitions)

    def _assessed(self, who: int) -> Envelope[Occurrence]:
        return self._event("risk.assessed", who, "probation", risk=Risk(level="high"))

    def _received(self, who: int) -> Envelope[Occurrence]:
        held = Custody(in_custody=True, establishment="BMI", reason="remand")
        return self._event("custody.received", who, "prisons", custody=held)

    def _event(self, kind: str, who: int, agency: str, **blocks: object) -> Envelope[Occurrence]:
        return event(kind, person(1 + who), self._now, f"https://{agency}.example/records", **blocks)

    async def _taken(self, part: float) -> None:
        """Return when so much of the load is taken from the broker."""
        line = Line(self._workforce.urls)
        queues = [intake_queue("routine", n) for n in range(self._partitions)]
        left = self._waiting
        async with asyncio.timeout(SECONDS):
            while left > (1 - part) * self._waiting:
                await asyncio.sleep(PAUSE)
                left = sum([await line.waiting(queue) for queue in queues])
        await line.aclose()

    def _moment(self) -> Moment:
        return Moment(*self._rows(MOMENT)[0], time.monotonic())

    async def _before(self, desk: Desk, since: Moment, published: Moment | None = None) -> Before:
        """Return what went before the next alert ``since`` a moment, when that is noted as sent and is at the desk.

        It counts from when the alert was published, if others are taken between that and the moment.
        """
        counted = published or since

        def alert() -> list[tuple[Any, ...]]:
            return [row for row in self._rows(ALERT, RECEPTION, since.index) if row[2] in desk.came]

        await until(lambda: bool(alert()), SECONDS)
        ((index, sent_at, copy),) = alert()
        ((recorded,),), ((sent,),) = self._rows(RECORDED, counted.index, index), self._rows(SENT, counted.at, sent_at)
        return Before(max(recorded - 1, 0), sent, desk.came[copy] - since.seconds)  # one event is the reception itself

    def _rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        return rows(self._workforce.database, question, *values)


ADOPTED = "SELECT count(*) FROM entries WHERE kind = 'collection'"
MOMENT = """SELECT coalesce(max("index"), 0), extract(epoch FROM clock_timestamp())::float8 FROM entries"""
RECORDED = """SELECT count(*) FROM entries WHERE kind = 'collection' AND "index" > %s AND "index" < %s"""
UNSENT = "SELECT count(*) FROM departures WHERE sent_at IS NULL"
SENT = "SELECT count(*) FROM departures WHERE lane = 'routine' AND sent_at > %s AND sent_at <= %s"
ALERT = """
SELECT entries."index", departures.sent_at, mail.copy FROM mail
JOIN copies ON copies.id = mail.copy JOIN entries ON entries.id = copies.entry
JOIN departures ON departures.entry = entries.id
WHERE mail.recipient = %s AND mail.lane = 'urgent' AND entries."index" > %s AND departures.sent_at IS NOT NULL
AND convert_from(entries.content, 'UTF8')::jsonb->>'event' = 'ppo.alert'
"""
