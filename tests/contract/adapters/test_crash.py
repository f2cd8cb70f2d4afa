"""A subscriber that is killed at the worst moments loses and doubles nothing."""

import asyncio
import signal
import sqlite3
import sys

import pytest

from adapters.sdk import AgencyKey
from adapters.sdk.testing import Fault

SUBSCRIBER = """
import asyncio, os, sys
from pathlib import Path
from adapters.sdk import AgencyKey, Subscriber, connect, run

address, key, inbox, log, stop_at = sys.argv[1:]

async def handle(copy):
    with open(log, "a") as file:
        file.write(copy.delivery + "\\n")
        file.flush()
        os.fsync(file.fileno())
    if copy.get("subject.surname") == stop_at:
        await asyncio.sleep(60)

async def serve(stop):
    async with connect(address, "desk", AgencyKey.load(Path(key))) as client:
        async with Subscriber(client, "bmi-reception", Path(inbox), handle, wait=1) as subscriber:
            await subscriber.run(stop)

run(serve)
"""


@pytest.fixture
def start(hub, tmp_path):
    key = tmp_path / "key.pem"
    AgencyKey.generate().save(key)

    async def start(stop_at=""):
        paths = [str(tmp_path / name) for name in ("key.pem", "inbox.db", "handled")]
        return await asyncio.create_subprocess_exec(sys.executable, "-c", SUBSCRIBER, hub.address, *paths, stop_at)

    return start


@pytest.fixture
def handled(tmp_path):
    def handled():
        log = tmp_path / "handled"
        return log.read_text().split() if log.exists() else []

    return handled


def marked(tmp_path):
    """Return how many copies the inbox on disc says were handled."""
    connection = sqlite3.connect(tmp_path / "inbox.db", timeout=5)
    try:
        return connection.execute("SELECT COUNT(*) FROM copies WHERE state = 'handled'").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


async def ended(process, sign):
    process.send_signal(sign)
    return await asyncio.wait_for(process.wait(), 20)


async def test_killed_between_inbox_and_receipt(hub, start, handled, until, tmp_path):
    """Killed before the hub had its receipt, the next process gives it and handles nothing twice."""
    given = [hub.give("bmi-reception", "custody.returned", {"subject": {"surname": f"P{n}"}}) for n in range(5)]
    hub.faults.append(Fault(path="/receipts", hang=True))
    first = await start()
    await until(lambda: hub.hanging.get("/receipts") and marked(tmp_path) == 5)
    before = list(hub.mailbox("bmi-reception").received)
    await ended(first, signal.SIGKILL)

    second = await start()
    given.append(hub.give("bmi-reception", "custody.returned", {"subject": {"surname": "P5"}}))
    await until(lambda: len(handled()) >= 6 and len(hub.mailbox("bmi-reception").received) == 6)
    code = await ended(second, signal.SIGTERM)

    assert [] == before
    assert given == handled()
    assert given == list(hub.mailbox("bmi-reception").received)
    assert 0 == code


async def test_killed_inside_the_handler(hub, start, handled, until):
    """Killed while its handler was at work, the next process gives the handler the same delivery, and goes on."""
    given = [hub.give("bmi-reception", "custody.returned", {"subject": {"surname": f"P{n}"}}) for n in range(3)]
    first = await start(stop_at="P1")
    await until(lambda: handled() == given[:2])
    await ended(first, signal.SIGKILL)

    second = await start()
    await until(lambda: len(handled()) == 4)
    await ended(second, signal.SIGINT)

    assert [given[0], given[1], given[1], given[2]] == handled()
