"""What stands open, as metrics: taken from one look at the hub's health whenever somebody asks for the metrics."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Gauge

from hub.api.pulse import HealthStatus


class Gauges:
    """The states of the components, and how much waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the collectors; one registry serves one application."""
        self._up: Final = Gauge("hub_component_up", "Whether a component works.", ("component",), registry=registry)
        self._held: Final = Gauge("hub_held", "Things held, by why.", ("reason",), registry=registry)
        self._retries: Final = Gauge("hub_retries_waiting", "Things that the hub tries again.", registry=registry)
        labels = ("lane", "door")
        self._unreceipted: Final = Gauge(
            "hub_copies_unreceipted", "Copies without a receipt.", labels, registry=registry
        )
        self._not_left: Final = Gauge(
            "hub_copies_not_left", "Copies that have not left the hub.", labels, registry=registry
        )
        self._corrections: Final = Gauge("hub_corrections_open", "Corrections without a receipt.", registry=registry)
        self._overdue: Final = Gauge("hub_copies_overdue", "Copies of which a coordinator was told.", registry=registry)
        self._oldest: Final = Gauge(
            "hub_oldest_not_left_seconds",
            "Age of the oldest copy the broker has not confirmed.",
            registry=registry,
        )
        self._intake: Final = Gauge("hub_intake_waiting", "Operations waiting for a transaction.", registry=registry)
        self._partitions: Final = Gauge("hub_partitions_held", "Partitions of this worker.", registry=registry)
        self._agreements: Final = Gauge(
            "hub_agreement_days",
            "Days until the review or the end of an agreement in force.",
            ("agreement", "until"),
            registry=registry,
        )
        self._unsigned: Final = Gauge(
            "hub_ledger_unsigned_seconds", "How long an entry may have waited for a checkpoint.", registry=registry
        )
        self._broken: Final = Gauge("hub_ledger_broken", "Whether the log is not what was signed.", registry=registry)
        self._stopped: Final = Gauge(
            "hub_disclosure_stopped", "Whether nothing is disclosed, as the log is not kept.", registry=registry
        )
        self._workers: Final = Gauge("hub_workers_live", "Workers alive at the last beat.", registry=registry)

    def show(self, health: HealthStatus) -> None:
        """Take up what one look at the health told; of a component that is down the last figures stand."""
        details: dict[str, Mapping[str, Any]] = {}
        for name, component in health.components.items():
            self._up.labels(name).set(component["status"] == "UP")
            details[name] = component.get("details", {})
        store = details.get("store", {})
        _show_labelled(self._held, {(reason,): n for reason, n in store.get("held_by_reason", {}).items()})
        for gauge, name in ((self._unreceipted, "unreceipted"), (self._not_left, "not_left")):
            _show_labelled(gauge, {tuple(of.split("/")): n for of, n in store.get(name, {}).items()})
        policy = details.get("policy", {})
        _show_labelled(
            self._agreements,
            {
                (name, until): days
                for until in ("review", "end")
                for name, days in policy.get(f"{until}_in_days", {}).items()
            },
        )
        ledger = details.get("ledger", {})
        self._unsigned.set(ledger.get("unsigned_seconds", 0))
        self._broken.set(ledger.get("broken", False))
        self._stopped.set(health.components.get("ledger", {}).get("status") == "DOWN")
        self._corrections.set(store.get("corrections_open", 0))
        self._overdue.set(store.get("copies_overdue", 0))
        self._retries.set(store.get("retries", 0))
        since = store.get("unconfirmed_since")
        self._oldest.set(time.time() - since if since else 0)
        self._intake.set(details.get("intake", {}).get("waiting", 0))
        self._partitions.set(details.get("workers", {}).get("partitions", 0))
        self._workers.set(details.get("workers", {}).get("live", 1))


def _show_labelled(gauge: Gauge, figures: Mapping[tuple[str, ...], float]) -> None:
    gauge.clear()
    for labels, figure in figures.items():
        gauge.labels(*labels).set(figure)
