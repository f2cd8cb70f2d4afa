"""Serves a hub over HTTP until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import ssl

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from hub.access.keys import SigningKeys
from hub.api.access import Access
from hub.api.app import make_app
from hub.api.settings import Settings
from hub.api.wire import Runner
from hub.config import Config
from hub.service import Hub

log = structlog.get_logger("serve")


async def serve_until_stopped(hub: Hub, keys: SigningKeys, config: Config) -> None:
    """Serve until SIGTERM or SIGINT; waiting requests end promptly, and what was taken is committed."""
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    await hub.start()
    access = Access(keys, issuer=config.url, audience=config.url, public_url=config.url)
    runner = Runner(make_app(hub, access, Settings(registry=CollectorRegistry())))
    try:
        await runner.setup()
        await web.TCPSite(runner, config.host, config.port, ssl_context=_tls(config)).start()
        log.info("serving", url=config.url)
        await stopping.wait()
    finally:
        await runner.cleanup()
        await hub.stop()
        log.info("stopped")


def _tls(config: Config) -> ssl.SSLContext | None:
    if config.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(config.tls_certificate, config.tls_key)
    return context
