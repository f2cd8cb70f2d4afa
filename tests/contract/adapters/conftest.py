"""A hub that stands in for the hub, and a client connected with it."""

import asyncio

import pytest

from adapters.sdk import AgencyKey, connect
from adapters.sdk.patience import Patience
from adapters.sdk.testing import FakeHub

QUICK = Patience(first=0.01, longest=0.05, jitter=0.0)


@pytest.fixture
async def hub():
    async with FakeHub() as hub:
        yield hub


@pytest.fixture
async def client(hub):
    async with connect(hub.address, "prison-system", AgencyKey.generate()) as client:
        yield client


@pytest.fixture
def quick():
    return QUICK


@pytest.fixture
def until():
    async def until(condition, seconds=20):
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - what is awaited happens in another process
                await asyncio.sleep(0.01)

    return until
