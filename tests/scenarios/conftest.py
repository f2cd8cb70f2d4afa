"""The default agreement and the scenarios beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.policy.decide import Policy
from hub.policy.load import load_agreements
from hub.policy.scenarios.read import load_suite

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def agreements():
    return load_agreements([POLICIES])


@pytest.fixture(scope="session")
def policy(agreements):
    return Policy(agreements)


@pytest.fixture(scope="session")
def suite():
    return load_suite(POLICIES / "scenarios")
