"""Hubs' processes that kill themselves, each at one chosen point while it tries something again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.labels import Role
from schemas.record.need import Risk
from tests.faults.crashing import SECRET, at, plant
from tests.fixtures.agencies import POLICIES, recipient_id
from tests.fixtures.chapters import adopted, received
from tests.fixtures.failing import Failing
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story, shelf_of

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


def main(folder: Path) -> None:
    """Have one hub die at each point, and say how each ended; the agreements are read once for all."""
    shelf_of(POLICIES)
    for point in POINTS:
        child = os.fork()
        if child == 0:
            (folder / point.replace(" ", "-")).mkdir()
            asyncio.run(run(folder / point.replace(" ", "-"), point))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"{point}: {os.waitstatus_to_exitcode(status)}", flush=True)  # noqa: T201 - it is asked for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
