"""Serves a hub over HTTP until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import ssl
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from hub.access.rotation import read_keys
from hub.api.access import Access
from hub.api.app import make_app
from hub.api.key_watch import KeyWatch
from hub.api.settings import Settings
from hub.api.wire import serve
from hub.config import Config
from hub.service import Hub

log = structlog.get_logger("serve")
YOUNG = 20_000
"""How many new objects are made between two collections."""


async def serve_until_stopped(
    hub: Hub, running: AbstractAsyncContextManager[object], keys: Path, config: Config
) -> None:
    """Serve until SIGTERM or SIGINT; waiting requests end promptly, and what was taken is committed.

    ``running`` begins the hub, with all that works for it in this process, and ends it. ``keys`` is the folder of the
    signing keys.
    """
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    access = Access(read_keys(keys, hub.now()), issuer=config.url, audience=config.url, public_url=config.url)
    settings = Settings(
        registry=CollectorRegistry(),
        inner_port=config.inner_port,
        build={"name": "offender-hub", "version": version("offender-hub")},
    )
    app = make_app(hub, access, settings)
    async with running:
        watching = asyncio.create_task(KeyWatch(access, keys, hub.now).run(), name="keys")
        runner = await serve(app, config.host, config.port, tls=_tls(config), inner_host=config.inner_host)
        gc.collect()
        gc.freeze()  # what was loaded stays for ever: collections of the young alone keep pauses short
        gc.set_threshold(YOUNG, 50, 100)
        try:
            log.info("serving", url=config.url)
            await stopping.wait()
        finally:
            watching.cancel()
            await runner.cleanup()
    log.info("stopped")


def _tls(config: Config) -> ssl.SSLContext | None:
    if config.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(config.tls_certificate, config.tls_key)
    return context
