"""A story to tell: a hub with everybody around it, in this process."""

import pytest

from tests.fixtures.story import Story


@pytest.fixture
async def story(tmp_path):
    async with Story(tmp_path) as story:
        yield story
