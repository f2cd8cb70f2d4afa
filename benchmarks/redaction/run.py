"""The figures of redaction: every peer in turn, over the same event, the same rules and the same twelve roles."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
import yaml

from benchmarks.measure import Figure, ratio, take_turns
from benchmarks.redaction import by_hand, cedar_way, pydantic_way, rego_way
from benchmarks.redaction.event import DATA, ROLES, body, leaves
from benchmarks.redaction.hub_way import hub_way, taken_in
from hub.policy.load import load_agreement, load_agreements

ROUNDS = 120
SHIPPED = Path(__file__).parents[2] / "policies"
PEERS = {
    "hub": "the hub: validation, facts, decisions with reasons, views",
    "hub_intake": "the same, with the intake's re-encoding and digest of the event",
    "hub_shipped_protocol": "the hub under the shipped protocol: almost every role has a view of its own",
    "parse_print": "orjson decodes and encodes once for each role; no policy, no redaction",
    "pruner": "hand-written picking of what a decision made beforehand permits; no validation",
    "pruner_deleting": "the same by deleting; no validation",
    "pydantic": "pydantic validates, and dumps with include for each role; decisions made beforehand",
    "regorus": "regorus (Rego compiled, its fastest mode) asked for each role, then the picking",
    "regorus_memoised": "the same with decisions kept by role and facts",
    "cedar": "cedarpy asked for each role and category in one call, then the picking",
}


def redaction() -> list[Figure]:
    """Measure; it takes about half a minute."""
    event = body()
    peers = _peers(event)
    _check(peers)
    taken = take_turns(peers, ROUNDS)
    base, hub = taken["parse_print"], taken["hub"]
    fastest = min(("regorus", "cedar"), key=lambda name: statistics.median(taken[name]))
    about = f"{len(event):,} bytes, {leaves(DATA)} leaves, {len(ROLES)} roles"
    return [
        Figure(
            "redaction.ratio_to_parse_print",
            ratio(hub, base),
            "ratio",
            f"{PEERS['hub']}; to orjson for each role; {about}",
        ),
        Figure(
            "redaction.times_faster_than_fastest_engine",
            ratio(taken[fastest], hub),
            "times",
            f"{fastest} asked each time, to the hub",
        ),
        Figure(
            "redaction.times_faster_than_memoised_engine",
            ratio(taken["regorus_memoised"], hub),
            "times",
            "regorus with kept decisions, to the hub",
        ),
        Figure(
            "redaction.shipped_protocol_ratio_to_parse_print",
            ratio(taken["hub_shipped_protocol"], base),
            "ratio",
            PEERS["hub_shipped_protocol"],
        ),
        *(Figure(f"redaction.{name}_us", statistics.median(taken[name]), "us", what) for name, what in PEERS.items()),
        *(
            Figure(f"redaction.{name}_ratio", ratio(taken[name], base), "ratio", "to orjson for each role")
            for name in PEERS
            if name not in ("hub", "parse_print")
        ),
    ]


def _peers(event: bytes) -> Mapping[str, Callable[[], Any]]:
    folder = resources.files("benchmarks.redaction")
    agreement = load_agreement(Path(str(folder.joinpath("agreement.yaml"))))
    groups = yaml.safe_load(folder.joinpath("agreement.yaml").read_text())["groups"]
    rego = rego_way.Rego()
    plans = {role: rego.plan(role, rego.decide(role)) for role in ROLES}
    return {
        "hub": hub_way(event, [agreement]),
        "hub_intake": hub_way(event, [agreement], taken_in),
        "hub_shipped_protocol": hub_way(event, load_agreements([SHIPPED])),
        "parse_print": by_hand.parse_and_print(event),
        "pruner": by_hand.picking(event, plans),
        "pruner_deleting": by_hand.deleting(event, plans),
        "pydantic": pydantic_way.including(event, plans),
        "regorus": rego_way.asked_each_time(event),
        "regorus_memoised": rego_way.memoised(event),
        "cedar": cedar_way.asked_each_time(event, agreement, groups),
    }


def _check(peers: Mapping[str, Callable[[], Any]]) -> None:
    """See that every peer gives every role the same leaves with the same values."""
    given = [orjson.loads(answer) for _, answer in peers["hub"]()]
    for name, peer in peers.items():
        if name in ("hub", "hub_intake", "hub_shipped_protocol", "parse_print"):
            continue
        for role, expected, actual in zip(ROLES, given, peer(), strict=True):
            assert orjson.loads(actual) == expected, f"{name} gives {role} something else"
