"""A load that comes to the same whichever of the two lanes is ahead: nothing that an event tells of in one of them
decides who is told of an event in the other, once the beginning is told.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from hub.sealing import Sealer
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.record.custody import Custody
from schemas.record.enforcement import Recall
from schemas.record.need import CarePlan, Risk
from tests.faults.flow import Feed
from tests.faults.killing import entries_of, told_in
from tests.fixtures.chapters import member
from tests.fixtures.people import event, person
from tests.fixtures.story import Story

PEOPLE = 8
"""How many people each publisher tells of, in turn; nobody is told of by two."""
PUBLISHERS = {"probation": 100, "police": 200}
"""Each publisher with the number of its first person."""
BEGINNING = 2
"""How often everybody must have had news, each time told of before the next, before the lanes may run apart."""
DESKS = ("coordinator-1", "parole-board-1")
"""Two of those who are told."""
Told = Counter[tuple[str, str, str]]
"""How often a recipient was told a type that comes from a published event."""
EVERY_SECONDS = 0.03
"""Between two events of one publisher."""


def event_of(agency: str, i: int, start: dt.datetime) -> Envelope[Occurrence]:
    """Return a publisher's i-th event: everybody is adopted, and then has urgent and routine news in turn."""
    kind, blocks = ("ppo.adopted", {"memberships": [member()]}) if i < PEOPLE else NEWS[agency][i // PEOPLE % 2](i)
    who, at, source = person(PUBLISHERS[agency] + i % PEOPLE), start + dt.timedelta(milliseconds=i), source_of(agency)
    return event(kind, who, at, source, f"{agency}-{i}", **blocks)


Blocks = tuple[str, dict[str, Any]]


def _risk(i: int) -> Blocks:
    return "risk.assessed", {"risk": Risk(level=("low", "medium", "high", "very-high")[i % 4])}


def _recall(_: int) -> Blocks:
    return "recall.requested", {"recall": Recall(stage="requested", reasons="missed appointments")}


def _plan(i: int) -> Blocks:
    return "care-plan.updated", {"care_plan": CarePlan(goals=[f"goal {i}"])}


def _detained(_: int) -> Blocks:
    return "custody.detained", {"custody": Custody(in_custody=True, station="northgate")}


NEWS = {"probation": (_risk, _recall), "police": (_plan, _detained)}
"""What a publisher tells of in the routine lane, and in the urgent one."""


def source_of(agency: str) -> str:
    """Return the source under which a publisher's system publishes."""
    return f"https://{agency}.example/records"


class Load:
    """The publishers at work: first the beginning of each, and then event after event for as long as it is wanted."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        """Take each publisher's way to the broker."""
        self.feeds = feeds
        self.start = dt.datetime.now(dt.UTC).replace(microsecond=0)

    @property
    def sent(self) -> dict[str, list[str]]:
        """The ids of the events that the broker has, of each publisher in its order."""
        return {agency: feed.sent for agency, feed in self.feeds.items()}

    async def send(self, count: int) -> None:
        """Let every publisher send so many."""
        await asyncio.gather(*(self._send(agency, count) for agency in self.feeds))

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Have events sent all the while; whoever leaves by an error does not wait for a broker that takes no more."""
        self._wanted = True
        running = [asyncio.create_task(self._go_on(agency)) for agency in self.feeds]
        try:
            yield
        except BaseException:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            raise
        self._wanted = False
        await asyncio.gather(*running)

    async def _go_on(self, agency: str) -> None:
        while self._wanted:
            await self._send(agency, 1)
            await asyncio.sleep(EVERY_SECONDS)

    async def _send(self, agency: str, count: int) -> None:
        feed = self.feeds[agency]
        for i in range(len(feed.sent), len(feed.sent) + count):
            await feed.send(event_of(agency, i, self.start), partition=i % PEOPLE)

    async def expected(self) -> Told:
        """Return what everybody is told of the same events by a hub that nothing happens to."""
        with tempfile.TemporaryDirectory() as folder:
            async with Story(Path(folder), now=self.start + dt.timedelta(minutes=1)) as story:
                for agency, ids in self.sent.items():
                    bodies = [msgspec.json.encode(event_of(agency, i, self.start)) for i in range(len(ids))]
                    for first in range(0, len(bodies), 200):
                        await story.hub.publish(story.principal(agency), bodies[first : first + 200])
                return Counter(told_in(entries_of(story.path), names(story.tools.sealer, self.sent)))


def names(sealer: Sealer, sent: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the ids of published events by the references under which a record has them."""
    return {
        sealer.hash("seen", source_of(agency), event_id).hex(): event_id
        for agency, ids in sent.items()
        for event_id in ids
    }


def overtaken(taken: Iterable[str]) -> list[str]:
    """Return the events that were taken after a later one of the same publisher, person and lane."""
    latest: Counter[tuple[str, int, int]] = Counter()
    late = []
    for event_id in taken:
        agency, place = event_id.rsplit("-", 1)
        turn, who = divmod(int(place), PEOPLE)
        line = (agency, who, 0 if turn == 0 else turn % 2)
        if turn < latest[line]:
            late.append(event_id)
        latest[line] = max(turn, latest[line])
    return late
