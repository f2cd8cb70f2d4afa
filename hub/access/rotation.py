"""Which of the hub's signing keys signs at a moment, and which are still believed: worked out from their files alone.

A new key is listed at once and signs only when everybody who verifies has had time to learn of it; the one before it
is believed until the last token that it signed is over, and then dropped. When a key came is its file's time of
change, so that all processes on one folder come to the same answer without asking each other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from hub.access.errors import KeyRefused, KeyRule
from hub.access.key_files import key_files
from hub.access.keys import SigningKeys
from hub.access.tokens import LIFETIME

SETTLING: Final = timedelta(seconds=30)
"""How long a new key is listed before it signs."""
MARGIN: Final = timedelta(minutes=1)
"""For how long after a token is over its key is listed, for clocks that are behind."""


class Plan(Struct, frozen=True):
    """The file of the key that signs, those that are listed, oldest first, and those whose time is over."""

    signing: Path
    listed: tuple[Path, ...]
    over: tuple[Path, ...]


def plan(folder: Path, now: datetime) -> Plan:
    """Return what the keys of a folder are for at a moment.

    Raises:
        KeyRefused: there is none, or a file is not named as a key.
        OSError: the folder cannot be read.
    """
    files = key_files(folder)
    if not files:
        raise KeyRefused(KeyRule.NONE)
    begins = [_came(file) + SETTLING for file in files]
    signing = max(i for i in range(len(files)) if i == 0 or begins[i] <= now)
    over = [i for i in range(signing) if min(begins[i + 1 : signing + 1]) + LIFETIME + MARGIN <= now]
    return Plan(
        signing=files[signing],
        listed=tuple(file for i, file in enumerate(files) if i not in over),
        over=tuple(files[i] for i in over),
    )


def keys_of(planned: Plan) -> SigningKeys:
    """Read the keys that are listed; raises ``KeyRefused``."""
    return SigningKeys.of_files(planned.signing, planned.listed)


def read_keys(folder: Path, now: datetime) -> SigningKeys:
    """Read the keys that are listed at a moment; raises as ``plan`` does."""
    return keys_of(plan(folder, now))


def drop(files: Sequence[Path]) -> None:
    """Delete keys whose time is over, as far as we may: that they are not listed any more does not rest on it."""
    for file in files:
        with contextlib.suppress(OSError):  # another process was quicker, or the folder is not ours to change
            file.unlink()


def _came(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
