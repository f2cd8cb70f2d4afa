"""Those who keep the broker as it should be: what stands in it, whose queues, which connections, and no gaps."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from hub.broker.declare import check_partitions, declare
from hub.broker.doorkeeper import Doorkeeper
from hub.broker.link import Lines, Link
from hub.broker.resending import Resending
from hub.broker.sessions import Sessions
from hub.broker.topology import topology
from hub.config import Config
from hub.service import Hub


class Keepers:
    """Begins and ends them together, and has the connection prepared before anything is routed."""

    def __init__(self, hub: Hub, link: Link, config: Config) -> None:
        """Take the hub, its connection, and the settings."""
        user = urlsplit(config.broker[0])
        self._topology, self._partitions = topology(hub.directory, config.partitions), config.partitions
        self.doorkeeper = Doorkeeper(link, hub)
        self.resending = Resending(link, hub, after_seconds=config.resend_after_seconds)
        self.sessions = Sessions(
            hub,
            config.broker_management,
            virtual_host=config.virtual_host,
            user=unquote(user.username or ""),
            password=unquote(user.password or ""),
            ca=config.broker_ca,
        )
        hub.probes["broker-management"] = self.sessions.probe
        link.prepare += [self._declare, self.doorkeeper.prepare]

    def start(self) -> None:
        """Begin."""
        for keeper in (self.doorkeeper, self.resending, self.sessions):
            keeper.start()

    async def stop(self) -> None:
        """End."""
        for keeper in (self.doorkeeper, self.resending, self.sessions):
            await keeper.stop()

    async def _declare(self, lines: Lines) -> None:
        await check_partitions(lines.consuming, self._partitions)
        await declare(lines.consuming, self._topology)
