"""The long version of the test of lanes: a hundred thousand routine events wait when an alert comes."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.nodes.postgresql import Postgres
from deploy.nodes.rabbitmq import Broker
from tests.campaign.finding import Finding
from tests.faults.bulk import Bulk
from tests.fixtures.workforce import Workforce

WAITING = int(os.environ.get("CAMPAIGN_WAITING", "100000"))
PARTITIONS = 64
"""As many as a hub has where nothing else is set."""


def findings() -> Iterator[Finding]:
    """Load, alert twice, and yield how much of the load went before the alert that had to wait longer."""
    with Broker() as broker, Postgres() as postgres, tempfile.TemporaryDirectory(prefix="lanes-") as folder:
        workforce = Workforce(Path(folder), broker, broker.vhost(), postgres.database())
        try:
            both = asyncio.run(Bulk(workforce, WAITING, PARTITIONS).run())
        finally:
            workforce.close()
    yield Finding("lanes.waiting", WAITING, "events", "routine events that waited at the broker when an alert was due")
    for name, value, unit, what in (
        ("recorded", max(b.recorded for b in both), "events", "of them that were recorded before the alert"),
        ("sent", max(b.sent for b in both), "copies", "of them that left for the broker before the alert did"),
    ):
        worse = "the worse of two alerts: one behind everything while no worker ran, one in the midst of the load"
        yield Finding(f"lanes.before_alert_{name}", value, unit, f"{what}; {worse}")
    yield Finding(
        "lanes.alert_seconds",
        round(both[1].seconds, 3),
        "seconds",
        "from when a prison published a reception in the midst of the load until the alert was at the reception's desk",
    )
