"""Processes that let the log grow, turn the month or change its key, and kill themselves at one chosen write of it.

``python -m tests.faults.crashing_log FOLDER [DATABASE]`` has one of them die at each point, one after the other on one
store, in the folder or the database of that URL; after each it says how it ended, and what of the ledger does not hold.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from hub.sealing import Sealer
from hub.store.logged import SqlLog
from hub.store.postgres import PostgresStore
from hub.store.postgres_transaction import PostgresTransaction
from hub.store.sqlite import SqliteStore, _SqliteTransaction
from tests.faults.crashing import die
from tests.faults.ledgers import does_not_hold
from tests.fixtures.agencies import POLICIES
from tests.fixtures.chapters import member
from tests.fixtures.people import person
from tests.fixtures.story import MORNING, Story, shelf_of

SECRET = b"the secret of a hub that crashes"
GROWING = ("UPDATE log_shards", "INSERT log_tiles", "commit", "grown")
TURNING = ("UPDATE log_shards", "INSERT log_shards", "INSERT log_tiles", "commit", "grown")
CHANGING = ("entries", "log_keys", "committing", "committed")
POINTS = (
    *(("growing", point) for point in GROWING),
    *(("turning", point) for point in TURNING),
    *(("changing", point) for point in CHANGING),
)
"""What is done, and before which write of it, or before or after the end of which transaction, its process dies."""


def plant(pass_by: Callable[[str], None]) -> None:
    """Have the points passed by: each statement to the log's tables, and the ends of transactions."""

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(_: Any, __: Any, text: str, *___: Any) -> None:
        words = text.replace("INTO ", "").split()
        pass_by(" ".join(words[:2]))

    event.listen(Engine, "commit", lambda _: pass_by("commit"))
    for owner in (_SqliteTransaction, PostgresTransaction):
        _before(owner, "_change", lambda _, name, *__: pass_by(name))
    _before(PostgresTransaction, "commit", lambda *_: pass_by("committing"))
    event.listen(Engine, "commit", lambda _: pass_by("committing"))
    _after(SqlLog, "grow", lambda: pass_by("grown"))
    for store in (SqliteStore, PostgresStore):
        _after(store, "transact", lambda: pass_by("committed"))


def _before(owner: type, name: str, tell: Callable[..., None]) -> None:
    done = getattr(owner, name)

    def passed(*given: Any) -> Any:
        tell(*given)
        return done(*given)

    setattr(owner, name, passed)


def _after(owner: type, name: str, tell: Callable[[], None]) -> None:
    done = getattr(owner, name)

    def passed(*given: Any) -> Any:
        result = done(*given)
        tell()
        return result

    setattr(owner, name, passed)


async def grow(story: Story) -> None:
    """Take in what was recorded."""
    await story.hub.ledger.grow()


async def change(story: Story) -> None:
    """Let another key sign."""
    await story.hub.ledger.new_key(story.principal("operator"), "a year is over", dt.timedelta(days=1))


STEPS: dict[str, Callable[[Story], Awaitable[None]]] = {"growing": grow, "turning": grow, "changing": change}


async def run(folder: Path, database: str, nth: int, what: str, point: str) -> None:
    """Record something, and do one thing with the log; die at the point."""
    armed: list[str] = []
    plant(lambda here: die() if here in armed else None)
    months = sum(each == "turning" for each, _ in POINTS[: nth + 1])
    now = MORNING.replace(month=1) + dt.timedelta(days=31 * months, minutes=nth)
    async with Story(folder, secret=SECRET, database=database, now=now) as story:
        if what != "turning":
            await story.hub.ledger.grow()
        # With an id of its own: those that are counted begin anew in each process.
        await story.tell("ppo.adopted", person(nth + 1), event_id=f"event-{nth}", memberships=[member()])
        armed.append(point)
        await STEPS[what](story)


def left(folder: Path, database: str) -> dict[str, object]:
    """Return what is on disk, and what of it does not hold when the log was let grow."""
    store = PostgresStore(database) if database else SqliteStore(folder / "hub.sqlite")
    entries = [each.row.content for each in store.log.recorded(0, store.log.end(), limit=9999)]
    found = {
        "people": sum(b'"event":"ppo.adopted"' in each and b'"kind":"collection"' in each for each in entries),
        "keys": len(store.log.keys()),
        "changes": sum(b'"event":"ledger.key"' in each for each in entries),
    }
    return found | {"wrong": does_not_hold(store, Sealer(SECRET))}


def main(folder: Path, database: str = "") -> None:
    """Have one process die at each point; the agreements are read once for all."""
    shelf_of(POLICIES)
    for nth, (what, point) in enumerate(POINTS):
        child = os.fork()
        if child == 0:
            asyncio.run(run(folder, database, nth, what, point))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        told = {"what": what, "point": point, "code": os.waitstatus_to_exitcode(status)}
        print(json.dumps(told | left(folder, database)), flush=True)  # noqa: T201 - it is asked for


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
