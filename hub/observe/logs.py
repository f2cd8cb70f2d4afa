"""Logs as JSON lines, in which only known words and codes may stand."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        *("event", "level", "timestamp", "logger", "error", "code", "rule", "type", "lane"),
        *("recipient", "client", "component", "count", "route", "method", "status", "milliseconds", "request_id"),
        *("address", "url", "version", "copy", "name"),
    }
)
"""The keys that a log line may have; anything else is left out, so that a value cannot slip in under a new name."""


def _only_allowed(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in line.items() if key in ALLOWED}


def configure_logs(level: str) -> None:
    """Send logs to standard error; an exception shows as its class alone."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    numeric = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(level=numeric, stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
