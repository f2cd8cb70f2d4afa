"""What is erased when its time is over."""

from __future__ import annotations

import datetime as dt

from hub.pipeline.draft import Batch

KEPT = dt.timedelta(days=1)
"""How long a departure that was sent is kept at least."""
PORTION = 500
"""At how many departures is looked at once, whether they are needed still."""


def forget_departures(after: int, batch: Batch) -> int | None:
    """Delete, of a portion of those sent long ago, the departures that are needed no more; return the next place."""
    return batch.tx.forget_departures(after=after, before=batch.now - KEPT, limit=PORTION)
