"""Wherever an answer fails while it is worked out, it is kept from its recipient and from nobody else."""

import pytest

from hub.pipeline.judge import Judge
from hub.policy.decide import Asked
from schemas.labels import Role
from tests.fixtures.agencies import POLICIES
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story

WHO = Role.PRISON_RECEPTION
FAILS = "some fault of the hub's own"
PLACES = {
    "the decision": (Asked, "decide", lambda _, role, *__: role is WHO),
    "the copy": (Judge, "_say", lambda _, decision, *__: decision.role is WHO),
    "its bytes": (Judge, "_made", lambda _, recipient, *__: recipient.role is WHO),
}
"""Steps of an answer for which nothing stands that was kept from an earlier one; and when it is this recipient's."""


@pytest.mark.parametrize(("where", "name", "mine"), PLACES.values(), ids=PLACES)
async def test_one_answer_fails(tmp_path, where, name, mine):
    """Nothing goes to whoever's answer fails, what follows about that person waits behind it, and an operator is told;
    everybody else is served. When it is mended all of it goes out, in order.
    """
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        await adopted(story, person(2))
        await received(story, only_number(1))
        await story.settle_mailboxes()
        with pytest.MonkeyPatch.context() as patch:
            works = getattr(where, name)

            def fails(*given):
                if mine(*given):
                    raise RuntimeError(FAILS)
                return works(*given)

            patch.setattr(where, name, fails)
            first = await received(story, only_number(1), "BMI", reason="sentence")
            served = await story.types(Role.COORDINATOR)
            nothing = await story.types(WHO)
        behind = await received(story, only_number(1), "BMI", reason="recall")
        other = await received(story, only_number(2))
        meanwhile = await story.news(WHO)
        held = await story.hub.quarantine.items(story.principal("operator"), state="retrying")
        for _ in range(3):
            await story.later(seconds=600)
        late = [copy.given["custody"]["reason"] for copy in await story.news(WHO) if copy.type == "custody.received"]

    assert ["accepted"] * 3 == [first.state, behind.state, other.state]
    assert "custody.received" in served
    assert [] == nothing
    assert {"remand"} == {c.given["custody"]["reason"] for c in meanwhile if c.type == "custody.received"}
    assert held
    assert ["sentence", "recall"] == late


BESIDE = """
agreement: little
title: Little beside another
owner: Board
parties: [Police]
agreed: 2026-04-01
review: 2027-03-31
regime: law-enforcement
purposes: {protect-people: To protect people}
gateways: {section-115: Section 115}
places: [establishment/ONI]
rules:
  - {id: no-photograph, withhold: photograph, from: gp, when: {at: establishment/ONI, hour: {below: 24}}}
"""
READ_FOR_ALL = ["situation_of", "ages", "at", "occasion"]
"""What is read for every recipient of an event: facts of the person, their age, the recipient's places, the hour."""


@pytest.mark.parametrize("reads", READ_FOR_ALL)
async def test_what_is_read_for_all_fails(tmp_path, reads):
    """Where a fact cannot be read for anybody, the event is accepted and takes effect, nobody is told of it, and it
    waits for each recipient by itself; another person's events go on. When it is mended it goes to everybody.
    """
    (tmp_path / "little.yaml").write_text(BESIDE)
    async with Story(tmp_path, policies=(POLICIES, tmp_path / "little.yaml")) as story:
        await adopted(story, person(1))
        await received(story, only_number(1))
        await story.settle_mailboxes()
        with pytest.MonkeyPatch.context() as patch:

            def fails(*_):
                raise RuntimeError(FAILS)

            patch.setattr(f"hub.pipeline.judge.{reads}", fails)
            moved = await received(story, only_number(1), "ONI")
            nobody = await story.everybody()
        other = await adopted(story, person(2))
        meanwhile = await story.everybody()
        waiting = await story.hub.quarantine.items(story.principal("operator"), state="retrying")
        await story.settle_mailboxes()
        for _ in range(3):
            await story.later(seconds=600)
        late = await story.everybody()
        told = {desk for desk, copies in late.items() if "custody.received" in {copy.type for copy in copies}}

    assert ["accepted"] * 2 == [moved.state, other.state]
    assert {} == nobody
    assert {"ppo.adopted"} == {copy.type for copies in meanwhile.values() for copy in copies}
    assert {"prison-reception-2", "coordinator-1"} <= told
    assert len(told) <= len([item for item in waiting if item.kind == "custody.received"])
