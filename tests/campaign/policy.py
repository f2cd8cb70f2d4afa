"""All that is searched of the protocol and of what decides under it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.campaign import oracle, protocol
from tests.campaign.finding import Finding


def findings() -> Iterator[Finding]:
    """Compare with another engine, then make mistakes in the protocol."""
    yield from oracle.findings()
    yield from protocol.findings()
