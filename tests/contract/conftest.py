"""The true hub of a session, for whoever only speaks with it."""

import pytest

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
