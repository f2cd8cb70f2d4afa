"""A folder of messages: each file ends in ``done/`` or ``aside/``, whole, by one rename."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from adapters.national.message import LARGEST
from adapters.national.telling import End, Telling
from adapters.national.verdict import Aside

BATCH: Final = 50
PAUSE_SECONDS: Final = 0.2
UNFINISHED: Final = (".tmp", ".part", ".partial", ".reason")
_log = structlog.get_logger()


class Folder:
    """The folder, with ``done`` and ``aside`` inside it. Write files under another name and rename them in.

    A crash before a file's rename brings the same message again at the next start; the hub knows
    the event by its id.
    """

    def __init__(self, path: Path) -> None:
        """Take the folder, made with its two inner ones where missing."""
        self._path = path
        self.done = path / "done"
        self.aside = path / "aside"
        for inner in (self.done, self.aside):
            inner.mkdir(mode=0o700, parents=True, exist_ok=True)

    def waiting(self) -> Sequence[Path]:
        """Return the files to take, by name, a batch at most; links and unfinished files are left alone."""
        found = [each for each in self._path.iterdir() if _is_message(each)]
        return sorted(found)[:BATCH]

    def finish(self, file: Path, end: End) -> None:
        """Move a file to where its end says; of one aside, the reason is written first."""
        if not isinstance(end, Aside):
            file.rename(_free(self.done, file.name))
            return
        target = _free(self.aside, file.name)
        target.with_name(f"{target.name}.reason").write_text(reason_text(end), encoding="utf-8")
        file.rename(target)

    def put_aside(self, message: bytes, end: Aside, name: str) -> None:
        """Write a message that came by another way into ``aside``."""
        target = _free(self.aside, name)
        target.with_name(f"{target.name}.reason").write_text(reason_text(end), encoding="utf-8")
        unfinished = target.with_name(f"{target.name}.tmp")
        unfinished.touch(0o600)
        unfinished.write_bytes(message)
        unfinished.rename(target)


def reason_text(end: Aside) -> str:
    """Return what a ``.reason`` file says: the field and the rule, and no value."""
    return f"field: {end.field}\nrule: {end.rule}\n"


async def watch(folder: Folder, telling: Telling, stop: asyncio.Event, *, once: bool = False) -> None:
    """Bring every file to its end, as it comes, until told to stop; or, once, until the folder is empty."""
    while not stop.is_set():
        files = folder.waiting()
        if files:
            await _take(folder, telling, files)
        elif once:
            return
        else:
            await _pause(stop)


async def _take(folder: Folder, telling: Telling, files: Sequence[Path]) -> None:
    """Bring some files to their ends; one that cannot be read is kept aside unread."""
    read: dict[Path, bytes] = {}
    for file in files:
        try:
            read[file] = read_bounded(file)
        except FileNotFoundError:
            continue
        except OSError:
            folder.finish(file, telling.unreadable())
    for file, end in zip(read, await telling.ends(list(read.values())), strict=True):
        folder.finish(file, end)
        if isinstance(end, Aside):
            _log.warning("message-aside", file=file.name, field=end.field, rule=end.rule)


def read_bounded(file: Path) -> bytes:
    """Return a file's bytes, and of one that is too large just enough to tell."""
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(PAUSE_SECONDS):
            await stop.wait()
    except TimeoutError:
        return


def _is_message(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name.endswith(UNFINISHED)
    return not hidden and path.is_file() and not path.is_symlink()


def _free(directory: Path, name: str) -> Path:
    """Return a name in a directory that no file has yet: the same message may come, and end, twice."""
    target, number = directory / name, 1
    while target.exists():
        number += 1
        target = directory / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return target
