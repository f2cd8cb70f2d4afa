"""Hypothesis profiles: `default` for every run, `campaign` for a long search; and the private nodes."""

import os

from hypothesis import settings

pytest_plugins = ["tests.fixtures.nodes"]

settings.register_profile(
    "default",
    max_examples=50,
    deadline=None,
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
