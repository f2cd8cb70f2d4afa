"""A hub that stands in for the hub, a client connected with it, and a hub at either of its doors."""

import asyncio

import pytest

from adapters.sdk import AgencyKey, connect
from adapters.sdk.patience import Patience
from adapters.sdk.testing import FakeHub
from tests.fixtures.places import StandIn

QUICK = Patience(first=0.01, longest=0.05, jitter=0.0)


@pytest.fixture
async def hub():
    async with FakeHub() as hub:
        yield hub


@pytest.fixture
async def client(hub):
    async with connect(hub.address, "prison-system", AgencyKey.generate()) as client:
        yield client


@pytest.fixture(params=["http", "amqp"])
def place(request):
    """The hub that stands in for the hub, over HTTP, and then a true hub at its broker."""
    return request.getfixturevalue("at_broker") if request.param == "amqp" else StandIn(request.getfixturevalue("hub"))


@pytest.fixture
def quick():
    return QUICK


@pytest.fixture
def until():
    async def until(condition, seconds=60):
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - what is awaited happens in another process
                await asyncio.sleep(0.01)

    return until


@pytest.fixture
def all_received(place):
    async def all_received(count, seconds=60):
        async with asyncio.timeout(seconds):
            while len(await place.received()) < count:  # noqa: ASYNC110 - the hub is another process
                await asyncio.sleep(0.05)

    return all_received
