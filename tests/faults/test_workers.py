"""Three workers share the partitions of one hub: what becomes of one's share when it is cut off, stopped or killed."""

import asyncio
import contextlib
import os
import signal

import pytest
from yarl import URL

from tests.faults.accounts import Accounts, Harm, harm, rows, settled
from tests.faults.flow import Flow, until
from tests.faults.mortal import done, order
from tests.faults.steady import BEGINNING, DESKS, PEOPLE, PUBLISHERS, Load
from tests.fixtures.area import PARTITIONS
from tests.fixtures.serving import free_port, kill, program

SETTINGS = {"HUB_WORKER_LEASE_SECONDS": "2", "HUB_RESEND_AFTER_SECONDS": "600"}
FLOWING_SECONDS = 0.5
"""How long events flow before something happens."""


class Way:
    """One worker's way to a server, which can be cut."""

    def __init__(self, workforce, setting):
        server, port = URL(workforce.settings[setting]), free_port()
        log = workforce.folder / f"{setting}.log"
        self._passing = program("-m", "tests.faults.proxy", str(port), str(server.port), log=log)
        self.settings = {setting: str(server.with_port(port))}

    @contextlib.contextmanager
    def cut(self):
        with stopped(self._passing.pid):
            yield

    def close(self):
        kill(self._passing)


@contextlib.contextmanager
def stopped(pid):
    """Let a process stand still, neither alive nor dead."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def ways(workforce):
    """The third worker's ways to the database and to the broker."""
    ways = [Way(workforce, setting) for setting in ("HUB_STORE", "HUB_BROKER")]
    yield ways
    for way in ways:
        way.close()


@pytest.fixture
def three(workforce, ways):
    """Three workers at work, of which the second stops where it is told."""
    told = ("-m", "tests.faults.mortal", str(workforce.folder))
    workforce.worker(level="info", settings=SETTINGS)
    workforce.worker(level="info", settings=SETTINGS, command=told)
    workforce.worker(level="info", settings=SETTINGS | ways[0].settings | ways[1].settings)
    for worker in workforce.workers:
        worker.start(wait=False)
    for worker in workforce.workers:
        worker.ready()
    return workforce


def process_of(three, worker):
    """Return the process that a worker is known by."""
    return int((three.folder / "pid").read_text()) if worker is three.workers[1] else worker.pid


def shares(workforce):
    """Return how many partitions each living worker holds, by its process, leaving out those that hold none."""
    held = rows(
        workforce.database,
        "SELECT name, (SELECT count(*) FROM partitions WHERE worker = id) FROM workers"
        " WHERE until > extract(epoch FROM clock_timestamp())",
    )
    return {int(name.split()[-1]): count for name, count in held if count}


async def taken_over(three, load, *by):
    """Return when these workers hold all partitions between them, and what was sent until now is in the record."""
    sent, workers = {agency: list(ids) for agency, ids in load.sent.items()}, {process_of(three, each) for each in by}
    await until(lambda: fairly_shared(shares(three), workers) and not missing(three, sent))


def fairly_shared(shares, workers):
    """Tell whether these and no others hold the partitions, each of them a part."""
    return shares.keys() == workers and sum(shares.values()) == PARTITIONS


def missing(three, sent):
    taken = set(Accounts(three).taken(sent))
    return [event for ids in sent.values() for event in ids if event not in taken]


async def test_the_others_take_over(three, ways):
    """Of three workers one is cut off from the database, and from the broker alone, one stopped, one killed: each time
    the others take over all that it had in hand, one that comes back has its share again, and every event is told once
    and in order to each recipient.
    """
    first, second, third = three.workers
    async with Flow(three) as flow:
        load = Load({agency: await flow.feed(agency) for agency in PUBLISHERS})
        desks = [await flow.desk(recipient) for recipient in DESKS]
        await taken_over(three, load, first, second, third)
        for _ in range(BEGINNING):
            await load.send(PEOPLE)
            await settled(three, load, desks)

        async with load.flowing():
            await asyncio.sleep(FLOWING_SECONDS)
            for way in ways:
                with way.cut():
                    await asyncio.sleep(FLOWING_SECONDS)
                    await taken_over(three, load, first, second)
                await taken_over(three, load, first, second, third)
            order(three.folder, "stop", "in the midst of writing")
            await until(done(three.folder, "stop").exists)
            await taken_over(three, load, first, third)
            os.kill(process_of(three, second), signal.SIGCONT)
            await taken_over(three, load, first, second, third)
            first.kill()
            await asyncio.sleep(FLOWING_SECONDS)
            await taken_over(three, load, second, third)
        await settled(three, load, desks)

        assert Harm() == await harm(three, load, desks)
    for woken in (second, third):
        assert "lease-lost" in woken.log.read_text()
