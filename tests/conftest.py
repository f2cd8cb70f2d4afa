"""Hypothesis profiles: `default` for every run, `campaign` for a long search; the private nodes; what comes first."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.fixtures.nodes"]

settings.register_profile(
    "default",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # which a busy machine is
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.register_profile(
    "campaign",
    settings.get_profile("default"),
    max_examples=5_000,
    derandomize=False,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

TESTS = Path(__file__).parent
LONGEST = (
    "faults/test_outages.py",
    "contract/adapters/test_broker_away.py",
    "property/test_policy_analysis.py",
    "acceptance/test_rehearsal.py",
    "leaks/test_noninterference.py",
    "faults/test_workers.py",
    "scenarios/test_protocol.py",
    "faults/test_lanes.py",
    "unit/nodes/test_kinds_of_broker.py",
    "contract/broker/test_own_node.py",
    "scenarios/test_status.py",
    "faults/test_broker_crash_points.py",
    "unit/nodes/test_own_nodes.py",
    "scenarios/test_public_protection.py",
    "contract/adapters/test_broker_door.py",
    "contract/adapters/test_desks.py",
    "unit/nodes/test_place.py",
    "leaks/test_hunt.py",
    "faults/test_log_writes.py",
    "faults/test_killing.py",
    "property/test_telling.py",
    "acceptance/test_questions.py",
    "contract/broker/test_living.py",
    "property/test_policy_views.py",
    "faults/test_crash_points.py",
    "property/test_ladder.py",
    "faults/test_versions.py",
    "deploy/test_broker.py",
    "leaks/test_worlds.py",
    "acceptance/test_retrying.py",
    "contract/adapters/test_crash.py",
    "contract/adapters/test_subscriber.py",
    "contract/adapters/test_national.py",
    "contract/broker/test_strangers.py",
)
"""The modules that take longest: they come first, so that no worker is still at one when the others have ended."""


def pytest_collection_modifyitems(items):
    """Put the longest first; the others keep their order."""
    places = {TESTS / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
