"""What the door counts. Labels come from closed lists: routes, methods, statuses, codes of refusals."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from hub.observe.tally import Tally

METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Metrics(Tally):
    """The collectors of one application, to be read by its operators alone."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the collectors; one registry serves one application."""
        self.requests: Final = Counter(
            "hub_http_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self.seconds: Final = Histogram(
            "hub_http_request_seconds", "Time to answer, streams left out.", ("route",), registry=registry
        )
        self.refusals: Final = Counter("hub_http_refusals", "Refusals and faults told.", ("code",), registry=registry)
        self.streams: Final = Gauge("hub_http_streams", "Streams that are open.", registry=registry)
        self.waiting: Final = Gauge("hub_http_submissions_waiting", "Submissions that wait.", registry=registry)
        self._events: Final = Counter("hub_events", "Events, by what became of them.", ("state",), registry=registry)
        self._commits: Final = Histogram("hub_commit_seconds", "Time of a transaction.", registry=registry)
        self._operations: Final = Counter("hub_operations", "Operations committed or refused.", registry=registry)
        self._resent: Final = Counter("hub_resent", "Copies sent again for want of a receipt.", registry=registry)
        self._erased: Final = Counter(
            "hub_erased", "Things erased since their time was over, by kind.", ("kind",), registry=registry
        )
        self._dead: Final = Counter(
            "hub_dead_letters", "Messages that the broker gave up, by where.", ("where",), registry=registry
        )

    def event(self, state: str) -> None:
        self._events.labels(state).inc()

    def committed(self, seconds: float, operations: int) -> None:
        self._commits.observe(seconds)
        self._operations.inc(operations)

    def resent(self, copies: int) -> None:
        self._resent.inc(copies)

    def erased(self, kind: str, count: int) -> None:
        self._erased.labels(kind).inc(count)

    def dead_letter(self, where: str) -> None:
        self._dead.labels(where).inc()


def method_label(method: str) -> str:
    """Return the method, or ``other`` for a word of the caller's own."""
    return method if method in METHODS else "other"
