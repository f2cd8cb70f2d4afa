"""How old a copy is when a recipient has it, at a steady rate, while everybody reads."""

from __future__ import annotations

import asyncio
import datetime as dt
import statistics
import time
from collections.abc import Iterable

import aio_pika
import msgspec
from aio_pika.abc import AbstractIncomingMessage

from benchmarks.measure import Figure
from benchmarks.rabbitmq.area import received
from benchmarks.rabbitmq.hub import Deployment
from benchmarks.rabbitmq.variants import VARIANTS, WHAT

RATE, WARMING_SECONDS, STEADY_SECONDS = 100, 2.0, 12.0
LOOK_SECONDS, LOOKS = 0.1, 600
COMPARED = ("bare_relay_by_view", "hub_one_worker")


class _Copy(msgspec.Struct):
    """What every copy has of its event: when it was sent."""

    time: dt.datetime


_copy = msgspec.json.Decoder(_Copy)


async def latency(deployment: Deployment, rounds: int) -> dict[str, list[list[float]]]:
    """Return for each variant and round the milliseconds from publishing to arrival, of every copy."""
    ages: dict[str, list[list[float]]] = {name: [] for name in COMPARED}
    for _ in range(rounds):
        for name in COMPARED:
            async with VARIANTS[name](deployment):
                ages[name].append(await _steady(deployment))
            await deployment.host.empty(deployment.queues)
    return ages


async def _steady(deployment: Deployment) -> list[float]:
    """Publish steadily while every recipient reads; what comes while things get warm does not count."""
    connection = await aio_pika.connect(deployment.host.vhost.url)
    async with connection:
        ages = await _reading(connection, deployment.queues)
        warming, steady = round(RATE * WARMING_SECONDS), round(RATE * STEADY_SECONDS)
        await _publish(deployment, 0, warming)
        await _all(ages, warming * len(deployment.queues))
        ages.clear()
        await _publish(deployment, warming, steady)
        await _all(ages, steady * len(deployment.queues))
    return ages


async def _all(ages: list[float], copies: int) -> None:
    """Wait until so many copies are there."""
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_SECONDS)
        if len(ages) >= copies:
            return
    raise RuntimeError(f"only {len(ages)} of {copies} copies came")


async def _reading(connection: aio_pika.abc.AbstractConnection, queues: Iterable[str]) -> list[float]:
    ages: list[float] = []
    channel = await connection.channel(publisher_confirms=False)

    async def take(message: AbstractIncomingMessage) -> None:
        age = dt.datetime.now(dt.UTC) - _copy.decode(message.body).time
        ages.append(age.total_seconds() * 1000)
        await message.ack()

    for name in queues:
        queue = await channel.get_queue(name, ensure=False)
        await queue.consume(take)
    return ages


async def _publish(deployment: Deployment, first: int, count: int) -> None:
    began, tasks = time.monotonic(), []
    for n in range(count):
        await asyncio.sleep(max(0.0, began + n / RATE - time.monotonic()))
        number = first + n
        body = received(number, number % deployment.people, dt.datetime.now(dt.UTC))
        tasks.append(asyncio.create_task(deployment.host.publish(number % deployment.people, body)))
    await asyncio.gather(*tasks)


def figures(ages: dict[str, list[list[float]]], recipients: int) -> list[Figure]:
    """Return the figures: medians of the rounds."""
    found = []
    relay, hub = COMPARED
    for percent in (50, 99):
        at = {name: [statistics.quantiles(each, n=100)[percent - 1] for each in of] for name, of in ages.items()}
        ratios = [a / b for a, b in zip(at[hub], at[relay], strict=True)]
        what = f"from publishing, at {RATE} a second, to the consumers of {recipients} recipients, {percent}% within"
        found += [
            Figure(
                f"rabbitmq.p{percent}_latency_ratio_to_bare_relay", statistics.median(ratios), "ratio",
                f"{what}: {WHAT[hub]}; to {WHAT[relay]}",
            ),
            *(
                Figure(f"rabbitmq.p{percent}_latency_{name}_ms", statistics.median(of), "ms", f"{what}: {WHAT[name]}")
                for name, of in at.items()
            ),
        ]  # fmt: skip
    return found
