"""An event to go with an example: nothing is in it but what its type needs, and the one leaf. All in it is made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from schemas.catalogue import EventType
from schemas.envelope import Envelope, envelope_of
from schemas.events.occurrence import Occurrence
from schemas.labels import Role

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
SOURCE = "https://agency.example/records"
CODE, TEXT = "ABC", "Example"
"""A code is one of whatever kind is asked for."""


def example_event(event: EventType, leaf: str | None, role: Role) -> Envelope[Occurrence]:
    """Return an event of a type with one leaf, by its path; a licence condition in it names the role."""
    steps = leaf.split(".") if leaf is not None else []
    data = _block(_inspected(event.data), steps, role)
    return envelope_of(event.name, msgspec.convert(data, event.data), event_id="example-1", source=SOURCE, time=NOON)


@cache
def _inspected(struct: type[Occurrence]) -> inspect.Type:
    return inspect.type_info(struct)


def _block(info: Any, steps: list[str], role: Role) -> dict[str, Any]:  # noqa: ANN401 - what msgspec says of a type
    made: dict[str, Any] = {}
    for field in info.fields:
        name, wanted = field.encode_name, bool(steps) and steps[0].removesuffix("[]") == field.encode_name
        if wanted or field.required or (name == "names_roles" and steps):
            found = _value(_bare(field.type), steps[1:] if wanted else [], role)
            made[name] = [role] if name == "names_roles" else found
    return made


def _value(info: Any, steps: list[str], role: Role) -> Any:  # noqa: ANN401 - what msgspec says of a type
    if isinstance(info, inspect.StructType):
        return _block(info, steps, role)
    if isinstance(info, inspect.ListType):
        return [_value(_bare(info.item_type), steps, role)]
    return _OF_KIND[type(info)](info)


_OF_KIND: Mapping[type, Callable[[Any], Any]] = {
    inspect.StrType: lambda info: CODE if info.pattern else TEXT[: info.max_length],
    inspect.IntType: lambda info: max(1, info.ge or 0),
    inspect.BoolType: lambda _: True,
    inspect.LiteralType: lambda info: info.values[0],
    inspect.EnumType: lambda info: next(iter(info.cls)),
    inspect.DateType: lambda _: NOON.date(),
    inspect.DateTimeType: lambda _: NOON,
    inspect.TimeType: lambda _: NOON.time(),
}


def _bare(info: Any) -> Any:  # noqa: ANN401 - what msgspec says of a type
    """Return a type without what is said about it."""
    while isinstance(info, inspect.Metadata):
        info = info.type
    return info
