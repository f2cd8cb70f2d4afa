"""The rehearsal's processes and files: keys, folders, the hub, the adapters, and their clean end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any, Self

import aiohttp
import msgspec

from adapters.sdk.client import Client, connect
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.inbox import Inbox
from deploy.nodes.place import Ports
from deploy.rehearsal.partners import PUBLISHERS, SCREENS, Screen

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
READY_SECONDS = 120.0
PATIENCE_SECONDS = 60.0
"""How long the national adapter may take for a message, in seconds."""
STOP_SECONDS = 10.0


class Stage:
    """Everything that runs on this machine for the rehearsal, in one folder that is made anew each time."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; what an earlier rehearsal left in it is removed."""
        self.folder = folder
        self._ports = Ports()
        self.port = self._ports.take()
        self.url = f"http://127.0.0.1:{self.port}"
        self.shown: dict[str, list[str]] = {screen.recipient: [] for screen in SCREENS}
        self._processes: list[asyncio.subprocess.Process] = []
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Make the keys and start every process; raises ``RuntimeError`` when the hub does not come up."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("keys", "national", "scheme-list", "screens", "logs"):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        self._make_keys()
        shutil.copy(HERE / "directory.yaml", self.folder / "directory.yaml")
        for file, known in (("release-dates.json", {}), ("breach-notices.json", {})):
            self.look_up(file, known)
        await self._run("hub-init", "-m", "hub", "init", str(self.folder / "hub"))
        await self._start("hub", "-m", "hub", "serve")
        await self._until_ready()
        await self._start("national", "-m", "adapters.national", *self._national())
        for screen in SCREENS:
            await self._start(screen.client, "-m", screen.module, *self._screen(screen), shown=screen.recipient)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the adapters first and the hub last, each by SIGTERM."""
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            if process.returncode is None:
                process.kill()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self._ports.free()

    def key(self, client: str) -> Path:
        """Return the file of a system's private key."""
        return self.folder / "keys" / f"{client}.pem"

    def connect(self, client: str) -> Client:
        """Return a client for one of the partners' systems."""
        return connect(self.url, client, AgencyKey.load(self.key(client)))

    def look_up(self, file: str, known: dict[str, Any]) -> None:
        """Write what the national adapter looks up, all at once."""
        fresh = self.folder / f"{file}.new"
        fresh.write_text(json.dumps(known))
        fresh.replace(self.folder / file)

    def drop(self, name: str, message: Any) -> None:  # noqa: ANN401 - as the national systems write it
        """Put a message into the national adapter's folder, all at once."""
        text = message if isinstance(message, str) else json.dumps(message)
        fresh = self.folder / f"{name}.part"
        fresh.write_text(text)
        fresh.replace(self.folder / "national" / f"{name}.json")

    async def taken(self) -> None:
        """Return when the national adapter has taken every message; raises ``TimeoutError`` when it does not.

        It looks things up as it takes a message, so what it is to find there must stand until then.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any((self.folder / "national").glob("*.json")):  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.05)

    async def scheme_list(self, path: Path) -> int:
        """Run the scheme list adapter over a file; return its exit code."""
        return await self._run(
            "scheme-list",
            "-m",
            "adapters.scheme_list",
            str(path),
            *self._door("scheme-list"),
            "--source",
            "urn:rehearsal:scheme-list",
            "--scheme",
            "birmingham",
            "--state",
            str(self.folder / "scheme-list" / "state"),
        )

    async def hub_command(self, *words: str) -> str:
        """Run a ``hub`` command as the operator would; return what it prints."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hub",
            *words,
            cwd=ROOT,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"hub {words[0]} ended with {process.returncode}")
        return out.decode()

    def copies(self, recipient: str) -> list[dict[str, Any]]:
        """Return what a partner holds in its own inbox: type, given leaves and handling, in order."""
        inbox = Inbox(self._inbox(recipient))
        try:
            return [
                {"type": c.type, "given": c.given, "handling": msgspec.to_builtins(c.handling), "kept_at": c.kept_at}
                for c in inbox.history()
            ]
        finally:
            inbox.close()

    def environment(self) -> dict[str, str]:
        """Return the hub's settings, to run its commands by hand."""
        return {
            "HUB_DATA": str(self.folder / "hub"),
            "HUB_DIRECTORY": str(self.folder / "directory.yaml"),
            "HUB_POLICIES": str(ROOT / "policies"),
            "HUB_PORT": str(self.port),
        }

    def _make_keys(self) -> None:
        for client in (*PUBLISHERS, *(screen.client for screen in SCREENS)):
            key = AgencyKey.generate()
            key.save(self.key(client))
            (self.folder / "keys" / f"{client}.jwk").write_text(json.dumps(key.public_jwk()))

    def _inbox(self, recipient: str) -> Path:
        return self.folder / "screens" / f"{recipient}.inbox"

    def _door(self, client: str) -> tuple[str, ...]:
        return "--hub", self.url, "--client", client, "--key", str(self.key(client))

    def _screen(self, screen: Screen) -> tuple[str, ...]:
        options = screen.options
        if options:
            options = (*options, "--source", f"urn:rehearsal:{screen.client}")
        return (
            *self._door(screen.client),
            "--recipient",
            screen.recipient,
            "--inbox",
            str(self._inbox(screen.recipient)),
            "--name",
            screen.title,
            *options,
        )

    def _national(self) -> tuple[str, ...]:
        feeds = [("prison", "prison-feed"), ("probation", "probation-feed")]
        words = [
            w
            for feed, client in feeds
            for w in (
                f"--{feed}-client",
                client,
                f"--{feed}-key",
                str(self.key(client)),
                f"--{feed}-source",
                f"urn:rehearsal:{client}",
            )
        ]
        files = (
            "--release-dates",
            str(self.folder / "release-dates.json"),
            "--breach-notices",
            str(self.folder / "breach-notices.json"),
        )
        return ("--hub", self.url, "--scheme", "birmingham", "--folder", str(self.folder / "national"), *words, *files)

    def _environment(self) -> dict[str, str]:
        return (
            {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
            | self.environment()
            | {"PYTHONUNBUFFERED": "1"}
        )

    async def _start(self, name: str, *words: str, shown: str | None = None) -> None:
        log = (self.folder / "logs" / f"{name}.log").open("wb")
        with log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                cwd=ROOT,
                env=self._environment(),
                start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if shown else log,
                stderr=log,
            )
        self._processes.append(process)
        if shown and process.stdout:
            self._readers.append(asyncio.create_task(self._read(shown, process.stdout)))

    async def _run(self, name: str, *words: str) -> int:
        log = (self.folder / "logs" / f"{name}.log").open("ab")
        with log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *words, cwd=ROOT, env=self._environment(), stdout=log, stderr=log
            )
        return await process.wait()

    async def _read(self, recipient: str, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.shown[recipient].append(line.decode(errors="replace").rstrip())

    async def _until_ready(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.timeout(READY_SECONDS):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health/readiness") as answer:
                        if answer.status == 200:
                            return
                if self._processes[0].returncode is not None:
                    raise RuntimeError(f"the hub did not start: see {self.folder / 'logs' / 'hub.log'}")
                await asyncio.sleep(0.1)
