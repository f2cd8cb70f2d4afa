"""What is urgent does not wait behind what is not: neither in the hub's intake, nor on its way out."""

import pytest

from tests.faults.bulk import HANDFUL, Bulk, Way

WAITING = 2_000
PARTITIONS = 16


async def test_an_alert_is_not_behind_a_bulk_load(workforce):
    """An alert for a prison's reception passes thousands of routine events that wait before it, in the record and on
    the way to the broker; so does another one that comes in the midst of them.
    """
    first, second = await Bulk(workforce, WAITING, PARTITIONS).run()

    assert max(first.recorded, second.recorded) < HANDFUL
    assert max(first.sent, second.sent) < 2 * HANDFUL


@pytest.fixture
def way(workforce):
    """The hub's way to its broker."""
    way = Way(workforce)
    yield way
    way.cut()


async def test_an_alert_is_not_behind_what_waited_for_the_broker(workforce, way):
    """When the broker comes back after a thousand routine events and an alert were taken without it, the alert goes
    out before them.
    """
    before = await Bulk(workforce, WAITING // 2, PARTITIONS).run_while_away(way)

    assert before.sent < HANDFUL
