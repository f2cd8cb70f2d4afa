"""Writes what partners build on: a JSON Schema for each event type, and the AsyncAPI description.

``python -m schemas.generate`` writes them; a test fails while they are stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from schemas.asyncapi import asyncapi
from schemas.catalogue import CATALOGUE, SCHEMA_BASE, VERSION, EventType

FOLDER = Path(__file__).parent / "json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema() -> dict[str, Any]:
    """Return the JSON Schema of the blocks of events; ``x-categories`` says what kind of fact each leaf is."""
    return {
        "$schema": DIALECT,
        "$id": f"{SCHEMA_BASE}/record/{VERSION}",
        "title": "The blocks that events are made of",
        "$defs": _blocks(),
    }


def event_schema(row: EventType) -> dict[str, Any]:
    """Return the JSON Schema of one event type's data, made of the blocks of the record schema."""
    own = _components([row.data])[row.data.__name__]
    return {
        "$schema": DIALECT,
        "$id": row.dataschema,
        "title": row.name,
        "description": " ".join((row.data.__doc__ or "").split()),
        "x-topic": str(row.topic),
        "x-asserted-by": sorted(map(str, row.asserted_by)),
        "x-lane": row.lane,
        **{key: value for key, value in own.items() if key not in {"title", "description"}},
    }


def _components(types: list[Any]) -> dict[str, Any]:
    return msgspec.json.schema_components(types, ref_template=f"{SCHEMA_BASE}/record/{VERSION}#/$defs/{{name}}")[1]


def _blocks() -> dict[str, Any]:
    events = {row.data for row in CATALOGUE.values()}
    found = _components(sorted(events, key=lambda data: data.__name__))
    return {name: block for name, block in found.items() if name not in {data.__name__ for data in events}}


def envelope_schema() -> dict[str, Any]:
    """Return the JSON Schema of the CloudEvents envelope of a published event."""
    text = {"type": "string", "minLength": 1}
    fixed = {"specversion": {"const": "1.0"}, "datacontenttype": {"const": "application/json"}}
    return {
        "$schema": DIALECT,
        "$id": f"{SCHEMA_BASE}/envelope/{VERSION}",
        "title": "The CloudEvents 1.0 envelope of a published event",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "dataschema", "data"],
        "additionalProperties": False,
        "properties": {
            **fixed,
            "id": {**text, "maxLength": 128},
            "source": {**text, "maxLength": 200, "format": "uri-reference"},
            "type": {"enum": sorted(CATALOGUE)},
            "time": {"type": "string", "format": "date-time"},
            "dataschema": {"enum": sorted(row.dataschema for row in CATALOGUE.values())},
            "traceparent": {"type": "string"},
            "corrects": {**text, "maxLength": 128, "description": "The id of an earlier event of the same source"},
            "withdraws": {**text, "maxLength": 128, "description": "The id of an earlier event of the same source"},
            "data": {"type": "object"},
        },
    }


def documents() -> dict[str, bytes]:
    """Return every generated document by file name."""
    shared = {"record.json": record_schema(), "envelope.json": envelope_schema(), "asyncapi.json": asyncapi()}
    made = {f"{row.name}.json": event_schema(row) for row in CATALOGUE.values()} | shared
    return {
        name: msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=1) + b"\n"
        for name, document in made.items()
    }


def main() -> None:
    """Write every document into its folder."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in documents().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
