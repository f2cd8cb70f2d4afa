"""Where a private node lives: a folder of its own, by which all its processes are found and ended.

The folder's name says which process it is for, so that what a killed run left can be told from what a living one uses.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

MARK = "HUB_NODE"
"""The environment variable by which a process says whose it is."""
PROC = Path("/proc")
START_TIME = 19
"""The place of a process's start, in clock ticks, among what follows its name in /proc/PID/stat."""


class Place:
    """A node's folder. Processes belong to it that work inside it or carry its mark, whoever started them."""

    kind: ClassVar[str]
    """What sort of node it is for: a part of the folder's name."""

    def __init__(self, folder: Path) -> None:
        """Take a folder that ``make`` made, here or in another process."""
        self.folder = folder

    @classmethod
    def make(cls, owner: int | None = None) -> Self:
        """Make a folder; once the ``owner`` (a process, this one if not said) is gone, the next run may remove it."""
        pid = owner or os.getpid()
        name = f"hub-{cls.kind}-{pid}-{_started(pid)}-{secrets.token_hex(3)}"
        folder = Path(tempfile.gettempdir()) / name
        folder.mkdir(mode=0o700)
        return cls(folder)

    @classmethod
    def of(cls, owner: int) -> list[Self]:
        """Return the places that were made for a process."""
        return [place for place in cls._all() if place.owner == (owner, _started(owner))]

    @classmethod
    def abandoned(cls) -> list[Self]:
        """Return the places of our own account whose owner is gone."""
        return [place for place in cls._all() if _started(place.owner[0]) != place.owner[1]]

    @classmethod
    def _all(cls) -> list[Self]:
        found = Path(tempfile.gettempdir()).glob(f"hub-{cls.kind}-[0-9]*-[0-9]*-*")
        return [cls(folder) for folder in found if os.access(folder, os.W_OK)]

    @property
    def owner(self) -> tuple[int, str]:
        """The process that the place is for: its number, and when it began."""
        pid, started, _ = self.folder.name.rsplit("-", 3)[1:]
        return int(pid), started

    def give_to(self, account: str) -> None:
        """Give the folder and all in it to another account, which root alone can."""
        for path in (self.folder, *self.folder.rglob("*")):
            shutil.chown(path, account, account)

    def launch(self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
        """Start a program that outlives us, in no terminal's reach; what it says goes to the log."""
        with log.open("ab") as said:
            subprocess.run(
                ["setsid", "--fork", *command],  # noqa: S607 - as on every Linux
                cwd=self.folder,
                env={**environment, MARK: str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                check=True,
            )

    def processes(self) -> list[int]:
        """Return the living processes of this place; only root sees those of another account."""
        mark = f"{MARK}={self.folder}".encode()
        return [int(entry.name) for entry in PROC.glob("[0-9]*") if self._holds(entry, mark)]

    def _holds(self, entry: Path, mark: bytes) -> bool:
        try:
            return (entry / "cwd").readlink().is_relative_to(self.folder) or mark in (
                entry / "environ"
            ).read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile, is a zombie, or is not ours to look into
            return False

    def end(self, how: signal.Signals, seconds: float, only: int | None = None) -> bool:
        """Send a signal to all processes, or to one that ends the others; return whether all are gone in time."""
        living = self.processes()
        for pid in [only] if only else living:
            _send(pid, how)
        return until(lambda: all(map(_ended, living)) and not self.processes(), seconds)

    def kill(self) -> None:
        """End every process as a power cut would: none sees another's end, and none starts a new one meanwhile."""
        for pid in self.processes():
            _send(pid, signal.SIGSTOP)
        while not self.end(signal.SIGKILL, seconds=1):
            pass

    def remove(self) -> None:
        """Kill what still runs, and remove the folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Ports:
    """Free ports of 127.0.0.1, held bound for as long as this lives: nobody else is given one while the node is down.

    Without that, a client that tries to reconnect to a dead node could be given the node's own port as its source,
    and be connected to itself.
    """

    def __init__(self) -> None:
        self._held: list[int] = []

    def take(self) -> int:
        """Return a port that a program of ours may listen on; it must set SO_REUSEADDR, as servers do."""
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = int(held.getsockname()[1])
        self._held.append(held.detach())  # for as long as this process, if nobody frees it
        return port

    def free(self) -> None:
        """Let go of every port."""
        while self._held:
            os.close(self._held.pop())


def until(reached: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again, at least once, until it is so; return False when the seconds are over."""
    for _ in _moments(seconds):
        if reached():
            return True
    return reached()


def listens(port: int) -> bool:
    """Return whether a program takes connections on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _moments(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.05)


def _started(pid: int) -> str:
    """Return when a process began, in ticks since the machine's start: with it a number is never mistaken."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[START_TIME]
    except OSError:
        return "gone"


def _ended(pid: int) -> bool:
    """Return whether nothing of a process is left but a number that nobody has asked for yet.

    The first of its threads may be gone before the last one has closed its sockets.
    """
    try:
        state = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
        return state in "ZX" and len(list((PROC / str(pid) / "task").iterdir())) == 1
    except OSError:
        return True


def _send(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)
