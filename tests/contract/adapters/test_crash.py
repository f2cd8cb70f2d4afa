"""A subscriber that is killed at the worst moments loses and doubles nothing, at either door."""

import asyncio
import signal
import sqlite3
import sys
from collections import Counter

import pytest

SUBSCRIBER = """
import asyncio, os, sys
from pathlib import Path
from adapters.sdk import AgencyKey, Subscriber, connect, run

address, client_id, key, recipient, inbox, log, stop_at = sys.argv[1:]

async def handle(copy):
    with open(log, "a") as file:
        file.write(copy.delivery + "\\n")
        file.flush()
        os.fsync(file.fileno())
    if copy.get("subject.surname") == stop_at:
        await asyncio.sleep(60)

async def never(recipient, deliveries, digests):
    await asyncio.Event().wait()

async def serve(stop):
    async with connect(address, client_id, AgencyKey.load(Path(key))) as client:
        if stop_at == "the receipt":
            client.receipt = never
        async with Subscriber(client, recipient, Path(inbox), handle, wait=1) as subscriber:
            await subscriber.run(stop)

run(serve)
"""


@pytest.fixture
def start(place, tmp_path):
    place.desk.save(tmp_path / "key.pem")

    async def start(stop_at=""):
        key, inbox, log = (str(tmp_path / name) for name in ("key.pem", "inbox.db", "handled"))
        words = [place.address, place.desk.client, key, place.recipient, inbox, log, stop_at]
        return await asyncio.create_subprocess_exec(sys.executable, "-c", SUBSCRIBER, *words)

    return start


@pytest.fixture
def handled(tmp_path):
    def handled():
        log = tmp_path / "handled"
        return log.read_text().split() if log.exists() else []

    return handled


def at_rest(tmp_path):
    """Tell whether the inbox on disc has copies, and all of them were handled."""
    connection = sqlite3.connect(tmp_path / "inbox.db", timeout=5)
    try:
        return {("handled",)} == set(connection.execute("SELECT state FROM copies"))
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


async def ended(process, sign):
    process.send_signal(sign)
    return await asyncio.wait_for(process.wait(), 60)


async def test_killed_between_inbox_and_receipt(place, start, handled, until, all_received, tmp_path):
    """Killed before the hub had its receipt, the next process gives it and handles nothing twice."""
    given = [await place.give("Jones") for _ in range(5)]
    first = await start(stop_at="the receipt")
    await until(lambda: at_rest(tmp_path))
    before = await place.received()
    await ended(first, signal.SIGKILL)

    second = await start()
    given.append(await place.give("Jones"))
    await until(lambda: len(handled()) >= 6)
    await all_received(6)
    code = await ended(second, signal.SIGTERM)

    assert [] == before
    assert given == handled()
    assert given == await place.received()
    assert 0 == code


async def test_killed_inside_the_handler(place, start, handled, until):
    """Killed while its handler was at work, the next process gives the handler the same delivery, and goes on."""
    given = [await place.give(name) for name in ("P0", "P1", "P2")]
    first = await start(stop_at="P1")
    await until(lambda: given[1] in handled())
    await ended(first, signal.SIGKILL)

    second = await start()
    await until(lambda: len(handled()) == 4)
    await ended(second, signal.SIGINT)

    assert {given[0]: 1, given[1]: 2, given[2]: 1} == Counter(handled())
