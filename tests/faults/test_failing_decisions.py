"""Wherever an answer fails while it is worked out, it is kept from its recipient and from nobody else."""

import pytest

from hub.pipeline.judge import Judge
from hub.policy.decide import Asked
from schemas.labels import Role
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
