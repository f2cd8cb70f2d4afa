"""Whether a worker grows: its memory while a million events pass through it. On request alone: it takes an hour."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import statistics
import tempfile
from pathlib import Path

import psutil

from benchmarks.measure import Figure
from benchmarks.rabbitmq.area import Area, received, seen
from benchmarks.rabbitmq.broker import Host
from benchmarks.rabbitmq.hub import Deployment
from deploy.nodes.postgresql import Postgres
from deploy.nodes.rabbitmq import Broker

EVENTS = int(os.environ.get("MEMORY_EVENTS", "1000000"))
EACH = 50_000
SLICE, MEMBERS = 2_000, 200
"""Events that are sent together, and those of them that are about somebody on the scheme; all others are strangers."""
RECIPIENTS = VIEWS = 4
MEGABYTE = 1_000_000


def memory() -> list[Figure]:
    """Let the events pass, and look at the worker after every fifty thousand."""
    with Broker() as broker, Postgres() as postgres, tempfile.TemporaryDirectory(prefix="hub-benchmark-") as folder:
        sizes = asyncio.run(_memory(broker, postgres, Path(folder)))
    settled = sizes[2:] if len(sizes) > 3 else sizes
    slope = statistics.linear_regression([n for n, _ in settled], [size for _, size in settled]).slope
    return [
        Figure(
            "memory.growth_mb_per_100000_events", slope * 100_000, "MB", f"of a worker, after its first {2 * EACH:,}"
        ),
        *(Figure(f"memory.after_{n // 1000}_thousand_mb", size, "MB", "resident, of one worker") for n, size in sizes),
    ]


async def _memory(broker: Broker, postgres: Postgres, folder: Path) -> list[tuple[int, float]]:
    sizes = []
    async with Host(broker) as host:
        deployment = Deployment(Area(folder, RECIPIENTS, VIEWS), broker, host, postgres)
        await deployment.prepare(MEMBERS)
        async with deployment.serving(1) as (server,):
            worker = psutil.Process(server.pid)
            for sent in range(0, EVENTS, SLICE):
                if sent % EACH == 0:
                    sizes.append((sent, worker.memory_info().rss / MEGABYTE))
                await host.load(_slice(sent))
                # Nobody gives receipts, so that from the tenth minute on copies come again, also between two slices.
                await host.arrived(deployment.queues[-1], MEMBERS)
                await host.empty(deployment.queues)
            sizes.append((EVENTS, worker.memory_info().rss / MEGABYTE))
    return sizes


def _slice(first: int) -> list[tuple[int, bytes]]:
    """Return events about strangers, each about another, and last those about members."""
    now = dt.datetime.now(dt.UTC)
    strangers = [(n, seen(n, now)) for n in range(first + MEMBERS, first + SLICE)]
    return [*strangers, *((n, received(first + n, n, now)) for n in range(MEMBERS))]
