"""The AsyncAPI 3.0 description: what may be published and what is received, over HTTP and at a broker."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.broker import INTAKE, LANES, PARTITION, RECEIPT
from schemas.catalogue import CATALOGUE, VERSION, EventType
from schemas.envelope import SINGLE, Given, Handling
from schemas.exchange import Receipt
from schemas.withdrawal import WITHDRAWN, WITHDRAWN_SCHEMA, Withdrawn

BINDING = "0.3.0"
"""The version of AsyncAPI's AMQP binding."""
PUBLISHED = [row for row in CATALOGUE.values() if row.asserted_by]
"""The events that agencies publish; what the hub itself tells is received as copies alone."""


def asyncapi() -> dict[str, Any]:
    """Return the description, with both doors: an agency's system publishes by either."""
    blocks = msgspec.json.schema_components([Handling, Receipt, Withdrawn], ref_template="#/components/schemas/{name}")[
        1
    ]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Offender information-sharing hub",
            "version": VERSION,
            "description": "Events in, redacted copies out.",
        },
        "defaultContentType": SINGLE,
        "servers": {
            "hub": {"host": "hub.example", "protocol": "https"},
            "broker": {
                "host": "broker.example",
                "protocol": "amqps",
                "protocolVersion": "0.9.1",
                "description": "Where a hub has one. The password is the hub's token: docs/broker.md.",
            },
        },
        "channels": _over_http() | _at_a_broker(),
        "operations": {
            "publish": _operation("receive", "events"),
            "deliver": _operation("send", "copies"),
            "publishToBroker": _operation("receive", "intake", userId="the client identifier", deliveryMode=2),
            "deliverByBroker": _operation("send", "queues", deliveryMode=2, ack=True),
        },
        "components": {
            "messages": {
                **{row.name: _event(row) for row in PUBLISHED},
                **{_at_broker(row.name): _event(row) | {"headers": _partition()} for row in PUBLISHED},
                "copy": _copy(),
                WITHDRAWN: _withdrawn(),
                RECEIPT: _receipt(),
            },
            "schemas": blocks,
        },
    }


def _over_http() -> dict[str, Any]:
    return {
        "events": {
            "address": "/events",
            "servers": [{"$ref": "#/servers/hub"}],
            "messages": {row.name: _message(row.name) for row in PUBLISHED},
        },
        "copies": {
            "address": "/mailboxes/{recipient}/copies",
            "servers": [{"$ref": "#/servers/hub"}],
            "parameters": {"recipient": {"description": "The recipient's name in the directory"}},
            "messages": {"copy": _message("copy"), WITHDRAWN: _message(WITHDRAWN)},
        },
    }


def _at_a_broker() -> dict[str, Any]:
    exchange = {"name": f"{INTAKE}{{agency}}", "type": "topic", "durable": True, "autoDelete": False}
    queue = {"name": "{door}.{lane}", "durable": True, "exclusive": False, "autoDelete": False}
    return {
        "intake": {
            "address": "{routingKey}",
            "title": "The exchange of one agency",
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": {"routingKey": {"description": f"The event's type, or '{RECEIPT}'"}},
            "messages": {
                **{row.name: _message(_at_broker(row.name)) for row in PUBLISHED},
                RECEIPT: _message(RECEIPT),
            },
            "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": BINDING}},
        },
        "queues": {
            "address": "{door}.{lane}",
            "title": "The two queues of a recipient",
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": {
                "door": {"description": "A random name, told to its owner alone (GET /doors)"},
                "lane": {"enum": list(LANES)},
            },
            "messages": {"copy": _message("copy"), WITHDRAWN: _message(WITHDRAWN)},
            "bindings": {"amqp": {"is": "queue", "queue": queue, "bindingVersion": BINDING}},
        },
    }


def _operation(action: str, channel: str, **amqp: object) -> dict[str, Any]:
    operation: dict[str, Any] = {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}
    return operation | ({"bindings": {"amqp": amqp | {"bindingVersion": BINDING}}} if amqp else {})


def _message(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{name}"}


def _at_broker(name: str) -> str:
    return f"{name}-at-broker"


def _event(row: EventType) -> dict[str, Any]:
    return {
        "name": row.name,
        "summary": " ".join((row.data.__doc__ or "").split()),
        "contentType": SINGLE,
        "payload": {
            "allOf": [
                {"$ref": "envelope.json"},
                {"properties": {"type": {"const": row.name}, "data": {"$ref": f"{row.name}.json"}}},
            ]
        },
    }


def _partition() -> dict[str, Any]:
    text = "Keeps one person's events in order: a keyed hash of the person's number, modulo the number of partitions"
    return {"type": "object", "properties": {PARTITION: {"type": "string", "pattern": "^[0-9]+$", "description": text}}}


def _copy() -> dict[str, Any]:
    return {
        "name": "copy",
        "summary": " ".join((Given.__doc__ or "").split()),
        "contentType": SINGLE,
        "payload": {
            "type": "object",
            "properties": {
                "type": {"enum": sorted(CATALOGUE)},
                "data": {
                    "type": "object",
                    "properties": {"given": {"type": "object"}, "handling": {"$ref": "#/components/schemas/Handling"}},
                },
            },
        },
    }


def _withdrawn() -> dict[str, Any]:
    given = {"given": {"$ref": "#/components/schemas/Withdrawn"}, "handling": {"$ref": "#/components/schemas/Handling"}}
    return {
        "name": WITHDRAWN,
        "summary": "The copy that is named here is to be erased and not used; nothing takes its place.",
        "contentType": SINGLE,
        "payload": {
            "type": "object",
            "properties": {
                "type": {"const": WITHDRAWN},
                "dataschema": {"const": WITHDRAWN_SCHEMA},
                "data": {"type": "object", "properties": given},
            },
        },
    }


def _receipt() -> dict[str, Any]:
    return {
        "name": RECEIPT,
        "summary": " ".join((Receipt.__doc__ or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/Receipt"},
    }
