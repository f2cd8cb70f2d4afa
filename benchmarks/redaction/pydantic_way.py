"""Pydantic: the event as models that validate, and for each role what to include."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
import orjson
import pydantic
from msgspec import inspect

from benchmarks.redaction.event import KIND, ROLES
from benchmarks.redaction.plans import Plan
from schemas.catalogue import CATALOGUE
from schemas.labels import Role

_PLAIN: dict[type, Any] = {
    inspect.StrType: str, inspect.IntType: int, inspect.BoolType: bool,
    inspect.DateType: dt.date, inspect.DateTimeType: dt.datetime, inspect.TimeType: dt.time,
}  # fmt: skip


def including(body: bytes, plans: Mapping[Role, Plan]) -> Callable[[], list[bytes]]:
    """Validate once; for each role dump with its ``include``, and apply the masks that pydantic has no word for."""
    model = _model(CATALOGUE[KIND].data)
    includes = {role: _include(plan) for role, plan in plans.items()}

    def redact() -> list[bytes]:
        event = model.model_validate(orjson.loads(body)["data"])
        return [_dump(event, includes[role], plans[role]) for role in ROLES]

    return redact


def _dump(event: pydantic.BaseModel, include: Any, plan: Plan) -> bytes:  # noqa: ANN401 - nested names
    dumped = event.model_dump(mode="json", include=include, exclude_unset=True)
    _mask(dumped, plan)
    return orjson.dumps(dumped)


def _mask(block: dict[str, Any], plan: Plan) -> None:
    for name, out, how in plan.others:
        if name not in block:
            continue
        value = block[name]
        if not isinstance(how, Plan):
            block[out] = how(block.pop(name))
            continue
        if how.chosen:
            allowed = how.plain
            block[name] = value = [
                {k: v for k, v in each.items() if k in allowed}
                for each in value
                if how.chosen in each.get("names_roles", ())
            ]
        for each in value if isinstance(value, list) else [value]:
            _mask(each, how)
        if isinstance(value, list):
            block[name] = value = [each for each in value if each]
        if not value:
            del block[name]


def _include(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(plan.plain, True)
    for name, _, how in plan.others:
        if not isinstance(how, Plan):
            found[name] = True
        elif name in _LISTS:
            found[name] = {"__all__": _include(how) | ({"names_roles": True} if how.chosen else {})}
        else:
            found[name] = _include(how)
    return found


_LISTS = {
    "memberships",
    "cases",
    "marker_confirmations",
    "referrals",
    "victims",
    "associates",
    "children",
    "identifiers",
    "aliases",
    "conditions",
}


def _model(struct: type[msgspec.Struct]) -> type[pydantic.BaseModel]:
    """Return a model with the fields of one of our types, their bounds included."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    fields: dict[str, Any] = {f.name: (_type(f.type), ... if f.required else None) for f in info.fields}
    return pydantic.create_model(struct.__name__, __config__=pydantic.ConfigDict(extra="forbid"), **fields)


def _type(info: inspect.Type) -> Any:  # noqa: ANN401 - a type expression
    found: Any = _PLAIN.get(type(info))
    match info:
        case inspect.Metadata():
            found = _type(info.type)
        case inspect.StructType():
            found = _model(info.cls)
        case inspect.ListType():
            found = list[_type(info.item_type)]  # type: ignore[misc]  # made at run time
        case inspect.StrType(min_length=low, max_length=high, pattern=pattern) if low or high or pattern:
            found = pydantic.constr(min_length=low, max_length=high, pattern=pattern)
        case inspect.LiteralType():
            found = Literal[info.values]
        case inspect.EnumType():
            found = info.cls
    return found
