"""Random events of any type, made from the schema; and the leaves that an event has."""

from __future__ import annotations

import datetime as dt
import functools

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET, inspect

from schemas.leaves import struct_fields

_WORDS = st.text("abc'\"é", min_size=1, max_size=4)
_CODES = st.sampled_from(["ABC", "XY", "BMI"])
_type_of = functools.cache(inspect.type_info)


@functools.cache
def events(struct):
    """Return a strategy for a block of the schema: the same one each time, as it takes longer to make than to draw."""
    info = _type_of(struct)
    fields = {f.encode_name: _value(f.type) if f.required else st.just(UNSET) | _value(f.type) for f in info.fields}
    return st.fixed_dictionaries(fields).map(lambda values: _made(info, values))


def _made(info, values):
    defaults = {f.encode_name for f in info.fields if not f.required and f.default not in (UNSET, inspect.NODEFAULT)}
    return info.cls(**{k: v for k, v in values.items() if not (v is UNSET and k in defaults)})


def _value(info):
    if isinstance(info, inspect.Metadata):
        return _value(info.type)
    if isinstance(info, inspect.UnionType):
        return st.one_of(*(_value(t) for t in info.types if "Unset" not in type(t).__name__))
    return _OF_KIND[type(info)](info)


_OF_KIND = {
    inspect.StructType: lambda info: st.deferred(lambda: events(info.cls)),
    inspect.ListType: lambda info: st.lists(_value(info.item_type), max_size=2),
    inspect.LiteralType: lambda info: st.sampled_from(info.values),
    inspect.EnumType: lambda info: st.sampled_from(list(info.cls)),
    inspect.StrType: lambda info: _CODES if info.pattern else _WORDS,
    inspect.BoolType: lambda _: st.booleans(),
    inspect.IntType: lambda _: st.integers(0, 3),
    inspect.DateType: lambda _: st.dates(dt.date(1950, 1, 1), dt.date(2030, 1, 1)),
    inspect.DateTimeType: lambda _: st.datetimes(timezones=st.just(dt.UTC)),
    inspect.TimeType: lambda _: st.times(),
}


def leaves_in(value, path="", place=(), names_roles=()):
    """Yield each leaf that an event, or a decoded copy, has: its path, its place, its value, the roles of its block."""
    if isinstance(value, msgspec.Struct):
        value = {f: getattr(value, f) for f in value.__struct_fields__}
    named = value.get("names_roles", UNSET)
    for name, member in value.items():
        here, there = f"{path}.{name}" if path else name, (*place, name)
        if member is UNSET:
            continue
        if isinstance(member, msgspec.Struct | dict):
            yield from leaves_in(member, here, there, names_roles)
        elif isinstance(member, list) and member and isinstance(member[0], msgspec.Struct | dict):
            for i, item in enumerate(member):
                yield from leaves_in(item, f"{here}[]", (*there, i), names_roles)
        elif not (isinstance(member, list) and not member and _is_block_list(here)):
            yield here, there, member, () if named is UNSET else tuple(named)


_BLOCK_LISTS = {
    "memberships", "cases", "marker_confirmations", "referrals", "victims", "associates", "children",
    "subject.identifiers", "subject.aliases", "licence.conditions", "breach.pack.missed",
}  # fmt: skip


def _is_block_list(path):
    return path in _BLOCK_LISTS


def without(value, kept, struct, draw, path=""):
    """Return the event with every leaf that is not kept taken away, or made another where it is required."""
    changed = {}
    for field in struct_fields(struct):
        here = f"{path}.{field.name}" if path else field.name
        member = getattr(value, field.name)
        if field.block is None:
            if here not in kept and not here.endswith("names_roles"):
                changed[field.name] = _another(struct, field, draw)
        elif member is not UNSET:
            changed[field.name] = _nested(member, kept, field, draw, here)
    return msgspec.structs.replace(value, **changed)


def _another(struct, field, draw):
    info = next(f for f in _type_of(struct).fields if f.encode_name == field.name)
    return draw(_value(info.type)) if field.required or draw(st.booleans()) else _absent(info)


def _absent(info):
    return UNSET if info.default in (UNSET, inspect.NODEFAULT) else info.default


def _nested(member, kept, field, draw, here):
    if not field.many:
        return without(member, kept, field.block, draw, here)
    return [without(item, kept, field.block, draw, f"{here}[]") for item in member]
