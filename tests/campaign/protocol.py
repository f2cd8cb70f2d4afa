"""How many of the small mistakes that somebody could make in the protocol its scenarios would notice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.progress import track

from hub.policy.load import load_agreements
from hub.policy.scenarios.noticed import Mutation, score
from hub.policy.scenarios.read import load_suite
from tests.campaign.finding import Finding

POLICIES = Path(__file__).parents[2] / "policies"
RECIPIENTS = int(os.environ.get("CAMPAIGN_RECIPIENTS", "1"))
SEED = int(os.environ.get("CAMPAIGN_SEED", "1"))


def findings() -> Iterator[Finding]:
    """Make the mistakes one at a time, and yield the score."""
    mutation = Mutation(load_suite(POLICIES / "scenarios"), load_agreements([POLICIES]))
    tried = [mutation.tried(mutant) for mutant in track(mutation.mutants(RECIPIENTS, SEED), "Making mistakes")]
    outcomes = Counter(one.outcome for one in tried)
    for one in tried:
        if one.outcome == "survived":
            print(f"noticed by no scenario: {one.rule}, {one.mistake} {one.detail}; {one.example}")  # noqa: T201
    yield Finding(
        "policy.protocol_mutation_score",
        round(score(tried).share, 4),
        "of 1",
        "of the mistakes in the protocol that make a difference, the share that some scenario notices",
    )
    for outcome, what in (
        ("noticed", "mistakes that some scenario noticed"),
        ("survived", "mistakes that make a difference and that none noticed"),
        ("refused", "mistakes with which the hub would not put the protocol in force"),
        ("equivalent", "mistakes of which it was worked out that they make no difference in any case"),
    ):
        yield Finding(f"policy.mutants_{outcome}", outcomes[outcome], "mutants", what)
