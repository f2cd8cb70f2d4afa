"""The ways of getting one event to everybody that are compared, each as processes that are started and ended."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import msgspec

from benchmarks.rabbitmq.broker import INTAKE
from benchmarks.rabbitmq.hub import Deployment
from benchmarks.rabbitmq.task import READY, Task

ENDING_SECONDS = 30.0


class Variant(Protocol):
    """Starts what is measured; gives the numbers of its processes."""

    def __call__(self, deployment: Deployment) -> AbstractAsyncContextManager[Sequence[int]]: ...


def _relaying(module: str, *, by_view: bool) -> Variant:
    @asynccontextmanager
    async def relay(deployment: Deployment) -> AsyncIterator[Sequence[int]]:
        groups = deployment.queues_by_view()
        if not by_view:
            groups = [[queue] for group in groups for queue in group]
        task = Task(url=deployment.host.vhost.url, intake=INTAKE, groups=groups)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, msgspec.json.encode(task).decode(), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            said = await process.stdout.readline()
            assert said.decode().strip() == READY, f"{module} did not start: {said!r}"
            yield [process.pid]
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), ENDING_SECONDS)

    return relay


def _hub(workers: int) -> Variant:
    @asynccontextmanager
    async def hub(deployment: Deployment) -> AsyncIterator[Sequence[int]]:
        async with deployment.serving(workers) as servers:
            yield [server.pid for server in servers]

    return hub


VARIANTS: Mapping[str, Variant] = {
    "bare_relay_by_recipient": _relaying("benchmarks.rabbitmq.bare_relay", by_view=False),
    "bare_relay_by_view": _relaying("benchmarks.rabbitmq.bare_relay", by_view=True),
    "faststream_relay": _relaying("benchmarks.rabbitmq.faststream_relay", by_view=False),
    "hub_one_worker": _hub(1),
    "hub_two_workers": _hub(2),
}
WHAT = {
    "bare_relay_by_recipient": "a relay on aio-pika that publishes a copy for each recipient; no policy, no record",
    "bare_relay_by_view": "the same with one message for all recipients of a view (BCC)",
    "faststream_relay": "a FastStream relay that publishes a copy for each recipient; no policy, no record",
    "hub_one_worker": "the hub: validation, identity, policy, record in PostgreSQL; one worker",
    "hub_two_workers": "the same, two workers",
}
