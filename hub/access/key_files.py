"""Private keys on disc: read only where nobody else can, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hub.access.errors import KeyRefused, KeyRule

PRIVATE: Final = 0o600
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
DIGITS: Final = 6
SUFFIX: Final = ".pem"


def key_files(directory: Path) -> Sequence[Path]:
    """Return the directory's key files, oldest first; raises ``KeyRefused``.

    A key file is named by six digits and ``.pem``. Another ``.pem`` beside them is refused, since a
    forgotten copy would otherwise be trusted.
    """
    found = sorted(directory.glob(f"*{SUFFIX}"))
    if not all(len(path.stem) == DIGITS and path.stem.isascii() and path.stem.isdecimal() for path in found):
        raise KeyRefused(KeyRule.NAME)
    return found


def read_private(path: Path) -> bytes:
    """Return a file's bytes if only we can read and write it; raises ``KeyRefused``.

    It may belong to us or to root. The open file is judged, not its name, so that it cannot be
    exchanged in between; links are followed, as mounted secrets need.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_mode & OTHERS:
            raise KeyRefused(KeyRule.READABLE)
        if status.st_uid not in (0, os.geteuid()):
            raise KeyRefused(KeyRule.OWNER)
        return file.read()


def add_private(directory: Path, content: bytes) -> None:
    """Write the next key file, durable when this returns; two writers at once get two files.

    The content stands under a hidden name first: a crash before the link leaves that file, which
    nothing reads, and never half a key under a key's name.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    hidden = directory / f".new-{secrets.token_hex(8)}"
    descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    _link_as_next(hidden, directory)
    hidden.unlink()
    _sync(directory)


def _link_as_next(hidden: Path, directory: Path) -> None:
    """Give the file the first number after the last one; whoever links second takes a later number."""
    number = max((int(path.stem) for path in key_files(directory)), default=0)
    while True:
        number += 1
        try:
            return os.link(hidden, directory / f"{number:0{DIGITS}}{SUFFIX}")
        except FileExistsError:
            continue


def _sync(directory: Path) -> None:
    """Make the directory's entries durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
