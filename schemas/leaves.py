"""The leaves of an event type: every scalar that it can hold, with its path and categories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from schemas.labels import Category


class Leaf(msgspec.Struct, frozen=True):
    """One scalar, or list of scalars, of an event type; ``[]`` in the path marks a list of blocks."""

    path: str
    categories: frozenset[Category]


class Unlabelled(TypeError):
    """A leaf carries no category, so no policy can speak of it."""


_INFO: dict[type, inspect.Type] = {}
"""What was found of each type that was inspected, and of each block in it."""


def inspect_all(structs: Iterable[type[msgspec.Struct]]) -> None:
    """Inspect many types at once: a block that several of them have is looked at once, and is then known by itself."""
    for info in inspect.multi_type_info(structs):
        _keep(info)


def _keep(info: inspect.Type) -> None:
    if isinstance(info, inspect.StructType) and info.cls not in _INFO:
        _INFO[info.cls] = info
        for field in info.fields:
            inner, _ = _unwrap(field.type)
            _keep(_unwrap(inner.item_type)[0] if isinstance(inner, inspect.ListType) else inner)


def _inspected(struct: type[msgspec.Struct]) -> inspect.Type:
    if struct not in _INFO:
        inspect_all([struct])
    return _INFO[struct]


@cache
def leaves_of(struct: type[msgspec.Struct]) -> tuple[Leaf, ...]:
    """Return every leaf of a type, in the order of its definition.

    Raises:
        Unlabelled: a leaf has no category, or a block is of a kind that cannot be projected.
    """
    return tuple(_walk(_inspected(struct), ""))


def _walk(info: inspect.Type, prefix: str) -> Iterator[Leaf]:
    if not isinstance(info, inspect.StructType):
        raise Unlabelled(prefix or str(info))
    for field in info.fields:
        path = f"{prefix}.{field.encode_name}" if prefix else field.encode_name
        inner, categories = _unwrap(field.type)
        if isinstance(inner, inspect.StructType):
            yield from _walk(inner, path)
        elif isinstance(inner, inspect.ListType) and isinstance(_unwrap(inner.item_type)[0], inspect.StructType):
            yield from _walk(_unwrap(inner.item_type)[0], f"{path}[]")
        elif not categories or isinstance(inner, inspect.AnyType | inspect.RawType | inspect.DictType):
            raise Unlabelled(path)
        else:
            yield Leaf(path, frozenset(categories))


def _unwrap(info: inspect.Type) -> tuple[inspect.Type, tuple[Category, ...]]:
    """Strip metadata; return what is left with the categories that it names."""
    if isinstance(info, inspect.Metadata):
        inner, deeper = _unwrap(info.type)
        return inner, (info.extra or {}).get("categories", ()) or deeper
    return info, ()


def categories_in(block: msgspec.Struct) -> frozenset[Category]:
    """Return the categories of the leaves that a block has; equal ones are the very same object."""
    return _set_of(_gatherer(type(block))(block))


@cache
def _gatherer(struct: type[msgspec.Struct]) -> Callable[[msgspec.Struct], int]:
    """Return what gathers a bit for each category of the leaves that a block has: written out once, field by field."""
    lines = ["def gather(v):", "    found = 0"]
    scope: dict[str, Any] = {"UNSET": msgspec.UNSET}
    for field in struct_fields(struct):
        lines.append(f"    if (x := v.{field.name}) is not UNSET:")
        if field.block is None:
            lines.append(f"        found |= {sum(_BIT[category] for category in field.categories)}")
        else:
            scope[f"in_{field.name}"] = _gatherer(field.block)
            item = f"found |= in_{field.name}"
            lines.append(f"        for y in x: {item}(y)" if field.many else f"        {item}(x)")
    exec("\n".join([*lines, "    return found"]), scope)  # noqa: S102 - made of schema field names alone
    gather: Callable[[msgspec.Struct], int] = scope["gather"]
    return gather


_BIT = {category: 1 << i for i, category in enumerate(Category)}


@lru_cache(4096)
def _set_of(bits: int) -> frozenset[Category]:
    return frozenset(category for category, bit in _BIT.items() if bits & bit)


class Field(msgspec.Struct, frozen=True):
    """One field of a block: its name, and the block it holds (one or ``many``), or the categories of a leaf."""

    name: str
    block: type[msgspec.Struct] | None
    many: bool
    required: bool
    categories: frozenset[Category]


@cache
def struct_fields(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a block, leaves and nested blocks told apart."""
    info = _inspected(struct)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - guaranteed by the argument's type
    return tuple(_field(field) for field in info.fields)


def _field(field: inspect.Field) -> Field:
    inner, categories = _unwrap(field.type)
    item = _unwrap(inner.item_type)[0] if isinstance(inner, inspect.ListType) else inner
    return Field(
        field.encode_name,
        item.cls if isinstance(item, inspect.StructType) else None,
        isinstance(inner, inspect.ListType),
        field.required,
        frozenset(categories),
    )
