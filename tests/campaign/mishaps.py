"""What befalls a hub of several workers on a cluster: each breaks something, mends it, and sees events flow again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import psycopg

from deploy.nodes.cluster import Cluster
from deploy.nodes.postgresql import Postgres
from tests.faults.accounts import rows
from tests.faults.flow import PAUSE
from tests.faults.mortal import done, order
from tests.faults.steady import Load
from tests.fixtures.serving import Serving
from tests.fixtures.workforce import Workforce

POINTS = (
    "in the midst of writing",
    "before the commit",
    "after the commit",
    "before the answer",
    "before the acknowledgement",
    "before the publish",
    "after the publish",
)
"""Where a worker is killed or stopped on its way; the others of ``tests.faults.mortal`` have tests of their own."""
BETWEEN = 2.0
"""The most seconds between two mishaps."""
DOWN = 3.0
"""The most seconds for which a node stays dead."""
STILL = 15.0
"""The most seconds for which a worker stands still: longer than its lease, and than the broker waits for its heart."""
GOES_ON_IN = 180.0
"""Seconds after which events must flow again, whatever befell the hub."""


class Stuck(Exception):
    """Something that should come by itself did not: after what, and what."""


class Mortals:
    """Workers of one hub that are started again whenever they are killed."""

    def __init__(self, workforce: Workforce, count: int, settings: Mapping[str, str]) -> None:
        """Make them; each tries the broker's nodes in another order, so that all of them are used."""
        self.workforce = workforce
        for n in range(count):
            folder = workforce.folder / f"life-{n}"
            folder.mkdir()
            turned = {"HUB_BROKER": " ".join((*workforce.urls[n:], *workforce.urls[:n]))}
            command = ("-m", "tests.faults.mortal", str(folder))
            workforce.worker(command=command, level="info", settings={**settings, **turned})

    def start(self) -> None:
        """Start all of them, and wait until they answer."""
        for worker in self.workforce.workers:
            worker.start(wait=False)
        for worker in self.workforce.workers:
            worker.ready()

    async def kill(self, n: int) -> None:
        """Kill one at once; return when it lives again."""
        pid = (self._folder(n) / "pid").read_text()
        os.kill(int(pid), signal.SIGKILL)
        await eventually(lambda: (self._folder(n) / "pid").read_text() not in {"", pid}, "a worker lives again")
        await asyncio.to_thread(self._worker(n).ready)

    async def kill_at(self, n: int, point: str) -> None:
        """Have one die at a point of an event's way; return when it lives again."""
        order(self._folder(n), "die", point)
        await eventually(done(self._folder(n), "die").exists, f"a worker comes to the point {point}")
        await asyncio.to_thread(self._worker(n).ready)

    async def stop_at(self, n: int, point: str, seconds: float) -> None:
        """Have one stand still at a point of an event's way, and go on after so many seconds."""
        order(self._folder(n), "stop", point)
        await eventually(done(self._folder(n), "stop").exists, f"a worker comes to the point {point}")
        await asyncio.sleep(seconds)
        os.kill(int((self._folder(n) / "pid").read_text()), signal.SIGCONT)

    def _folder(self, n: int) -> Path:
        return self.workforce.folder / f"life-{n}"

    def _worker(self, n: int) -> Serving:
        return self.workforce.workers[n]


class Mishaps:
    """Lets one thing after the other befall a hub while events flow."""

    def __init__(self, mortals: Mortals, cluster: Cluster, postgres: Postgres, load: Load, seed: int) -> None:
        """Take all that can break; the seed decides what, when and where, as far as time has no part in it."""
        self._mortals, self._cluster, self._postgres, self._load = mortals, cluster, postgres, load
        self._random = random.Random(seed)
        self.count: Counter[str] = Counter()
        """What befell the hub, and how often; deaths and stops at a point have the point's name."""
        self._kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "kills": self._kill_worker,
            "node_kills": self._kill_node,
            "stops": self._stop_worker,
            "cuts": self._cut,
            "database_restarts": self._restart_database,
            "database_kills": self._kill_database,
        }

    async def befall(self, wanted: Mapping[str, int]) -> None:
        """Let so many of each kind happen, in any order.

        Raises:
            Stuck: events do not flow again after one.
        """
        turns = [kind for kind, count in wanted.items() for _ in range(count)]
        self._random.shuffle(turns)
        for kind in turns:
            await asyncio.sleep(self._random.uniform(0, BETWEEN))
            await self._kinds[kind]()
            self.count[kind] += 1
            await self._flows(kind)

    async def _kill_worker(self) -> None:
        n = self._random.randrange(len(self._mortals.workforce.workers))
        if self._random.random() < 1 / 3:
            await self._mortals.kill(n)
            return
        point = self._random.choice(POINTS)
        await self._mortals.kill_at(n, point)
        self.count[point] += 1

    async def _stop_worker(self) -> None:
        n, point = self._random.randrange(len(self._mortals.workforce.workers)), self._random.choice(POINTS)
        await self._mortals.stop_at(n, point, self._random.uniform(0, STILL))
        self.count[f"stopped {point}"] += 1

    async def _kill_node(self) -> None:
        node = self._random.choice(self._cluster.nodes)
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(self._random.uniform(0, DOWN))
        await asyncio.to_thread(node.start)
        await eventually(self._cluster.whole, "a node that was killed joins the others")

    async def _cut(self) -> None:
        await asyncio.to_thread(self._random.choice(self._cluster.nodes).close_connections)

    async def _restart_database(self) -> None:
        await asyncio.to_thread(self._postgres.restart)

    async def _kill_database(self) -> None:
        await asyncio.to_thread(self._postgres.kill)
        await asyncio.to_thread(self._postgres.start)

    async def _flows(self, after: str) -> None:
        """Return when every publisher has sent more, and more is in the record."""
        sent = {agency: len(ids) for agency, ids in self._load.sent.items()}
        recorded = await asyncio.to_thread(self._recorded)
        what = f"events flow again after {after}"
        await eventually(lambda: all(len(self._load.sent[agency]) > n for agency, n in sent.items()), what)
        await eventually(lambda: self._recorded() > recorded, what)

    def _recorded(self) -> int:
        try:
            return int(rows(self._mortals.workforce.database, 'SELECT coalesce(max("index"), 0) FROM entries')[0][0])
        except psycopg.OperationalError:
            return 0


async def eventually(reached: Callable[[], bool], what: str) -> None:
    """Return when something is so.

    Raises:
        Stuck: it is not.
    """
    try:
        async with asyncio.timeout(GOES_ON_IN):
            while not await asyncio.to_thread(reached):  # noqa: ASYNC110 - others bring it about
                await asyncio.sleep(PAUSE)
    except TimeoutError:
        raise Stuck(what) from None
