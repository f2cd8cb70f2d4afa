"""How many events a second get to everybody, and what processor time one costs whom."""

from __future__ import annotations

import asyncio
import datetime as dt
import statistics

import msgspec

from benchmarks.measure import Figure, ratio
from benchmarks.rabbitmq.area import received
from benchmarks.rabbitmq.hub import Deployment
from benchmarks.rabbitmq.processor import Processor
from benchmarks.rabbitmq.variants import VARIANTS, WHAT

CONFIRMED_SECONDS = 0.2
"""How long after its last copy a variant gets to acknowledge and to note, before its processor time is read."""


class Run(msgspec.Struct, frozen=True):
    """What one run of a variant came to."""

    rate: float
    """Events a second."""
    spent: dict[str, float]
    """Milliseconds of processor time an event, by who spent them."""
    again: float
    """Copies that came more than once, to a copy that had to come: a client knows them by their delivery id."""


async def throughput(deployment: Deployment, events: int, rounds: int) -> dict[str, list[Run]]:
    """Return the runs of every variant; in each round each has one turn, and another begins."""
    runs: dict[str, list[Run]] = {name: [] for name in VARIANTS}
    names = list(VARIANTS)
    for round_ in range(rounds):
        for name in names[round_ % len(names) :] + names[: round_ % len(names)]:
            runs[name].append(await _run(deployment, name, events))
    return runs


async def _run(deployment: Deployment, name: str, events: int) -> Run:
    host = deployment.host
    now = dt.datetime.now(dt.UTC)
    batch = [(n, received(n, n, now)) for n in range(events)]
    async with VARIANTS[name](deployment) as pids:
        processor = Processor({"client": lambda: pids, **deployment.nodes()})
        loading = asyncio.create_task(host.load(batch))
        rate = await host.filled(deployment.queues[-1], events)
        await loading
        await asyncio.sleep(CONFIRMED_SECONDS)
        spent = {party: seconds * 1000 / events for party, seconds in processor.spent().items()}
        counts = [await host.settled(queue, events) for queue in deployment.queues]
        assert min(counts) >= events, f"{name}: not every recipient got each event: {counts}"
    await host.empty(deployment.queues)
    return Run(rate, spent, again=sum(counts) / events / len(counts) - 1)


def figures(runs: dict[str, list[Run]], recipients: int, views: int) -> list[Figure]:
    """Return the figures of one size."""
    rates = {name: [run.rate for run in of] for name, of in runs.items()}
    area = f"{recipients} recipients in {views} views"
    found = []
    for hub, suffix in (("hub_one_worker", ""), ("hub_two_workers", "_two_workers")):
        for relay, short in (("bare_relay_by_view", "by_view"), ("bare_relay_by_recipient", "by_recipient")):
            found.append(
                Figure(
                    f"rabbitmq.ratio_to_bare_relay_{short}_{recipients}{suffix}",
                    ratio(rates[hub], rates[relay]),
                    "ratio",
                    f"events a second of {WHAT[hub]}; to {WHAT[relay]}; {area}",
                )
            )
    for name, of in runs.items():
        found.append(
            Figure(
                f"rabbitmq.events_per_second_{recipients}_{name}", statistics.median(rates[name]), "1/s",
                f"{WHAT[name]}; {area}",
            )
        )  # fmt: skip
        found.append(
            Figure(
                f"rabbitmq.sent_again_share_{recipients}_{name}", max(run.again for run in of), "share",
                f"copies that came twice, in the worst run: {WHAT[name]}; {area}",
            )
        )  # fmt: skip
        for party in of[0].spent:
            spent = statistics.median(run.spent[party] for run in of)
            found.append(
                Figure(
                    f"rabbitmq.processor_ms_{recipients}_{name}_{party}", spent, "ms",
                    f"processor time of the {party} for one event: {WHAT[name]}; {area}",
                )
            )  # fmt: skip
    return found
