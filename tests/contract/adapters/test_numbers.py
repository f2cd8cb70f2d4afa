"""A copy from the broker gets the number that it has in the mailbox."""

import datetime as dt

import pytest
from msgspec import UNSET

from adapters.sdk.numbers import Numbers
from schemas.exchange import Deliveries, DeliveryState

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
PAGE = 3


class Mailbox:
    """Delivery n is called ``d<n>``; those in ``received`` have a receipt."""

    def __init__(self, count):
        self.count = count
        self.received = set()
        self.asked = []

    async def __call__(self, after):
        self.asked.append(after)
        numbers = range(after + 1, self.count + 1)[:PAGE]
        return Deliveries(recipient="desk", deliveries=[self.state(n) for n in numbers])

    def state(self, n):
        received = NOW if f"d{n}" in self.received else UNSET
        return DeliveryState(number=n, delivery=f"d{n}", committed_at=NOW, received_at=received)


@pytest.fixture
def mailbox():
    return Mailbox(10)


@pytest.fixture
def numbers(mailbox):
    return Numbers(mailbox)


async def test_a_number_is_the_mailboxs_own(numbers):
    """Copies that come in another order than they were told have the numbers of the mailbox."""
    assert {"d8": 8, "d2": 2, "d5": 5} == await numbers.of(["d8", "d2", "d5"])


async def test_what_is_known_is_not_asked_again(mailbox, numbers):
    """The hub is asked for what is new, and only that."""
    await numbers.of(["d8"])
    before = list(mailbox.asked)
    mailbox.count = 12

    await numbers.of(["d8", "d2"])
    known = list(mailbox.asked)
    await numbers.of(["d12"])

    assert [0, 3, 6] == before
    assert before == known
    assert [*before, 9] == mailbox.asked


async def test_one_that_has_a_receipt_and_comes_again_is_found(mailbox, numbers):
    """A copy whose receipt the hub has may come again, and has its number still."""
    mailbox.received = {"d2"}
    await numbers.of(["d9"])

    assert {"d2": 2} == await numbers.of(["d2"])


async def test_it_begins_where_it_is_told(mailbox):
    """Who has received up to a number asks for what stands behind it, and for nothing before."""
    assert {"d9": 9} == await Numbers(mailbox, 7).of(["d9"])
    assert [7] == mailbox.asked


async def test_one_that_waited_while_others_went_past_it_is_found(mailbox, monkeypatch):
    """What stands in front of the beginning is looked for from there backwards, and not from the first one on."""
    monkeypatch.setattr("adapters.sdk.numbers.BACK", 2)
    mailbox.count = 100
    numbers = Numbers(mailbox, 100)

    assert {"d99": 99, "d95": 95} == await numbers.of(["d99", "d95"])
    assert 94 == min(mailbox.asked)
    assert {"d3": 3} == await numbers.of(["d3"])


async def test_a_copy_that_the_hub_lists_no_more_stands_behind_the_others(numbers):
    """A copy is never lost for want of a number."""
    assert {"gone": 10, "d1": 1} == await numbers.of(["gone", "d1"])


async def test_a_first_copy_that_is_not_listed_has_a_number(mailbox, numbers):
    """An empty list makes no number of nought, which no mailbox has."""
    mailbox.count = 0

    assert {"gone": 1} == await numbers.of(["gone"])
