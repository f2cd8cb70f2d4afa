"""The true hub of a session, for whoever only speaks with it; and what hubs in this process read once."""

import functools

import pytest

from hub import bootstrap
from hub.access import keys
from tests.fixtures.area import Area
from tests.fixtures.places import AtBroker


@pytest.fixture(scope="session")
def area(broker, postgres, tmp_path_factory):
    """A hub with a broker; nobody may stop it."""
    vhost, database = broker.vhost(), postgres.database()
    with Area(tmp_path_factory.mktemp("area"), database, broker, vhost) as area:
        yield area
    broker.drop(vhost)
    postgres.drop(database)


@pytest.fixture
async def at_broker(area):
    """The same hub, with people of this test's own and nothing that waits."""
    place = AtBroker(area)
    await place.begin()
    return place


@pytest.fixture(scope="session", autouse=True)
def _read_once():
    """Read agreements, directories and keys once for all hubs of this process: they are immutable, and what reading
    and checking them takes is most of a start.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((bootstrap, "load_agreements"), (bootstrap, "load_directory"), (keys, "_parse")):
            patch.setattr(module, name, functools.cache(getattr(module, name)))
        yield
