"""What the door counts. Labels come from closed lists: routes, methods, statuses, codes of refusals."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Metrics:
    """The collectors of one application. None counts copies: whose event made one is not for everybody to see."""

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


def method_label(method: str) -> str:
    """Return the method, or ``other`` for a word of the caller's own."""
    return method if method in METHODS else "other"
