"""Two hubs on one database go over to a new version of the agreement at its moment, while events flow."""

import asyncio
import contextlib
import datetime as dt
import itertools

import msgspec
import pytest

from adapters.sdk.http import HttpClient
from hub.bootstrap import build_hub
from hub.cli.session import operator
from hub.config import read_config
from hub.ledger.entry import decode_entry
from hub.store.postgres import migrate_database
from tests.faults.accounts import rows
from tests.faults.flow import PATIENCE, PAUSE
from tests.faults.steady import EVERY_SECONDS, PUBLISHERS, event_of
from tests.fixtures.agencies import POLICIES, Agencies
from tests.fixtures.serving import Serving
from tests.fixtures.signing import Signing

NAME = "west-midlands-offender-management"
OLD = POLICIES / f"{NAME}.yaml"
AHEAD = dt.timedelta(seconds=5)
BOTH = {"police-system", "probation-system"}
"""Who publishes: one at each of the two hubs."""


@pytest.fixture
def two(tmp_path, database):
    """Two hubs without a broker on one database."""
    migrate_database(database)
    agencies, settings = Agencies(), {"HUB_STORE": database}
    two = [
        Serving(tmp_path / f"hub-{n}", agencies, data=tmp_path / "data", settings=settings, level="info")
        for n in range(2)
    ]
    for each in two:
        each.start(wait=False)
    for each in two:
        each.ready()
    yield two
    for each in two:
        each.kill()


class Operators:
    """Two people at a command of their own on the same database."""

    def __init__(self, serving):
        self._serving, self._hub = serving, build_hub(read_config(serving.environment))

    async def __aenter__(self):
        await self._hub.start(ticking=False)
        self._sign = Signing(self._hub.agreements, operator(), self._serving.agencies.signatories)
        return self

    async def __aexit__(self, *_):
        await self._hub.stop()

    async def propose(self, file):
        return await self._sign.propose(file.read_bytes())

    async def approve(self, name, since=None):
        """Return the moment from which the version is in force."""
        return (await self._sign.approve(name, since=since))[0].since


@contextlib.asynccontextmanager
async def flowing(two):
    """Let each of the two publishers tell one of the hubs of event after event."""
    start, going = dt.datetime.now(dt.UTC).replace(microsecond=0), True

    async def tell(serving, agency):
        agencies, i = serving.agencies, 0
        async with HttpClient(serving.address, agencies.client_id(agency), agencies.keys[agency], None) as http:
            while going:
                await http.publish([msgspec.json.encode(event_of(agency, i, start))])
                i += 1
                await asyncio.sleep(EVERY_SECONDS)

    async with asyncio.TaskGroup() as running:
        for each in zip(two, PUBLISHERS, strict=True):
            running.create_task(tell(*each))
        yield
        going = False


async def reach(moment):
    await asyncio.sleep(max((moment - dt.datetime.now(dt.UTC)).total_seconds(), 0))


def told(database):
    """Return what was told, in the order of the record: who published it, of which event, when, and citing what."""
    found = [decode_entry(bytes(c)) for (c,) in rows(database, 'SELECT content FROM entries ORDER BY "index"')]
    return [(e.by, e.reference, e.at, view.agreements) for e in found if e.kind == "disclosure" for view in e.views]


async def told_under(database, version, since):
    """Return when events of both publishers were told under a version, since a moment."""

    def by():
        return {by for by, _, at, cited in told(database) if at >= since and cited == (version,)}

    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(by) >= BOTH:  # noqa: ASYNC110 - other processes tell them
            await asyncio.sleep(PAUSE)


async def test_both_change_over_at_the_moment(two, tmp_path, database):
    """Each event is told under one version alone, in the order of the record the new one follows the old one once,
    whichever of the two hubs told it, and at its moment; none was restarted.
    """
    new = tmp_path / "new.yaml"
    new.write_text(OLD.read_text().replace("Speak to the person named", "Speak kindly to the person named"))
    processes = [each.pid for each in two]

    async with Operators(two[0]) as operators:
        old, name = await operators.propose(OLD), await operators.propose(new)
        first = await operators.approve(old)
        await reach(first)
        async with flowing(two):
            await told_under(database, old, first)
            moment = await operators.approve(name, dt.datetime.now(dt.UTC) + AHEAD)
            await told_under(database, name, moment)
            again = await operators.approve(old)
            await told_under(database, old, again)

    found = told(database)
    cited = [agreements for *_, agreements in found]
    changes = [pair for pair in itertools.pairwise(cited) if pair[0] != pair[1]]
    assert [((old,), (name,)), ((name,), (old,))] == changes
    assert all((name,) == agreements for _, _, at, agreements in found if moment <= at < again)
    assert all((old,) == agreements for _, _, at, agreements in found if at < moment or at >= again)
    by_event = {}
    for by, reference, _, agreements in found:
        by_event.setdefault((by, reference), set()).add(agreements)
    assert {1} == {len(each) for each in by_event.values()}
    assert processes == [each.pid for each in two]
