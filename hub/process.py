"""One serving process: its worker's lease, its hub, its door at a broker; begun in this order, ended in the other."""

from __future__ import annotations

import os
import socket
from typing import Self

from hub.bootstrap import build_hub, check_in_force, open_leases
from hub.broker.door import BrokerDoor
from hub.config import Config
from hub.workers.worker import Worker


class Process:
    """A hub at work, with as many others beside it as there are processes on the same store."""

    def __init__(self, config: Config) -> None:
        """Put everything together.

        Raises:
            Misconfigured, DocumentInvalid, StoreUnavailable: it cannot start, and why.
        """
        self._worker = Worker(
            open_leases(config),
            name=f"{socket.gethostname()} {os.getpid()}",
            seconds=config.worker_lease_seconds,
            partitions=config.partitions,
        )
        self.hub = build_hub(config, self._worker.now, self._lease)
        check_in_force(self.hub)
        self.hub.probes["workers"] = self._worker.probe
        self._door = BrokerDoor(self.hub, config, self._lease) if config.broker else None
        if self._door:
            self._worker.share = self._door

    async def __aenter__(self) -> Self:
        """Join the others, and begin.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        await self._worker.start()
        await self.hub.start()
        if self._door:
            self._door.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End promptly: what was taken is committed, and what was held is given back."""
        if self._door:
            await self._door.stop()
        await self._worker.stop()
        await self.hub.stop()

    def _lease(self) -> str:
        return self._worker.id
