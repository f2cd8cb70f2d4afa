"""What a relay is told when it starts, and how it says that it reads."""

from __future__ import annotations

import sys

import msgspec

from hub.broker import topology

DELIVERIES = topology.DELIVERIES
SERIALISED = "application/cloudevents+json"
PREFETCH = 32
"""Messages of one queue in hand at once: more made no relay quicker."""
READY = "ready"


class Task(msgspec.Struct, frozen=True):
    """The broker's address, the queues to read, and those to write: one message for each group."""

    url: str
    intake: list[str]
    groups: list[list[str]]


CONFIG = msgspec.json.Decoder(Task)


def say_ready() -> None:
    """Tell whoever started this process that it reads."""
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
