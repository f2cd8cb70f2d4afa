"""``hub deliveries``: an operator sees what is in the hub still, what left it, and what was received."""

import asyncio
import datetime as dt
import json

import pytest
from click.testing import CliRunner

from hub.bootstrap import initialise, secret_path
from hub.cli import hub
from hub.errors import NotFound
from hub.sealing import load_secret
from schemas.exchange import Receipt
from schemas.labels import Role
from tests.fixtures.agencies import POLICIES, Agencies, recipient_id
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import person
from tests.fixtures.story import Story

RECEPTION = recipient_id(Role.PRISON_RECEPTION)


@pytest.fixture
def settings(tmp_path):
    """A hub in whose store a prison's reception has fetched its copies and given a receipt for one of them."""
    data = tmp_path / "data"
    initialise(data)

    async def happen():
        now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        async with Story(data, secret=load_secret(secret_path(data)), now=now) as story:
            await adopted(story, person(1))
            await story.settle_mailboxes()
            await received(story, person(1))
            first, *rest = [copy.delivery for copy in await story.copies(RECEPTION)]
            assert rest
            await story.hub.sent(RECEPTION, [first, *rest])
            await story.hub.receive(Receipt(recipient=RECEPTION, deliveries=[first]))

    asyncio.run(happen())
    directory = Agencies().write(tmp_path / "directory.yaml")
    return {"HUB_DATA": str(data), "HUB_DIRECTORY": str(directory), "HUB_POLICIES": str(POLICIES)}


def run(settings, *words, code=0):
    result = CliRunner(env=settings).invoke(hub, ["deliveries", *words])
    assert code == result.exit_code, result.output
    return result.output


def test_who_has_not_received(settings):
    """Of each recipient it is told how much is in the hub still, and how much left and was not received."""
    found = {each["recipient"]: each for each in json.loads(run(settings, "--json"))}

    assert 0 == found[RECEPTION]["not_left"] < found[RECEPTION]["left"]
    fetched_nothing = [each for name, each in found.items() if name != RECEPTION]
    assert fetched_nothing
    assert all(each["left"] == 0 < each["not_left"] for each in fetched_nothing)
    assert RECEPTION in run(settings)


def test_where_each_copy_stands(settings):
    """Of one recipient each copy is listed with when it left and when it was received; what was, only when asked."""
    open_ones, every = (json.loads(run(settings, RECEPTION, "--json", *more)) for more in ([], ["--all"]))

    assert all("left_at" in each and "received_at" not in each for each in open_ones)
    assert len(every) == len(open_ones) + sum("received_at" in each for each in every)
    assert "not yet" in run(settings, RECEPTION)


def test_nobody_of_that_name(settings):
    """A recipient that is not in the directory is none that received everything."""
    assert isinstance(CliRunner(env=settings).invoke(hub, ["deliveries", "nobody"]).exception, NotFound)
