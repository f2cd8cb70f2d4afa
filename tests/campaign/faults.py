"""The long version of the kill test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.campaign.finding import Finding
from tests.faults.killing import Killing

KILLS = int(os.environ.get("CAMPAIGN_KILLS", "40"))
WHAT = {
    "hub_kills": ("kills", "how often the hub was killed under load, by SIGKILL at a random moment, and started again"),
    "client_kills": ("kills", "how often a publisher or subscriber was killed at the same moment"),
    "events": ("events", "events that the hub answered while it was killed again and again"),
    "copies": ("copies", "copies that these events came to"),
    "events_lost": ("events", "answered, and not in the record"),
    "events_doubled": ("events", "in the record more than once"),
    "copies_lost": ("copies", "owed by a hub that nobody killed, and not told, or not in the subscriber's inbox"),
    "copies_doubled": ("copies", "told or kept more than once"),
    "copies_unexpected": ("copies", "told, and not owed"),
    "out_of_order": ("copies", "handled after a copy of a later event of the same person in the same lane"),
    "chain_broken": ("mailboxes", "whose numbers have a gap or stand twice"),
}


def findings() -> Iterator[Finding]:
    """Kill, and yield what became of everything."""
    with tempfile.TemporaryDirectory(prefix="killing-") as folder:
        found = msgspec.structs.asdict(Killing(Path(folder), seed=1).run(KILLS))
    for name, (unit, what) in WHAT.items():
        yield Finding(name=f"faults.{name}", value=found[name], unit=unit, what=what)
