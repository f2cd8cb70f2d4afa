"""The months into which the log is cut: which entries are in which, and how one is tied to the one before; pure.

An entry is in the month of its commit, in UTC, or in that of the entry before it in the record where that is later: a
transaction that began before a month's border and took its place after the first of the new month is in the new one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import takewhile
from typing import Protocol, TypeVar

from hub.store.log_port import LogHead


class Timed(Protocol):
    """An entry, as far as its month goes."""

    @property
    def at(self) -> dt.datetime:
        """When it was recorded."""


T = TypeVar("T", bound=Timed)


def shard_of(at: dt.datetime, before: str) -> str:
    """Return the month of an entry; ``before`` is that of the entry before it, empty for the first of all."""
    return max(before, f"{at.astimezone(dt.UTC):%Y-%m}")


def in_one(new: Sequence[T], shard: str) -> list[T]:
    """Return the first entries that are in one shard, if the first of them is."""
    year, month = map(int, shard.split("-"))
    border = dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)
    return list(takewhile(lambda each: each.at < border, new))


def opened(shard: str, former: LogHead, tie: str) -> LogHead:
    """Return the empty head of a shard that begins behind the end of the former one."""
    return LogHead(
        shard=shard, size=0, first=former.last, last=former.last, checkpoint="", at=None, former=tie, closed=False
    )
