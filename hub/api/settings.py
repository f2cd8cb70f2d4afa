"""How much the HTTP door takes at once, and what it tells about itself."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from prometheus_client import CollectorRegistry

KIB = 1024
MIB = 1024 * KIB
MOST_EVENTS = 500


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits in bytes, seconds and counts; each has a default that suits one scheme or a whole area."""

    registry: CollectorRegistry
    """Where the hub's metrics are kept."""
    inner_port: int | None = None
    """The one port on which ``/metrics`` and the details of ``/health`` are told, not to be reached from outside.

    What is counted rises when somebody is told something, so a publisher who could watch it would learn whether the
    person is known. Without this port ``/metrics`` is told on every port, and the ingress has to keep it inside.
    """
    build: Mapping[str, str] = {}
    """What ``/info`` tells: name, version, revision."""
    single_bytes: int = MIB
    batch_bytes: int = 8 * MIB
    batch_events: int = MOST_EVENTS
    request_bytes: int = 64 * KIB
    """For every other body."""
    body_seconds: float = 30.0
    """How long a client may take to send its body."""
    most_waiting: int = 256
    """Submissions that wait for the hub at once; one more is answered with ``TooBusy``."""
    most_bytes: int = 64 * MIB
    """Bytes of submissions in memory at once."""
    most_watching: int = 8
    """Requests that wait on one mailbox at once."""
    heartbeat_seconds: float = 15.0
    write_seconds: float = 30.0
    """How long a reader of a stream may stall before it is let go."""
    lookup_grain: float = 0.05
    """Look-ups are answered only at whole multiples of this time, so that it does not tell what was found."""
    health_seconds: float = 1.0
    """How long one look at the components' health is good for."""
