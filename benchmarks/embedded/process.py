"""A server under measurement: a process of its own, started, awaited and stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

PATIENCE_SECONDS = 60.0


class Server:
    """One server process and its address."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], ready: str, log: Path) -> None:
        """Take the module to run, its settings, the path that answers 200 when it is ready, and where it logs."""
        self._arguments, self._environment, self._log = arguments, environment, log
        self.port = int(environment["HUB_PORT"])
        self.address = f"http://127.0.0.1:{self.port}"
        self._ready = self.address + ready
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start; return the seconds from there until it is ready."""
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self._arguments, env={**os.environ, **self._environment}, stdout=log, stderr=log
            )
        async with aiohttp.ClientSession() as session:
            while time.monotonic() - began < PATIENCE_SECONDS and self._process.returncode is None:
                try:
                    async with session.get(self._ready) as answer:
                        if answer.status == 200:
                            return time.monotonic() - began
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.01)
        raise RuntimeError("the server did not become ready:\n" + self._log.read_text()[-2000:])

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self._process.wait(), PATIENCE_SECONDS)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
