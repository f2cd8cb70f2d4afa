"""A receipt is the word of the recipient's own system, over the very bytes that came."""

import datetime as dt

import msgspec
import pytest

from adapters.sdk import AgencyKey
from hub.access.errors import ReceiptRefused
from hub.access.receipts import read_receipt
from schemas.exchange import Receipt
from schemas.labels import Role
from schemas.receipt import digest_of
from tests.fixtures.agencies import Agencies, recipient_id
from tests.fixtures.chapters import adopted
from tests.fixtures.people import person
from tests.fixtures.story import Story

COORDINATOR = recipient_id(Role.COORDINATOR)
CLIENT = "schemes-system"


@pytest.fixture
async def story(either_store, tmp_path):
    async with Story(tmp_path, database=either_store) as story:
        await adopted(story, person(1))
        yield story


def receipt(story, copies, *, key=None, recipient=COORDINATOR, signed_for=None, changed=b""):
    """Return a receipt of copies as the SDK makes it, or one with something wrong."""
    key = key or story.agencies.keys["schemes"]
    digests = {copy.delivery: digest_of(copy.body + changed) for copy in signed_for or copies}
    return Receipt(
        recipient=COORDINATOR,
        deliveries=[copy.delivery for copy in copies],
        signed=key.receipt(recipient, digests, story.now),
    )


async def test_kept_and_shown(story):
    """A signed receipt is kept as it came, and verifies later by the system's public key alone."""
    copies = await story.copies(COORDINATOR)
    count = await story.hub.receive(receipt(story, copies), client=CLIENT)
    kept = await story.hub.corrections.receipt(COORDINATOR, copies[0].delivery)
    keys = story.hub.directory.systems[CLIENT].keys
    said = read_receipt(kept.signed, keys, COORDINATOR, [copy.delivery for copy in copies])

    assert len(copies) == count
    assert CLIENT == kept.client
    assert {copy.delivery: digest_of(copy.body) for copy in copies} == said.copies
    assert {True} == {state.signed for state in await story.hub.deliveries(COORDINATOR)}
    assert [] == await story.copies(COORDINATOR)


async def test_unsigned(story):
    """A receipt that nobody signed is taken, and shown as such."""
    copies = await story.copies(COORDINATOR)
    await story.hub.receive(Receipt(recipient=COORDINATOR, deliveries=[c.delivery for c in copies]), client=CLIENT)

    assert {False} == {state.signed for state in await story.hub.deliveries(COORDINATOR)}
    assert await story.hub.corrections.receipt(COORDINATOR, copies[0].delivery) is None


async def test_given_twice(story):
    """A receipt that comes a second time changes nothing of the first."""
    copies = await story.copies(COORDINATOR)
    await story.hub.receive(receipt(story, copies), client=CLIENT)
    first = await story.hub.corrections.receipt(COORDINATOR, copies[0].delivery)
    story.now += dt.timedelta(minutes=1)

    assert 0 == await story.hub.receive(receipt(story, copies), client=CLIENT)
    assert first == await story.hub.corrections.receipt(COORDINATOR, copies[0].delivery)


WRONG = {
    "another's key": ({"key": AgencyKey.generate()}, "names no key"),
    "another recipient": ({"recipient": "prison-reception-1"}, "is of another recipient"),
    "other bytes": ({"changed": b" "}, "is of other bytes"),
}


@pytest.mark.parametrize(("how", "rule"), WRONG.values(), ids=WRONG)
async def test_refused(tmp_path, how, rule):
    """A receipt that does not hold is refused, and what it is for has none."""
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        copies = await story.copies(COORDINATOR)
        with pytest.raises(ReceiptRefused, match=rule):
            await story.hub.receive(receipt(story, copies, **how), client=CLIENT)

        assert copies == await story.copies(COORDINATOR)


async def test_for_other_copies(tmp_path):
    """A signature over fewer copies than the receipt names is none for the rest."""
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        await adopted(story, person(2))
        copies = await story.copies(COORDINATOR)
        with pytest.raises(ReceiptRefused, match="of other copies"):
            await story.hub.receive(receipt(story, copies, signed_for=copies[:1]), client=CLIENT)


class Strict(Agencies):
    """The directory asks the scheme's system to sign."""

    def spec(self):
        spec = super().spec()
        for system in spec["systems"]:
            system["signs_receipts"] = system["client_id"] == CLIENT
        return spec


async def test_where_the_directory_asks_for_it(tmp_path):
    """A system that is to sign cannot leave it out; another may."""
    async with Story(tmp_path, agencies=Strict()) as story:
        await adopted(story, person(1))
        copies = await story.copies(COORDINATOR)
        bare = Receipt(recipient=COORDINATOR, deliveries=[copy.delivery for copy in copies])
        with pytest.raises(ReceiptRefused, match="is not signed"):
            await story.hub.receive(bare, client=CLIENT)

        assert len(copies) == await story.hub.receive(receipt(story, copies), client=CLIENT)
        await story.hub.receive(msgspec.structs.replace(bare, recipient="prison-reception-1"), client="prisons-system")
