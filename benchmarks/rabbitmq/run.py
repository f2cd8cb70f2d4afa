"""The figures of the second deployment, beside relays in the same broker's same queues."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.measure import Figure
from benchmarks.rabbitmq import latency, throughput
from benchmarks.rabbitmq.area import Area
from benchmarks.rabbitmq.broker import Host
from benchmarks.rabbitmq.hub import Deployment
from deploy.nodes.postgresql import Postgres
from deploy.nodes.rabbitmq import Broker

SMALL, LARGE = (12, 4), (100, 6)
"""Recipients of each event, and the views into which they fall."""
EVENTS = {SMALL: 2000, LARGE: 400}
ROUNDS = 3
LATENCY_ROUNDS = 2


def rabbitmq() -> list[Figure]:
    """Measure; it takes about six minutes."""
    with Broker() as broker, Postgres() as postgres, tempfile.TemporaryDirectory(prefix="hub-benchmark-") as folder:
        return asyncio.run(_rabbitmq(broker, postgres, Path(folder)))


async def _rabbitmq(broker: Broker, postgres: Postgres, folder: Path) -> list[Figure]:
    figures: list[Figure] = []
    for size, events in EVENTS.items():
        async with _deployed(broker, postgres, folder, size) as deployment:
            runs = await throughput.throughput(deployment, events, ROUNDS)
            figures += throughput.figures(runs, *size)
            if size == SMALL:
                ages = await latency.latency(deployment, LATENCY_ROUNDS)
                figures += latency.figures(ages, size[0])
    return figures


@asynccontextmanager
async def _deployed(
    broker: Broker, postgres: Postgres, folder: Path, size: tuple[int, int]
) -> AsyncIterator[Deployment]:
    place = folder / str(size[0])
    place.mkdir()
    async with Host(broker) as host:
        deployment = Deployment(Area(place, *size), broker, host, postgres)
        await deployment.prepare(EVENTS[size])
        yield deployment
