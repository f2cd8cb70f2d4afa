"""Sees to it that what comes into force is applied to the copies that wait, before any of them is handed over.

The store gives nothing that was made before a change until it is noted here that the change was applied to all of them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial

from hub.delivery.outgoing import Outgoing
from hub.pipeline.committer import Committer
from hub.pipeline.tools import Tools
from hub.pipeline.waiting import START, Place, review, reviewed
from hub.policy.versions import History
from hub.store.port import Store


class Reviews:
    """Applies changes of what is in force, one after another, a portion of copies in each transaction."""

    def __init__(
        self,
        store: Store,
        committer: Committer,
        tools: Tools,
        clock: Callable[[], dt.datetime],
        wake: Callable[[Iterable[str]], None],
    ) -> None:
        """Take where copies wait, what writes there, what is known, the time in UTC, and what wakes recipients."""
        self._store, self._committer, self._tools, self._now, self._wake = store, committer, tools, clock, wake
        self._begun = False

    def outdated(self, outgoing: Outgoing) -> bool:
        """Tell whether something came into force since a departure was read, as far as is known here.

        Raises:
            StoreUnavailable: it is not known at all, or nothing may leave, since the log is not kept.
        """
        self._tools.upkeep.check()
        change = _last(self._tools.shelf.history(self._store), self._now())
        return change is not None and outgoing.at < change

    async def apply(self) -> bool:
        """Apply whatever came into force and was not yet applied; return whether there was something.

        Once for each process also what its files say, which may be others than when the copies were made.

        Raises:
            StoreUnavailable, UnfitVersion: it is not done, and what waits goes on waiting.
        """
        change = await asyncio.to_thread(self._outstanding)
        if change is None and self._begun:
            return False
        place: Place | None = START
        while place is not None:
            place = await self._committer.do(partial(review, moment=change or self._now(), after=place))
        if change is not None:
            await self._committer.do(partial(reviewed, moment=change))
        self._begun = True
        self._wake(self._tools.directory.recipients)
        return True

    def _outstanding(self) -> dt.datetime | None:
        change, applied = _last(History(self._store.steps()), self._now()), self._store.reviewed()
        return change if change is not None and (applied is None or change > applied) else None


def _last(history: History, now: dt.datetime) -> dt.datetime | None:
    return max((step.moment for step in history.steps if step.moment is not None and step.moment <= now), default=None)
