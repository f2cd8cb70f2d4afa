"""A crash while the hub tries something again: it is tried once more, and told once."""

import pytest

from schemas.labels import Role
from tests.faults.crashing import SECRET
from tests.faults.crashing_retries import POINTS
from tests.faults.died import died_at
from tests.fixtures.story import MORNING, Story


@pytest.fixture(scope="module")
def died(tmp_path_factory):
    """The folders of hubs that died, by point."""
    return died_at("tests.faults.crashing_retries", POINTS, tmp_path_factory.mktemp("died"))


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_during_a_try(died, point):
    """Whichever point a hub dies at while it tries again, the next one tells everything once and in order, and holds
    nothing any more.
    """
    async with Story(died[point], secret=SECRET, now=MORNING.replace(hour=10)) as story:
        await story.later(seconds=1)
        operator = story.principal("operator")
        copies = sorted(await story.news(Role.PRISON_RECEPTION), key=lambda c: c.number)
        held = [await story.hub.quarantine.items(operator, state=state) for state in ("held", "retrying")]

    told = [(c.given["subject"]["surname"], c.type) for c in copies]
    first = [kind for surname, kind in told if surname == "SurnameB1"]
    assert ["custody.received", "ppo.alert", "risk.assessed"] == first
    assert ["custody.received", "ppo.alert"] == [kind for surname, kind in told if surname == "SurnameC2"]
    assert [[], []] == held
