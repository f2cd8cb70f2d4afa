"""Whether a task is to end: what the broker's client library does not always tell it."""

from __future__ import annotations

import asyncio


def cancelled() -> bool:
    """Tell whether the task that asks was told to end.

    Where a channel closes at that very moment, the library raises its end in the cancellation's place.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
