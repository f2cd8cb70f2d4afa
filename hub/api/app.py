"""The application: the table of routes behind the middleware, and nothing global."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from hub.api.access import Access
from hub.api.gate import Gate
from hub.api.gauges import Gauges
from hub.api.metrics import Metrics
from hub.api.middleware import MIDDLEWARES
from hub.api.openapi import document
from hub.api.pulse import Pulse
from hub.api.routes import ROUTES
from hub.api.settings import Settings
from hub.api.state import ACCESS, BEGUN, DESCRIPTION, GATE, GAUGES, HUB, METRICS, PULSE, REQUEST_ID, SETTINGS, WATCHES
from hub.api.watches import Watches
from hub.api.wire import WIRE
from hub.service import Hub

SECURITY: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "hub",
    "X-Content-Type-Options": "nosniff",
}
SECURE: Final = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def make_app(hub: Hub, access: Access, settings: Settings) -> web.Application:
    """Return the HTTP door of a hub; run it with ``hub.api.wire.Runner``."""
    app = web.Application(middlewares=MIDDLEWARES, handler_args=WIRE)
    app[HUB] = hub
    app[ACCESS] = access
    app[SETTINGS] = settings
    app[METRICS] = hub.tally = metrics = Metrics(settings.registry)
    app[GAUGES] = Gauges(settings.registry)
    app[GATE] = gate = Gate(settings.most_waiting, settings.most_bytes)
    app[WATCHES] = Watches(hub, settings.most_watching)
    app[PULSE] = Pulse(hub, settings.health_seconds)
    app[DESCRIPTION] = document()
    metrics.waiting.set_function(lambda: gate.waiting)
    for route in ROUTES:
        app.router.add_route(route.method, route.matched or route.path, route.handler)
    app.on_response_prepare.append(_heads)
    app.on_shutdown.append(_stop)
    return app


async def _heads(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers of every answer, and note that it has begun."""
    response.headers.update(SECURITY)
    if request.app[ACCESS].public_url.startswith("https:"):
        response.headers.update(SECURE)
    response.headers["X-Request-Id"] = request[REQUEST_ID]
    request[BEGUN] = response


async def _stop(app: web.Application) -> None:
    app[WATCHES].stop()
