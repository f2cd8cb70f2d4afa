"""What an application and a request carry, under typed keys."""

from __future__ import annotations

from aiohttp import web

from hub.access.principal import Principal
from hub.api.access import Access
from hub.api.gate import Gate
from hub.api.gauges import Gauges
from hub.api.metrics import Metrics
from hub.api.pulse import Pulse
from hub.api.settings import Settings
from hub.api.watches import Watches
from hub.errors import NotFound
from hub.service import Hub

HUB = web.AppKey("HUB", Hub)
ACCESS = web.AppKey("ACCESS", Access)
SETTINGS = web.AppKey("SETTINGS", Settings)
METRICS = web.AppKey("METRICS", Metrics)
GATE = web.AppKey("GATE", Gate)
GAUGES = web.AppKey("GAUGES", Gauges)
WATCHES = web.AppKey("WATCHES", Watches)
PULSE = web.AppKey("PULSE", Pulse)
DESCRIPTION = web.AppKey("DESCRIPTION", bytes)

REQUEST_ID = web.RequestKey("REQUEST_ID", str)
PRINCIPAL = web.RequestKey("PRINCIPAL", Principal)
BEGUN = web.RequestKey("BEGUN", web.StreamResponse)
"""The response whose head has been sent: no other can be given."""


def own_recipient(request: web.Request, recipient: str) -> str:
    """Return the recipient if the caller stands for it; raises ``NotFound`` alike for any other, known or not."""
    if recipient not in request[PRINCIPAL].recipients:
        raise NotFound
    return recipient


def pattern(request: web.Request) -> str:
    """Return the route's pattern, never the path itself; ``unmatched`` where there is no route."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unmatched"


def from_inside(request: web.Request) -> bool:
    """Tell whether the request came to the inner port."""
    sockname = request.transport.get_extra_info("sockname") if request.transport else None
    return sockname is not None and sockname[1] == request.app[SETTINGS].inner_port
