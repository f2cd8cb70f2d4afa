"""What is urgent does not wait behind what is not: neither in the hub's intake, nor on its way out."""

from tests.faults.bulk import HANDFUL, Bulk

WAITING = 2_000
PARTITIONS = 16


async def test_an_alert_is_not_behind_a_bulk_load(workforce):
    """An alert for a prison's reception passes thousands of routine events that wait before it, in the record and on
    the way to the broker; so does another one that comes in the midst of them.
    """
    first, second = await Bulk(workforce, WAITING, PARTITIONS).run()

    assert max(first.recorded, second.recorded) < HANDFUL
    assert max(first.sent, second.sent) < 2 * HANDFUL
