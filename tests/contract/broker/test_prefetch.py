"""What a worker has in hand is bounded however many partitions it reads, and a busy one has its fill all the same."""

import asyncio
from collections import Counter, defaultdict

import pytest

from hub.broker import prefetch
from hub.broker.intake import Intake
from hub.broker.link import Link
from hub.broker.prefetch import FULL, IN_HAND, prefetches
from schemas.broker import LANES
from schemas.exchange import Outcome
from tests.contract.broker.conftest import PARTITIONS, event_by, until

ALL = [(lane, partition) for lane in LANES for partition in range(64)]
FEW, FILL, EVENTS = 24, 8, 20 * PARTITIONS
"""In the test with a broker: messages in hand, of eight readers; what one has that is busy; what is published."""


@pytest.mark.parametrize("partitions", [1, 4, 12, 13, 32, 64, 500, 2000])
def test_all_together_are_bounded(partitions):
    """However many partitions are read, and however busy all of them are, no more than the bound is in hand."""
    wanted = [(lane, partition) for lane in LANES for partition in range(partitions)]
    now = prefetches(wanted, {}, {})
    for _ in range(3):
        now = prefetches(wanted, now, now)

        assert set(wanted) == set(now)
        assert 1 <= min(now.values())
        assert max(IN_HAND, len(wanted)) >= sum(now.values())


def test_few_have_their_fill():
    """A worker with few partitions gives each of them what fills a transaction."""
    assert {FULL} == set(prefetches(ALL[:12], {}, {}).values())


def test_a_busy_one_has_its_fill_while_it_is():
    """A reader that was seen with all that it might have gets its fill, and keeps it until it does not use it."""
    hot = ("urgent", 7)
    idle = prefetches(ALL, {}, {})
    busy = prefetches(ALL, idle, {hot: idle[hot]})
    still = prefetches(ALL, busy, {hot: FULL // 2})

    assert idle[hot] < FULL
    assert busy == still == idle | {hot: FULL}
    assert idle == prefetches(ALL, still, {hot: 1})


def test_who_has_its_fill_and_uses_it_keeps_it():
    """Where more are busy than can have their fill, those that have it keep it: none is begun anew for nothing."""
    idle = prefetches(ALL, {}, {})
    full = prefetches(ALL, idle, {each: idle[each] for each in ALL})
    chosen = {each for each in ALL if full[each] == FULL}
    again = prefetches(ALL, full, {each: full[each] // 2 if each in chosen else idle[each] for each in ALL})

    assert 1 < len(chosen) < len(ALL)
    assert full == again


class Told:
    """A hub that takes nothing until it is let: how much it has been given by then, and then what, in its order."""

    def __init__(self):
        self.inside, self.let, self.bodies = 0, asyncio.Event(), []

    async def take(self, principal, body, *, urgent, since):
        self.inside += 1
        await self.let.wait()
        self.inside -= 1
        self.bodies.append(int(body))
        return Outcome(id="", state="accepted")

    async def has_inside(self, number):
        return self.inside >= number

    async def has_all(self):
        return len(self.bodies) >= EVENTS


@pytest.fixture
async def intake(place):
    answers = Link(place.config.broker, name="answers")
    intake = Intake(place.link, place.hub, answers)
    answers.start()
    intake.start()
    yield intake
    await intake.stop()
    await answers.stop()


async def test_at_a_broker(place, intake, monkeypatch):
    """The broker gives no more than the bound; a busy partition gets its fill at the next look, in its order; and
    nothing is given twice for that.
    """
    monkeypatch.setattr(prefetch, "IN_HAND", FEW)
    monkeypatch.setattr(prefetch, "FULL", FILL)
    told, everything, prison = Told(), frozenset(range(PARTITIONS)), await place.channel("prisons")
    monkeypatch.setattr(place.hub, "take", told.take)
    for n in range(EVENTS):
        message = event_by("prisons", headers={"partition": str(n % PARTITIONS)})
        await prison.basic_publish(**message | {"body": b"%d" % n})

    await intake.hold(everything)
    await until(lambda: told.has_inside(PARTITIONS))
    await intake.hold(everything)
    await until(lambda: told.has_inside(2 * FILL))
    await asyncio.sleep(0.5)
    most = told.inside
    told.let.set()
    for _ in range(5):
        await intake.hold(everything)
    await until(told.has_all)

    of_each = defaultdict(list)
    for n in told.bodies:
        of_each[n % PARTITIONS].append(n)
    assert 2 * FILL <= most <= FEW
    assert {p: list(range(p, EVENTS, PARTITIONS)) for p in range(PARTITIONS)} == of_each
    assert {1} == set(Counter(told.bodies).values())
