"""The daemon by which Erlang nodes find each other, private as the nodes are."""

from __future__ import annotations

import os

from deploy.nodes.place import Place, Ports, listens, until

READY_SECONDS = 60


class EpmdFolder(Place):
    kind = "epmd"


class Epmd:
    """One daemon on a port of its own."""

    def __init__(self, owner: int | None = None) -> None:
        """Start it; the ``owner`` is the process whose end is its own, this one if not said."""
        for abandoned in EpmdFolder.abandoned():
            abandoned.remove()
        self._ports = Ports()
        self._place = EpmdFolder.make(owner)
        self.port = self._ports.take()
        self._place.launch(
            ["epmd", "-address", "127.0.0.1", "-port", str(self.port)],
            self._place.folder / "log",
            {"PATH": os.environ["PATH"]},
        )
        if not until(lambda: listens(self.port), READY_SECONDS):
            self.close()
            raise RuntimeError("epmd did not come up")

    def close(self) -> None:
        """End it."""
        self._place.remove()
        self._ports.free()
