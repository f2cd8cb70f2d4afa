"""Running an adapter as a process: its log on standard error, its end on SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

import click
import structlog

from adapters.sdk.credentials import UnusableKey
from adapters.sdk.errors import HubTrouble

UNAVAILABLE = 69
"""The exit code (sysexits.h) of an adapter that the hub does not admit, or whose files cannot be used."""
GRACE_SECONDS = 15.0


def run(service: Callable[[asyncio.Event], Awaitable[int | None]]) -> None:
    """Run a service until it ends or is told to end, and exit: 0 for a clean end, or the service's own code.

    The service is given an event that SIGTERM and SIGINT set.
    """
    log_to_standard_error()
    try:
        code = asyncio.run(_until_stopped(service))
    except (HubTrouble, UnusableKey) as trouble:
        click.echo(str(trouble), err=True)
        sys.exit(UNAVAILABLE)
    except OSError as trouble:
        click.echo(f"{trouble.strerror or type(trouble).__name__}: {trouble.filename or 'no file'}", err=True)
        sys.exit(UNAVAILABLE)
    sys.exit(code)


def log_to_standard_error() -> None:
    """Keep standard output for what the adapter is for; the log names no person."""
    # What goes wrong at the broker is told by our own errors; the library's may quote a message.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def _until_stopped(service: Callable[[asyncio.Event], Awaitable[int | None]]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    running = asyncio.ensure_future(service(stop))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    await asyncio.wait((running,), timeout=GRACE_SECONDS)
    if running.cancel():
        # Whatever still waits for the hub is on disc, and goes on at the next start.
        await asyncio.wait((running,))
        return 0
    return running.result() or 0
