"""What part of an event's whole cost is the ledger's, from what a publisher sends to a receipt in every hand.

The whole is what a served hub takes of the processor, over HTTP and with SQLite on disk. Of the ledger is everything
that would not be done without it: commitments, branches and chains, entries made, sealed and written, what was withheld
and why, the log over them, and their index. It is timed in a hub in this process, at the same events.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp

from benchmarks.embedded.clients import bearer, publish_batches
from benchmarks.embedded.process import Server, free_port
from benchmarks.measure import Figure
from benchmarks.rabbitmq.area import AGREEMENT, PUBLISHER, Area, preparing, received
from benchmarks.rabbitmq.processor import Processor
from hub.access.principal import Principal
from hub.bootstrap import build_hub, initialise
from hub.config import read_config
from hub.ledger.entry import Commitments
from hub.ledger.indexing import RecordIndexing
from hub.ledger.log import Log
from hub.pipeline import disclosing, record
from hub.service import Hub
from hub.store import sqlite
from hub.store.transaction import SqlTransaction
from schemas.exchange import Receipt

RECIPIENTS, VIEWS = 12, 4
PEOPLE, EVENTS, ROUNDS = 200, 64, 12
SETTLING = 1.2
"""Seconds in which the log takes in what was recorded."""
OF_THE_LEDGER = frozenset({"entries", "heads"})
"""The kinds of rows that the ledger alone writes."""
Call = Callable[..., Any]


def ledger_share() -> list[Figure]:
    """Measure; it takes some twenty seconds."""
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as name:
        return asyncio.run(_figures(Path(name)))


async def _figures(folder: Path) -> list[Figure]:
    """Return the figures; the two hubs take turns, so that a slow moment slows both."""
    area = Area(folder, RECIPIENTS, VIEWS)
    ledgers, wholes = [], []
    async with _inside(area) as hub, _served(area) as (server, session, headers):
        for number in range(ROUNDS):
            events = _events(number)
            ledgers.append(await _ledgers(hub, area, events))
            wholes.append(await _whole(server, session, headers, events))
    # The first round makes what is kept.
    shares = [of / whole for of, whole in zip(ledgers[1:], wholes[1:], strict=True)]
    what = f"an event to {RECIPIENTS} recipients in {VIEWS} views, embedded"
    return [
        Figure("ledger.share_of_end_to_end_cost", statistics.median(shares), "share", f"of all processor time: {what}"),
        Figure("ledger.cost_us", statistics.median(ledgers[1:]) / EVENTS * 1e6, "us", f"of the ledger: {what}"),
        Figure(
            "ledger.end_to_end_cost_us", statistics.median(wholes[1:]) / EVENTS * 1e6, "us",
            f"of the whole hub, from published to receipted over HTTP: {what}",
        ),
    ]  # fmt: skip


def _events(number: int) -> list[bytes]:
    now, first = dt.datetime.now(dt.UTC), number * EVENTS
    return [received(n, n % PEOPLE, now) for n in range(first, first + EVENTS)]


def _settings(area: Area, data: Path) -> dict[str, str]:
    initialise(data)
    return {"HUB_DATA": str(data), "HUB_DIRECTORY": str(area.directory), "HUB_POLICIES": str(AGREEMENT)}


@contextlib.asynccontextmanager
async def _inside(area: Area) -> AsyncIterator[Hub]:
    """Give a hub in this process, so that the ledger's part can be timed apart."""
    hub = build_hub(read_config(_settings(area, area.folder / "inside")))
    await hub.start(ticking=False)
    try:
        for publisher, events in preparing(PEOPLE):
            await hub.publish(_principal(publisher), events)
        yield hub
    finally:
        await hub.stop()


async def _ledgers(hub: Hub, area: Area, events: list[bytes]) -> float:
    """Return the processor's seconds that the ledger takes of a batch that goes the whole way."""
    with _timed() as spent:
        await hub.publish(_principal(PUBLISHER), events)
        await hub.ledger.grow()
        for recipient in area.recipients:
            copies = await hub.copies(recipient)
            assert len(copies) == EVENTS
            await hub.receive(Receipt(recipient=recipient, deliveries=[copy.delivery for copy in copies]))
        return spent[0]


@contextlib.asynccontextmanager
async def _served(area: Area) -> AsyncIterator[tuple[Server, aiohttp.ClientSession, dict[str, str]]]:
    """Give a hub that is served, and the tokens of those who speak with it."""
    settings = _settings(area, area.folder / "served") | {"HUB_PORT": str(free_port()), "HUB_LOG_LEVEL": "warning"}
    server = Server(["hub", "serve"], settings, "/health/readiness", area.folder / "hub.log")
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            tokens = {name: await bearer(session, server.address, name, key) for name, key in area.keys.items()}
            for publisher, events in preparing(PEOPLE):
                await publish_batches(session, server.address, tokens[publisher], events)
            headers = {r: tokens[f"of-{agency}"] for r, (_, agency, _) in area.recipients.items()}
            yield server, session, headers | {PUBLISHER: tokens[PUBLISHER]}
    finally:
        await server.stop()


async def _whole(server: Server, session: aiohttp.ClientSession, tokens: dict[str, str], events: list[bytes]) -> float:
    """Return the processor's seconds that a served hub takes for a batch, until everybody gave receipts."""
    processor = Processor({"hub": lambda: [server.pid]})
    await publish_batches(session, server.address, tokens[PUBLISHER], events)
    for recipient in set(tokens) - {PUBLISHER}:
        headers = {"Authorization": tokens[recipient]}
        async with session.get(f"{server.address}/mailboxes/{recipient}/copies", headers=headers) as answer:
            answer.raise_for_status()
            copies = (await answer.json())["copies"]
        assert len(copies) == EVENTS
        receipt = {"recipient": recipient, "deliveries": [copy["delivery"] for copy in copies]}
        async with session.post(f"{server.address}/receipts", json=receipt, headers=headers) as answer:
            answer.raise_for_status()
    await asyncio.sleep(SETTLING)
    return processor.spent()["hub"]


@contextlib.contextmanager
def _timed() -> Iterator[list[float]]:
    """Let what the ledger does be timed; give where the processor's seconds are added up."""
    spent, inside = [0.0], [False]

    def timed(call: Call, *, counts: Callable[..., bool] = lambda *_: True) -> Call:
        def run(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the call takes and returns
            if inside[0] or not counts(*given):
                return call(*given, **named)
            inside[0], began = True, time.thread_time()
            try:
                return call(*given, **named)
            finally:
                spent[0] += time.thread_time() - began
                inside[0] = False

        return run

    with contextlib.ExitStack() as stack:
        for of, name in (
            (Commitments, "__init__"), (Commitments, "leaves"),
            (disclosing, "withholding"), (disclosing, "branch_of_answer"),
            (record, "_numbered"), (SqlTransaction, "close_record"), (Log, "catch_up"), (RecordIndexing, "catch_up"),
        ):  # fmt: skip
            stack.enter_context(patch.object(of, name, timed(getattr(of, name))))
        writes = sqlite._SqliteTransaction  # noqa: SLF001 - where each kind of row is written
        counted = timed(writes._change, counts=lambda _, kind, __: kind in OF_THE_LEDGER)  # noqa: SLF001 - the same
        stack.enter_context(patch.object(writes, "_change", counted))
        yield spent


def _principal(client: str) -> Principal:
    expires = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    return Principal(client, client, (), ("events:publish",), expires)
