"""Hubs' processes that kill themselves, each at one chosen point of an erasure."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from schemas.labels import Role
from tests.faults.crashing import SECRET, at, plant
from tests.fixtures.agencies import POLICIES
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story, shelf_of

CHANGED = ("UPDATE entries", "UPDATE copies", "DELETE mail", "DELETE data_keys", "DELETE people", "erased", "entries")
POINTS = (*(f"before {what}" for what in (*CHANGED, "copies", "mail", "commit")), "after commit")


async def run(folder: Path, point: str) -> None:
    """Let something be told of two people, some of it received; then erase one of them, and die."""
    armed: list[Callable[[str], None]] = []
    plant(lambda here: armed[0](here) if armed else None)
    async with Story(folder, secret=SECRET) as story:
        for i in (1, 2):
            await adopted(story, person(i))
            await received(story, only_number(i))
        await story.news(Role.PRISON_RECEPTION)
        who = await story.hub.keeping.find(person(1))
        (folder / "who").write_text(who)
        armed.append(at(point, 1))
        await story.hub.keeping.erase(story.principal("operator"), who, basis="section-47", reason="as was asked")


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
