"""The long version of the hunt for leaks: other seeds, more events."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.campaign.finding import Finding
from tests.leaks.hunt import Hunt
from tests.leaks.protocol import may_see

SEEDS = int(os.environ.get("CAMPAIGN_HUNTS", "4"))


def findings() -> Iterator[Finding]:
    """Hunt with several seeds, and yield what was looked at and what was found where it may not be."""
    events = copies = markers = in_copies = elsewhere = 0
    for seed in range(SEEDS):
        with tempfile.TemporaryDirectory(prefix="hunt-") as folder:
            hunt = Hunt(Path(folder), seed)
            hunt.run(rounds=2)
            events += sum(hunt.outcomes.values())
            copies += len(hunt.copies)
            markers += len(hunt.marking.markers)
            in_copies += sum(
                not may_see(c.role, c.recipient, marker)
                for c in hunt.copies
                for _, marker in hunt.marking.found(c.body)
            )
            kept = [hunt.log, *hunt.files.values(), *(value for _, value in hunt.columns())]
            elsewhere += sum(1 for content in kept for _ in hunt.marking.found(content))
    yield Finding(
        "leaks.events",
        events,
        "events",
        "random events of every type through the door of a running hub, with a marker in every sensitive leaf",
    )
    yield Finding("leaks.markers", markers, "values", "marked values that stand nowhere else in the world")
    yield Finding("leaks.copies", copies, "copies", "copies searched for them")
    yield Finding(
        "leaks.in_copies",
        in_copies,
        "values",
        "found in a copy to a role to which the protocol's table does not open them",
    )
    yield Finding("leaks.elsewhere", elsewhere, "values", "found in the log, a file or a column of the store")
