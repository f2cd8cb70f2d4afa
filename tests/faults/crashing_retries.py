"""Hubs' processes that kill themselves, each at one chosen point while it tries something again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.labels import Role
from schemas.record.need import Risk
from tests.faults.crashing import SECRET, at, die_at_each, plant
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import adopted, received
from tests.fixtures.failing import Failing
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story

POINTS = {
    "before it is counted": ("before commit", 1),
    "after it is counted": ("after commit", 1),
    "before it is told": ("before entries", 1),
    "half told": ("before mail", 1),
    "before it is settled": ("before commit", 2),
    "after it is settled": ("after commit", 2),
}
"""What is passed by, and for which time, when the process dies: the first transaction counts, the second tries."""


async def run(folder: Path, point: str) -> None:
    """Let an event fail, and a copy with another behind it; then try them again, and die."""
    armed: list[Callable[[str], None]] = []
    plant(lambda here: armed[0](here) if armed else None)
    with pytest.MonkeyPatch.context() as patch:
        failing = Failing(patch)
        async with Story(folder, secret=SECRET) as story:
            for i in (1, 2):
                await adopted(story, person(i))
            await story.settle_mailboxes()
            failing.recipients = {recipient_id(Role.PRISON_RECEPTION)}
            await received(story, only_number(1))
            failing.recipients, failing.events = set(), True
            await received(story, only_number(2))
            failing.events = False
            await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="high"))
            armed.append(at(*POINTS[point]))
            await story.later(seconds=1)


if __name__ == "__main__":
    die_at_each(Path(sys.argv[1]), POINTS, run)
