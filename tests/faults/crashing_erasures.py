"""Hubs' processes that kill themselves, each at one chosen point of an erasure."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from schemas.labels import Role
from tests.faults.crashing import SECRET, at, die_at_each, plant
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story

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


if __name__ == "__main__":
    die_at_each(Path(sys.argv[1]), POINTS, run)
