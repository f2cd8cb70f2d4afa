"""A copy whose seal does not hold harms nobody but those whom it is for, and is told by its id."""

import sqlite3

import structlog

from hub.store.port import DoorRow
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import person

RECEPTION = "prison-reception-1"


async def spoilt(story):
    """Let a recipient have copies about two people, and spoil the first of them; return its id and the others'."""
    for n in (1, 2):
        await adopted(story, person(n))
    await story.settle_mailboxes()
    for n in (1, 2):
        await received(story, person(n))
    first, *others = [copy.delivery for copy in await story.copies(RECEPTION)]
    with sqlite3.connect(story.path) as db:
        assert 1 == db.execute("UPDATE copies SET body = x'00' WHERE id = ?", (first,)).rowcount
    db.close()
    return first, others


async def test_what_goes_to_the_broker_goes_without_it(story):
    """What else is to be sent is found as if nothing were, and the log names the copy and nobody."""
    first, others = await spoilt(story)
    door = DoorRow(recipient=RECEPTION, queue="its-queue", state="filling")
    await story.hub._committer.do(lambda batch: batch.changes.doors.update({RECEPTION: door}))  # noqa: SLF001 - without a broker nobody else does
    with structlog.testing.capture_logs() as logs:
        outgoing = await story.hub.unsent("", limit=100)

    assert others
    assert sorted(others) == sorted(parcel.copy for each in outgoing for parcel in each.parcels)
    assert [("copy-unsealable", first)] == [(line["event"], line["copy"]) for line in logs]
    assert {"event", "log_level", "copy"} == set(logs[0])


async def test_a_mailbox_is_read_without_it(story):
    """Who fetches copies over HTTP gets all the others."""
    first, others = await spoilt(story)
    with structlog.testing.capture_logs() as logs:
        copies = await story.copies(RECEPTION)

    assert sorted(others) == sorted(copy.delivery for copy in copies)
    assert [first] == [line["copy"] for line in logs]
