"""Every address of the hub: method, path, handler, its published shape, and who may ask."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from hub.api.handlers import (
    bundle,
    checkpoint,
    copies,
    corrections,
    deliveries,
    description,
    disclosures,
    document,
    door,
    doors,
    events,
    export_csv,
    export_national,
    health,
    held,
    info,
    jwks,
    ledger_keys,
    liveness,
    lookups,
    metrics,
    never,
    overdue,
    ping,
    proof,
    readiness,
    receipts,
    received,
    resting,
    resume,
    retry,
    retry_all,
    settle,
    shard_checkpoint,
    shards,
    show,
    statement,
    stream,
    suspend,
    suspensions,
    tile,
    token,
)
from hub.api.shape import PUBLIC, Route

ROUTES: Final = (
    Route("POST", token.PATH, token.handle, token.SHAPE, PUBLIC),
    Route("GET", jwks.PATH, jwks.handle, jwks.SHAPE, PUBLIC),
    Route("GET", ledger_keys.PATH, ledger_keys.handle, ledger_keys.SHAPE, PUBLIC),
    Route("POST", events.PATH, events.handle, events.SHAPE, "events:publish"),
    Route("GET", copies.PATH, copies.handle, copies.SHAPE, "copies:receive"),
    Route("GET", stream.PATH, stream.handle, stream.SHAPE, "copies:receive"),
    Route("GET", proof.PATH, proof.handle, proof.SHAPE, "copies:receive"),
    Route("POST", receipts.PATH, receipts.handle, receipts.SHAPE, "copies:receive"),
    Route("GET", deliveries.PATH, deliveries.handle, deliveries.SHAPE, "copies:receive"),
    Route("GET", overdue.PATH, overdue.handle, overdue.SHAPE, "hub:operate"),
    Route("GET", corrections.PATH, corrections.handle, corrections.SHAPE, "hub:operate"),
    Route("GET", doors.PATH, doors.handle, doors.SHAPE, "copies:receive", or_else="events:publish"),
    Route("PUT", door.PATH, door.handle, door.SHAPE, "copies:receive"),
    Route("GET", suspensions.PATH, suspensions.handle, suspensions.SHAPE, "hub:operate"),
    Route("PUT", suspend.PATH, suspend.handle, suspend.SHAPE, "hub:operate"),
    Route("DELETE", resume.PATH, resume.handle, resume.SHAPE, "hub:operate"),
    Route("POST", lookups.PATH, lookups.handle, lookups.SHAPE, "people:look-up"),
    Route("POST", disclosures.PATH, disclosures.handle, disclosures.SHAPE, "disclosures:read"),
    Route("GET", held.PATH, held.handle, held.SHAPE, "held:settle"),
    Route("POST", show.PATH, show.handle, show.SHAPE, "held:settle"),
    Route("POST", settle.PATH, settle.handle, settle.SHAPE, "held:settle"),
    Route("POST", retry.PATH, retry.handle, retry.SHAPE, "held:settle"),
    Route("POST", retry_all.PATH, retry_all.handle, retry_all.SHAPE, "held:settle"),
    Route("GET", checkpoint.PATH, checkpoint.handle, checkpoint.SHAPE, "ledger:read"),
    Route("GET", shards.PATH, shards.handle, shards.SHAPE, "ledger:read"),
    Route(
        "GET",
        shard_checkpoint.PATH,
        shard_checkpoint.handle,
        shard_checkpoint.SHAPE,
        "ledger:read",
        matched=shard_checkpoint.MATCHED,
    ),
    Route("GET", bundle.PATH, bundle.handle, bundle.SHAPE, "ledger:read", matched=bundle.MATCHED),
    Route("GET", tile.PATH, tile.handle, tile.SHAPE, "ledger:read", matched=tile.MATCHED),
    Route("POST", statement.PATH, statement.handle, statement.SHAPE, "ledger:audit", or_else="hub:operate"),
    Route("POST", document.PATH, document.handle, document.SHAPE, "ledger:audit", or_else="hub:operate"),
    Route("POST", received.PATH, received.handle, received.SHAPE, "disclosures:read", or_else="ledger:audit"),
    Route("POST", resting.PATH, resting.handle, resting.SHAPE, "disclosures:read", or_else="ledger:audit"),
    Route("POST", never.PATH, never.handle, never.SHAPE, "disclosures:read", or_else="ledger:audit"),
    Route(
        "POST",
        export_national.PATH,
        export_national.handle,
        export_national.SHAPE,
        "ledger:audit",
        or_else="hub:operate",
    ),
    Route("POST", export_csv.PATH, export_csv.handle, export_csv.SHAPE, "ledger:audit", "hub:operate"),
    Route("GET", health.PATH, health.handle, health.SHAPE, PUBLIC),
    Route("GET", liveness.PATH, liveness.handle, liveness.SHAPE, PUBLIC),
    Route("GET", readiness.PATH, readiness.handle, readiness.SHAPE, PUBLIC),
    Route("GET", ping.PATH, ping.handle, ping.SHAPE, PUBLIC),
    Route("GET", info.PATH, info.handle, info.SHAPE, PUBLIC),
    Route("GET", metrics.PATH, metrics.handle, metrics.SHAPE, PUBLIC),
    Route("GET", description.PATH, description.handle, description.SHAPE, PUBLIC),
)

_PERMISSIONS: Final = {(route.method, route.path): route.permissions for route in ROUTES}


def permissions_of(request: web.Request) -> frozenset[str]:
    """Return of what the matched address asks for one; an address outside the table is the programmer's mistake."""
    resource = request.match_info.route.resource
    if resource is None:
        raise RuntimeError("a request without a route has no permission")
    return _PERMISSIONS[request.method, resource.canonical]
