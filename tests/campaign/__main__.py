"""Searches long for counterexamples, and writes every number to ``build/campaign.json``; fails where one is found.

``python -m tests.campaign broker lanes`` makes these searches alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from tests.campaign import broker, faults, lanes, leaks, noninterference, oracle, protocol
from tests.campaign.finding import Finding
from tests.faults.bulk import HANDFUL

SEARCHES: Mapping[str, Callable[[], Iterator[Finding]]] = {
    "faults": faults.findings,
    "leaks": leaks.findings,
    "noninterference": noninterference.findings,
    "oracle": oracle.findings,
    "protocol": protocol.findings,
    "lanes": lanes.findings,
    "broker": broker.findings,
    "broker_own": broker.findings_of_own,
}
"""Every search, in the order in which they run."""
NOUGHT = ["lost", "doubled", "unexpected", "out_of_order", "broken", "early", "held", "in_copies", "elsewhere"]
MOST = {
    **dict.fromkeys(NOUGHT, 0),
    "before_alert_recorded": HANDFUL,
    "before_alert_sent": 2 * HANDFUL,
}
"""What a number's name ends with that may not be greater."""
REPORT = Path("build") / "campaign.json"


def main(names: Sequence[str]) -> int:
    """Make the searches that are named, or all; return how many numbers are not as they must be.

    The report keeps what other searches found when they were made last, and is written after each.
    """
    wrong = 0
    for name in names or SEARCHES:
        found = []
        for finding in SEARCHES[name]():
            found.append(finding)
            wrong += not _well(finding)
            print(f"{finding.name:30} {finding.value:>9} {finding.unit}", flush=True)  # noqa: T201 - it is asked for
        _write(found)
    return wrong


def _well(finding: Finding) -> bool:
    return all(float(finding.value) <= most for ending, most in MOST.items() if finding.name.endswith(ending))


def _write(found: list[Finding]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    before = msgspec.json.decode(REPORT.read_bytes(), type=list[Finding]) if REPORT.exists() else []
    again = {finding.name for finding in found}
    others = [finding for finding in before if finding.name not in again]
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode([*others, *found])))


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - SEARCHES.keys()
    if unknown:
        sys.exit(f"there is no search {', '.join(sorted(unknown))}; there are {', '.join(SEARCHES)}")
    sys.exit(1 if main(sys.argv[1:]) else 0)
