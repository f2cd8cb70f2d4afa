"""Outages of the broker and of the database while events flow: the hub waits, says so, and goes on by itself."""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg.errors import DiskFull

from adapters.sdk.errors import Unavailable
from deploy.nodes.postgresql import ACCOUNT
from deploy.nodes.rabbitmq import Broker
from tests.faults.accounts import Harm, harm, settled
from tests.faults.flow import PATIENCE, PAUSE, Flow
from tests.faults.steady import BEGINNING, DESKS, PEOPLE, PUBLISHERS, Load, event_of
from tests.fixtures.workforce import Workforce

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The client library of the test's own connections leaves behind what nobody asks for, when the broker is killed."""
SETTINGS = {"HUB_WORKER_LEASE_SECONDS": "2", "HUB_RESEND_AFTER_SECONDS": "600"}
FLOWING_SECONDS = 0.5
"""How long events flow before something happens, and while it lasts."""


@pytest.fixture(scope="module")
def broken():
    """A broker of this module's own, for whatever befalls one."""
    with Broker() as node:
        yield node


class Area:
    """A hub of one worker, with events that flow."""

    def __init__(self, workforce, flow, load, desks):
        self.workforce, self.flow, self.load, self.desks = workforce, flow, load, desks
        self.worker = workforce.workers[0]

    def shown(self, path):
        """What the worker answers, well or not; nothing when it does not."""
        try:
            with urllib.request.urlopen(self.worker.address + path, timeout=30) as answer:  # noqa: S310 - our own
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()
        except OSError:
            return ""

    def up(self, component):
        """Whether a component works, by health and by metrics; None while they do not agree."""
        health, metrics = self.shown("/health"), self.shown("/metrics")
        gauge = re.search(rf'^hub_component_up{{component="{component}"}} (.*)$', metrics, re.MULTILINE)
        if not health or not gauge:
            return None
        status = msgspec.json.decode(health)["components"][component]["status"]
        return status == "UP" if (status == "UP") == (float(gauge[1]) == 1) else None

    async def says(self, component, *, up):
        """Return when the worker says so."""
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(self.up, component) is not up:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(PAUSE)

    def sent(self):
        """How many events the broker has taken."""
        return sum(map(len, self.load.sent.values()))

    async def held_back(self):
        """Return when nobody gets anything to the broker any more: what was on its way may still arrive."""
        async with asyncio.timeout(PATIENCE):
            before = -1
            while before != self.sent():
                before = self.sent()
                await asyncio.sleep(FLOWING_SECONDS)

    async def refuses(self):
        """See that whoever publishes by HTTP is told to come again."""
        with pytest.raises(Unavailable):
            await self.flow.publish("probation", event_of("probation", 10_000, self.load.start))

    async def harm(self):
        """Return what all that happened came to, when it has come to its end."""
        await settled(self.workforce, self.load, self.desks)
        return await harm(self.workforce, self.load, self.desks)


@contextlib.asynccontextmanager
async def area(tmp_path, broker, database, **settings):
    """Run a hub, and have events flow when everybody is known."""
    workforce = Workforce(tmp_path, broker, broker.vhost(), database)
    workforce.worker(level="info", settings=SETTINGS | settings).start()
    try:
        async with Flow(workforce) as flow:
            load = Load({agency: await flow.feed(agency) for agency in PUBLISHERS})
            desks = [await flow.desk(recipient) for recipient in DESKS]
            for _ in range(BEGINNING):
                await load.send(PEOPLE)
                await settled(workforce, load, desks)
            yield Area(workforce, flow, load, desks)
    finally:
        workforce.close()
        broker.drop(workforce.vhost)


async def test_the_broker(tmp_path, broken, database):
    """Connections are cut, the broker is restarted, the broker is killed: the hub says that it is away, goes on when
    it is back, and every event that the broker has taken is told once and in order.
    """
    async with area(tmp_path, broken, database) as hub:
        async with hub.load.flowing():
            await asyncio.sleep(FLOWING_SECONDS)
            await asyncio.to_thread(broken.close_connections, hub.workforce.vhost)
            for end in (broken.stop, broken.kill):
                await asyncio.sleep(FLOWING_SECONDS)
                await asyncio.to_thread(end)
                await hub.says("broker", up=False)
                await asyncio.to_thread(broken.start)
                await hub.says("broker", up=True)
            await asyncio.sleep(FLOWING_SECONDS)

        assert Harm() == await hub.harm()


async def test_the_brokers_disk(tmp_path, broken, database):
    """When the broker has no room on its disk the hub says so, publishers wait and go on by themselves, and every event
    is told once and in order.
    """
    async with area(tmp_path, broken, database) as hub:
        async with hub.load.flowing():
            await asyncio.sleep(FLOWING_SECONDS)
            await asyncio.to_thread(broken.control, "set_disk_free_limit", "1000GB")
            await hub.says("broker", up=False)
            await hub.held_back()
            await asyncio.to_thread(broken.control, "set_disk_free_limit", "50MB")
            await hub.says("broker", up=True)
            await asyncio.sleep(FLOWING_SECONDS)

        assert Harm() == await hub.harm()


async def test_the_database(tmp_path, broker, own_postgres):
    """The database is restarted, and killed: the hub says that it is away, whoever publishes by HTTP is told to come
    again, what comes by the broker waits there, and everything is told once and in order afterwards.
    """
    async with area(tmp_path, broker, own_postgres.database()) as hub:
        async with hub.load.flowing():
            for end in (own_postgres.stop, own_postgres.kill):
                await asyncio.sleep(FLOWING_SECONDS)
                await asyncio.to_thread(end)
                await hub.says("store", up=False)
                await hub.refuses()
                await asyncio.to_thread(own_postgres.start)
                await hub.says("store", up=True)
            await asyncio.sleep(FLOWING_SECONDS)

        assert Harm() == await hub.harm()


async def test_the_log(tmp_path, broker, database):
    """When the log over the record cannot be written the hub says so, whoever publishes by HTTP is told to come again,
    what comes by the broker waits there, nothing recorded leaves, and then everything is told once and in order.
    """

    def rename(table, name):
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO {name}")

    async with area(tmp_path, broker, database, HUB_LEDGER_STALE_SECONDS="2") as hub:
        async with hub.load.flowing():
            await asyncio.sleep(FLOWING_SECONDS)
            await asyncio.to_thread(rename, "log_tiles", "elsewhere")
            await hub.says("ledger", up=False)
            await hub.refuses()
            await asyncio.sleep(FLOWING_SECONDS)  # what had left when it stopped arrives
            given = [len(desk.copies) for desk in hub.desks]
            await asyncio.sleep(4 * FLOWING_SECONDS)
            assert given == [len(desk.copies) for desk in hub.desks]
            await asyncio.to_thread(rename, "elsewhere", "log_tiles")
            await hub.says("ledger", up=True)
            await asyncio.sleep(FLOWING_SECONDS)

        assert Harm() == await hub.harm()


class SmallDisk:
    """A database on a file system of its own with so little room that it can be filled."""

    def __init__(self, postgres):
        self._folder = Path(tempfile.mkdtemp(prefix="hub-small-"))
        options = ["-o", f"size=48m,mode=700,uid={ACCOUNT}"]
        subprocess.run(["mount", "-t", "tmpfs", *options, "none", self._folder], check=True)  # noqa: S607 - as on Linux
        self._postgres = postgres

    def __enter__(self):
        at = self._postgres.address
        with psycopg.connect(
            host="127.0.0.1", port=at.port, user="postgres", password=at.password, dbname="postgres", autocommit=True
        ) as administrator:
            administrator.execute(f"CREATE TABLESPACE small LOCATION '{self._folder}'")
            administrator.execute("CREATE DATABASE small OWNER hub TABLESPACE small")
        self.database = self._postgres.url("small")
        return self

    def __exit__(self, *_):
        self._postgres.kill()
        subprocess.run(["umount", self._folder], check=True)  # noqa: S607 - as on Linux
        shutil.rmtree(self._folder)

    def fill(self):
        """Leave no room at all."""
        with self._connected() as connection, contextlib.suppress(DiskFull):
            connection.execute("CREATE TABLE ballast (x text)")
            connection.execute("ALTER TABLE ballast ALTER x SET STORAGE PLAIN")
            while True:
                connection.execute("INSERT INTO ballast SELECT repeat('x', 6000) FROM generate_series(1, 10)")

    def empty(self):
        """Give the room back."""
        with self._connected() as connection:
            connection.execute("DROP TABLE ballast")

    def _connected(self):
        return psycopg.connect(self.database.replace("+psycopg", ""), autocommit=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a file system")
async def test_the_databases_disk(tmp_path, broker, own_postgres):
    """When the database has no room left the hub says that it takes nothing, whoever publishes by HTTP is told to come
    again, and when there is room everything is told once and in order, with nothing left to an operator.
    """
    with SmallDisk(own_postgres) as disk:
        async with area(tmp_path, broker, disk.database) as hub:
            async with hub.load.flowing():
                await asyncio.sleep(FLOWING_SECONDS)
                await asyncio.to_thread(disk.fill)
                await hub.says("intake", up=False)
                await hub.refuses()
                await asyncio.to_thread(disk.empty)
                await hub.says("intake", up=True)
                await asyncio.sleep(FLOWING_SECONDS)

            assert Harm() == await hub.harm()
