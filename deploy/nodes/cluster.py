"""Several private RabbitMQ nodes that are one broker, each of which may be killed while the others go on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from deploy.nodes.epmd import Epmd
from deploy.nodes.place import until
from deploy.nodes.rabbitmq import READY_SECONDS, Broker, new_name
from deploy.nodes.rabbitmq_settings import Identity


class Cluster:
    """A cluster on one machine. Its virtual hosts are made and dropped at any node, and reached at every one."""

    def __init__(
        self, size: int = 3, *, keys: Mapping[str, str] | None = None, owner: int | None = None, root: Path = Path("/")
    ) -> None:
        """Say what it is to be; for the rest see ``Broker``."""
        self._size, self._keys, self._owner, self._root = size, keys, owner, root
        self._open = ExitStack()
        self.nodes: tuple[Broker, ...] = ()

    def __enter__(self) -> Self:
        """Start all nodes at once: in RabbitMQ 4 none of them comes up before it has found the others.

        Raises:
            RuntimeError: RabbitMQ is not installed, a node does not come up or does not join.
        """
        with ExitStack() as opened:
            epmd = Epmd(self._owner)
            opened.callback(epmd.close)
            nodes = self._prepare(epmd.port)
            with ThreadPoolExecutor() as starting:
                for begun in [starting.submit(opened.enter_context, node) for node in nodes]:
                    begun.result()
            self.nodes = nodes
            if not until(self.whole, READY_SECONDS):
                raise RuntimeError(f"{self._size} nodes came up, and are not one cluster")
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def whole(self) -> bool:
        """Return whether every node sees all of them at work."""
        return all(sum(seen["running"] for seen in node.management.get("nodes")) == self._size for node in self.nodes)

    def _prepare(self, epmd_port: int) -> tuple[Broker, ...]:
        cookie, password = secrets.token_hex(16), secrets.token_hex(16)
        names = [new_name() for _ in range(self._size)]
        peers = {f"cluster_formation.classic_config.nodes.{i}": name for i, name in enumerate(names, 1)}
        settings = {"cluster_formation.peer_discovery_backend": "classic_config", **peers}
        return tuple(
            Broker(
                keys=self._keys,
                settings=settings,
                owner=self._owner,
                root=self._root,
                identity=Identity(name, cookie, password, epmd_port),
            )
            for name in names
        )
