"""Whatever fails, and how often: each event is told once to each whom it concerns or is held, and nobody is told
of somebody's life in another order than the hub took it up.
"""

import asyncio
import datetime as dt
import itertools
import json
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.pipeline.holding import PAUSES
from hub.pipeline.retrying import claim_retries
from schemas.catalogue import CATALOGUE
from schemas.record.custody import Custody
from schemas.record.need import Risk
from tests.fixtures.chapters import adopted, received
from tests.fixtures.failing import Failing
from tests.fixtures.people import event, only_number, person
from tests.fixtures.story import Story

PEOPLE = (1, 2)
RECIPIENTS = ("prison-reception-1", "coordinator-1")
KINDS = {
    "risk.assessed": ("police", {"risk": Risk(level="high")}),
    "custody.received": ("prisons", {"custody": Custody(in_custody=True, establishment="BMI")}),
}
"""One event of each lane that changes nobody's concern, so that how often something fails must make no difference."""

trouble = st.tuples(
    st.sampled_from([(), RECIPIENTS[:1], RECIPIENTS]),
    st.sampled_from([(True,), (False, True), (True, False)]),
    st.sampled_from([False] * 5 + [True]),
)
"""Whose answers fail, by which turns; and whether whole events fail."""
happening = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(sorted(KINDS)))
publish = st.tuples(st.just("publish"), happening)
burst = st.tuples(st.just("burst"), st.lists(happening, min_size=2, max_size=4))
wait = st.tuples(st.just("wait"), st.sampled_from([*PAUSES, PAUSES[0]]))
rarely = st.sampled_from([("again",), ("crash",), ("operator",)])
histories = st.lists(st.tuples(trouble, st.one_of(publish, publish, burst, wait, wait, rarely)), max_size=14)


class Telling:
    """A history of what is published and what fails, on one hub; and what its store shows of it."""

    def __init__(self, story, failing):
        self.story, self.failing = story, failing
        self.published = {}
        """The id and type of each event that the hub took, by its reference."""
        self._last = None

    async def begin(self):
        for i in PEOPLE:
            await adopted(self.story, person(i))
            await received(self.story, only_number(i))
        self._before = len(self._entries())

    def fail(self, recipients=(), turns=(True,), events=False):
        """Let answers to some recipients fail, by turns, or whole events."""
        self.failing.recipients, self.failing.events = set(recipients), events
        self.failing.turns = itertools.cycle(turns)

    async def go_on(self, action):
        """Let one thing happen."""
        kind, *more = action
        await getattr(self, f"_{kind}")(*more)

    async def _publish(self, happening):
        who, kind = happening
        by, blocks = KINDS[kind]
        self.story.now += dt.timedelta(milliseconds=1)
        source, name = self.story.agencies.source(by), f"told-{len(self.published)}"
        made = event(kind, person(who), self.story.now, source, name, **blocks)
        self.published[self.story.tools.sealer.hash("seen", source, name).hex()] = (name, kind)
        self._last = (made, by)
        await self._again()

    async def _burst(self, events):
        """Publish several events at once, while an operator tries all again and the hub what is due."""
        self.story.now += dt.timedelta(seconds=PAUSES[0])
        publishing = [self._publish(each) for each in events]
        await asyncio.gather(*publishing[:1], self.story.later(), self._operator(), *publishing[1:])

    async def _again(self):
        if self._last is not None:
            outcome = await self.story.send(self._last[0], by=self._last[1])
            assert "refused" != outcome.state

    async def _wait(self, seconds):
        await self.story.later(seconds=seconds)

    async def _crash(self):
        await self.story.hub._committer.do(claim_retries)  # noqa: SLF001 - it dies before it tries
        await self.story.restart()

    async def _operator(self):
        quarantine, operator = self.story.hub.quarantine, self.story.principal("operator")
        impatient = [item.id for item in await quarantine.items(operator, state="retrying")]
        async for _ in quarantine.retry_each(operator, await quarantine.to_retry(operator) + impatient, "mended"):
            pass

    async def settle(self):
        """Let the hub try as often as it does."""
        for pause in (*PAUSES, *PAUSES[-1:] * 2) * 3:
            await self.story.later(seconds=pause)

    def _rows(self, statement):
        with sqlite3.connect(self.story.path) as db:
            found = db.execute(statement).fetchall()
        db.close()
        return found

    def _entries(self):
        return [json.loads(content) for (content,) in self._rows('SELECT content FROM entries ORDER BY "index"')]

    def taken(self):
        """Return the references of what was taken up, in that order."""
        entries = self._entries()[self._before :]
        return [e["reference"] for e in entries if e["kind"] == "collection" and e["reference"] in self.published]

    def _is_published(self, reference, kind):
        """Tell whether something was published itself in this history: what follows from it has its reference too."""
        return kind == self.published.get(reference, ("", ""))[1]

    def told(self):
        """Return who was told of what: recipient, number, person and reference, in the order of its mailbox."""
        return sorted(
            (b["recipient"], b["number"], e["person"], e["reference"])
            for e in self._entries()[self._before :]
            for b in e["branches"]
            if self._is_published(e["reference"], e["event"])
        )

    def held(self, *states):
        """Return what is held in some states: the copies that wait, and the ids of events, each in its order."""
        wanted = ", ".join(f"'{state}'" for state in states)
        rows = self._rows(
            "SELECT recipient, held.person, body, wrapped FROM held LEFT JOIN data_keys USING (person)"  # noqa: S608 - words of this file
            f' WHERE state IN ({wanted}) ORDER BY "index"'
        )
        opened = [
            (r, p, msgspec.json.decode(self.story.tools.sealer.open_for(wrapped, "held", body)))
            for r, p, body, wrapped in rows
        ]
        facts = [(r, p, body["fact"]["reference"], body["fact"]["event"]["type"]) for r, p, body in opened if r]
        copies = [(r, p, reference) for r, p, reference, kind in facts if self._is_published(reference, kind)]
        return copies, [body["id"] for r, _, body in opened if not r]

    def check(self, expected):
        """Check that everything is told once, or held; and that nothing overtook."""
        taken, told = self.taken(), self.told()
        waiting, faulted = self.held("held", "retrying")
        names = Counter(self.published[reference][0] for reference in taken)
        assert {1} >= set(names.values())
        assert {name for name, _ in self.published.values()} == names.keys() | set(faulted)
        given_ = Counter((recipient, reference) for recipient, _, _, reference in told)
        given_ += Counter((recipient, reference) for recipient, _, reference in waiting)
        assert given_ == {(r, reference): 1 for reference in taken for r in expected[self.published[reference][1]]}
        for who in {(recipient, somebody) for recipient, _, somebody, _ in told}:
            mine = [reference for recipient, _, somebody, reference in told if (recipient, somebody) == who]
            mine += [reference for *to, reference in waiting if tuple(to) == who]
            assert mine == sorted(mine, key=taken.index)


async def run(history, *, mended):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        async with Story(Path(folder)) as story:
            telling = Telling(story, Failing(patch))
            await telling.begin()
            expected = await concerned(telling)
            for trouble_, action in history:
                telling.fail(*trouble_)
                await telling.go_on(action)
                telling.check(expected)
            if mended:
                telling.fail()
            await telling.settle()
            telling.check(expected)
            assert ([], []) == telling.held("retrying")
            if mended:
                await telling.go_on(("operator",))
                telling.check(expected)
                assert ([], []) == telling.held("held")


async def concerned(telling):
    """Return who is told of an event of each kind when nothing fails."""
    for kind in KINDS:
        await telling.go_on(("publish", (1, kind)))
    references = {kind: reference for reference, (_, kind) in telling.published.items()}
    return {
        kind: {recipient for recipient, _, _, reference in telling.told() if reference == references[kind]}
        for kind in KINDS
    }


def test_the_kinds_are_of_both_lanes():
    """The events of these histories go by either lane."""
    assert {"urgent", "routine"} == {CATALOGUE[kind].lane for kind in KINDS}


@settings(deadline=None)
@given(histories, st.booleans())
def test_told_once_and_in_order_or_held(history, mended):
    """Whatever fails how often, each event ends told once to each whom it concerns, or held; a recipient has one
    person's copies in the order in which the hub took up the events; and when the cause is mended and an operator
    has tried again what was given up, nothing is held.
    """
    asyncio.run(run(history, mended=mended))
