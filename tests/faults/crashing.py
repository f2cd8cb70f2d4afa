"""Hubs' processes that kill themselves, each at one chosen point of one transaction."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from hub.delivery.mailroom import Mailroom
from hub.store.sqlite import SqliteStore
from schemas.record.custody import Custody
from tests.fixtures.agencies import POLICIES
from tests.fixtures.chapters import member
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story, shelf_of

SECRET = b"the secret of a hub that crashes"
EVENTS = 6
"""How many events are published: three people are adopted, and then received."""
TABLES = ("seen", "people", "person_keys", "entries", "copies", "mail", "heads")
MEMBER, HELD = [member()], Custody(in_custody=True, establishment="BMI")
NTH = {"before person_keys": 2}
"""When a point is passed for this time its process dies; where nothing is said, for the fifth."""
POINTS = (*(f"before {table}" for table in TABLES), "before commit", "after commit", "before wake", "after answer")


Run = Callable[[Path, str], Coroutine[Any, Any, None]]
"""What a hub does in a folder until it dies at a point."""


def die() -> None:
    """End as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def at(point: str, nth: int) -> Callable[[str], None]:
    """Return what dies when one point is reached for the n-th time."""
    reached = itertools.count(1)

    def pass_by(here: str) -> None:
        if here == point and next(reached) == nth:
            die()

    return pass_by


def plant(pass_by: Callable[[str], None]) -> None:
    """Have the points passed by: the statements, the commit, its end, and the waking of those who wait."""

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(_: Any, __: Any, text: str, *___: Any) -> None:
        words = text.split()
        if words[:2] == ["INSERT", "INTO"]:
            pass_by(f"before {words[2]}")
        elif words[0] in {"UPDATE", "DELETE"}:
            pass_by(f"before {words[0]} {words[1 if words[0] == 'UPDATE' else 2]}")

    event.listen(Engine, "commit", lambda _: pass_by("before commit"))
    transact, wake = SqliteStore.transact, Mailroom.wake

    def transacted(store: SqliteStore, work: Any) -> Any:
        result = transact(store, work)
        pass_by("after commit")
        return result

    def woken(mailroom: Mailroom, recipients: Any) -> None:
        pass_by("before wake")
        wake(mailroom, recipients)

    SqliteStore.transact, Mailroom.wake = transacted, woken  # type: ignore[method-assign,assignment]  # for this process alone


async def publish(story: Story, i: int) -> str:
    """Publish the i-th event, the same whenever it is published."""
    who, at_ = i % 3 + 1, story.now.replace(minute=i)
    if i < 3:
        outcome = await story.tell("ppo.adopted", person(who), at=at_, event_id=f"event-{i}", memberships=MEMBER)
    else:
        outcome = await story.tell("custody.received", only_number(who), at=at_, event_id=f"event-{i}", custody=HELD)
    return outcome.state


async def run(folder: Path, point: str) -> None:
    """Publish one event after another; write down each that was answered."""
    armed: list[Callable[[str], None]] = []
    plant(lambda here: armed[0](here) if armed else None)
    async with Story(folder, secret=SECRET) as story:
        armed.append(at(point, NTH.get(point, 5)))
        with (folder / "answered").open("wb", buffering=0) as answered:
            for i in range(EVENTS):
                await publish(story, i)
                armed[0]("after answer")
                answered.write(f"{i}\n".encode())


def die_at_each(folder: Path, points: Iterable[str], run: Run) -> None:
    """Have one hub die at each point, and say how each ended; the agreements are read once for all."""
    shelf_of(POLICIES)
    for point in points:
        child = os.fork()
        if child == 0:
            (folder / point.replace(" ", "-")).mkdir()
            asyncio.run(run(folder / point.replace(" ", "-"), point))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"{point}: {os.waitstatus_to_exitcode(status)}", flush=True)  # noqa: T201 - it is asked for


if __name__ == "__main__":
    die_at_each(Path(sys.argv[1]), POINTS, run)
