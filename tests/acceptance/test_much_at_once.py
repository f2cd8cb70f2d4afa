"""What one partner sends, however much and however odd, and what it asks for meanwhile, costs nobody else anything."""

import msgspec
import pytest

from hub.errors import TooBusy
from hub.store.port import DoorRow
from hub.store.postgres import migrate_database
from schemas.exchange import Receipt
from schemas.record.scheme import Membership
from tests.fixtures.people import event, person
from tests.fixtures.story import Story

RECEPTION = "prison-reception-1"
PRISONS = "prisons"


@pytest.fixture(params=["sqlite", "postgres"])
async def story(request, tmp_path):
    database = ""
    if request.param == "postgres":
        database = request.getfixturevalue("database")
        migrate_database(database)
    async with Story(tmp_path, database=database) as story:
        yield story


async def test_a_receipt_for_what_no_database_can_name(story):
    """A receipt that names what no database takes is one for unknown copies, and fails no transaction."""
    assert 0 == await story.hub.receive(Receipt(recipient=RECEPTION, deliveries=["no\0such\0copy"]))
    assert 0 == story.hub.failures


async def test_what_is_read_in_order_is_not_turned_away(story, monkeypatch):
    """While callers are asked to come back later, what the broker gave is taken: given back it would cost its order."""
    monkeypatch.setattr("hub.pipeline.committer.WAITING", 0)
    membership = Membership(scheme="north", kind="PPO", lead=True)
    adopted = event("ppo.adopted", person(1), story.now, story.agencies.source("schemes"), memberships=[membership])
    body, by, since = msgspec.json.encode(adopted), story.principal("schemes"), story.hub.failures

    with pytest.raises(TooBusy):
        await story.hub.publish(by, [body])

    assert "accepted" == (await story.hub.take(by, body, urgent=False, since=since)).state
    assert 0 == await story.hub.receive(Receipt(recipient=RECEPTION, deliveries=["unknown"]), since=since)


async def test_a_door_asked_for_while_its_agency_was_being_suspended(story):
    """A door that another worker let somebody have just before it knew of the suspension closes, and never opens."""
    door = DoorRow(recipient=RECEPTION, queue="queue", state="opening")
    await story.hub.standing.suspend(story.principal("operator"), PRISONS, "a reason")
    await story.hub._committer.do(lambda batch: batch.changes.doors.update({RECEPTION: door}))  # noqa: SLF001 - too late

    await story.hub.standing.opened(door)

    assert ["closing"] == [row.state for row in await story.hub.standing.rows()]
