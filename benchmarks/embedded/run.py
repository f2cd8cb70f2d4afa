"""The figures of the embedded hub, beside a plain relay."""

from __future__ import annotations

import asyncio
import datetime as dt
import statistics
import tempfile
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.embedded.clients import Publishing, Reader, bearer, publish_batches
from benchmarks.embedded.process import Server, free_port
from benchmarks.embedded.relay import TOKEN
from benchmarks.embedded.restart import restart_seconds
from benchmarks.embedded.town import RECIPIENTS, Town, date_changed, preparations
from benchmarks.measure import Figure
from hub.bootstrap import initialise

PEOPLE = 200
RATE, STEADY_SECONDS = 50, 15.0
FLOODS = {1: 5.0, 10: 5.0, 200: 8.0}
RECEIPTS_EVERY = 0.5
POLICIES = Path(__file__).parents[2] / "policies"


def embedded() -> list[Figure]:
    """Measure; it takes about a minute and a half."""
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as folder:
        return asyncio.run(_embedded(Path(folder)))


async def _embedded(folder: Path) -> list[Figure]:
    town = Town(folder)
    hub = hub_server(town)
    ages, floods = await _hub(town, hub)
    relay = relay_server(folder)
    relay_ages, relay_floods = await _relay(relay)
    restart = await restart_seconds(town, hub)
    return [*_latency(ages, relay_ages), *_throughput(floods, relay_floods), restart]


def hub_server(town: Town) -> Server:
    """Return a hub over the town's directory and the shipped protocol."""
    data = town.folder / "data"
    initialise(data)
    port = free_port()
    settings = {
        "HUB_DATA": str(data), "HUB_DIRECTORY": str(town.directory), "HUB_POLICIES": str(POLICIES),
        "HUB_PORT": str(port), "HUB_LOG_LEVEL": "warning",
    }  # fmt: skip
    return Server(["hub", "serve"], settings, "/health/readiness", town.folder / "hub.log")


def relay_server(folder: Path) -> Server:
    """Return the relay over a new file."""
    settings = {"RELAY_FILE": str(folder / "relay.sqlite"), "HUB_PORT": str(free_port())}
    return Server(["benchmarks.embedded.relay"], settings, "/health/readiness", folder / "relay.log")


async def _hub(town: Town, server: Server) -> tuple[list[float], dict[int, float]]:
    await server.start()
    try:
        async with _session() as session:
            for publisher, events in preparations(PEOPLE):
                key = town.keys[publisher]
                await publish_batches(
                    session, server.address, await bearer(session, server.address, publisher, key), events
                )
            readers = {
                r: Reader(
                    session,
                    f"{server.address}/mailboxes/{r}/stream",
                    await bearer(session, server.address, f"of-{r}", town.keys[f"of-{r}"]),
                )
                for r in RECIPIENTS
            }
            receipts = [reader.give_receipts(server.address, r, RECEIPTS_EVERY) for r, reader in readers.items()]
            token = await bearer(session, server.address, "prison", town.keys["prison"])
            publishing = Publishing(session, server.address, token, _about_somebody)
            ages = await _steady(publishing, list(readers.values()), receipts)
            return ages, {n: await publishing.flood(n, seconds) for n, seconds in FLOODS.items()}
    finally:
        await server.stop()


async def _relay(server: Server) -> tuple[list[float], dict[int, float]]:
    await server.start()
    try:
        async with _session() as session:
            readers = [Reader(session, f"{server.address}/stream", TOKEN) for _ in RECIPIENTS]
            publishing = Publishing(session, server.address, TOKEN, _about_somebody)
            ages = await _steady(publishing, readers, [])
            return ages, {n: await publishing.flood(n, seconds) for n, seconds in FLOODS.items()}
    finally:
        await server.stop()


async def _steady(
    publishing: Publishing, readers: Sequence[Reader], others: Sequence[Coroutine[Any, Any, None]]
) -> list[float]:
    """Publish steadily while everybody reads; return the age in ms of every copy, but for the first second's."""
    tasks = [asyncio.ensure_future(t) for t in (*(r.read() for r in readers), *others)]
    await asyncio.sleep(0.5)
    await publishing.steadily(RATE, 1.0)
    await asyncio.sleep(0.5)
    for reader in readers:
        reader.ages.clear()
    await publishing.steadily(RATE, STEADY_SECONDS)
    await asyncio.sleep(2 * RECEIPTS_EVERY + 0.5)
    for task in tasks:
        if task.done():
            task.result()  # nobody ends before the end, unless something went wrong
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ages = [age for reader in readers for age in reader.ages]
    assert len(ages) == RATE * STEADY_SECONDS * len(readers), f"{len(ages)} copies came"
    return ages


def _about_somebody(number: int, at: dt.datetime) -> bytes:
    return date_changed(number, number % PEOPLE, at)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


def _latency(ages: list[float], relay: list[float]) -> list[Figure]:
    figures = []
    for percent in (50, 99):
        ours, theirs = (statistics.quantiles(a, n=100)[percent - 1] for a in (ages, relay))
        what = f"from publishing, at {RATE} a second, to the copy in the hands of 12 recipients: {percent}% within"
        figures += [
            Figure(f"embedded.publish_to_delivery_p{percent}_ms", ours, "ms", what),
            Figure(
                f"embedded.relay_publish_to_delivery_p{percent}_ms",
                theirs,
                "ms",
                "the same through a plain relay without policy or record",
            ),
            Figure(
                f"embedded.publish_to_delivery_p{percent}_ratio_to_relay",
                ours / theirs,
                "ratio",
                "the hub's time to the relay's",
            ),
        ]
    return figures


def _throughput(hub: dict[int, float], relay: dict[int, float]) -> list[Figure]:
    figures = []
    for n in FLOODS:
        name = f"{n}_publisher{'s' if n > 1 else ''}"
        figures += [
            Figure(
                f"embedded.events_per_second_{name}",
                hub[n],
                "1/s",
                f"single events from {n} at a time, each to 12 mailboxes, on disk when answered",
            ),
            Figure(
                f"embedded.relay_events_per_second_{name}",
                relay[n],
                "1/s",
                "the same through a plain relay without policy or record",
            ),
            Figure(
                f"embedded.events_per_second_{name}_ratio_to_relay",
                hub[n] / relay[n],
                "ratio",
                "the hub's rate to the relay's",
            ),
        ]
    return figures
