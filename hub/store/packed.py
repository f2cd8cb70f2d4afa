"""Lists in the binary form in which PostgreSQL takes an array: the driver's own way asks each value what it is.

The form is that of the server's ``array_send``: dimensions, whether there are nulls, the element's type, length and
lower bound, then each element behind its length in bytes. A statement must say what the list is (``$1::text[]``).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection
from typing import Any

_HEAD = struct.Struct(">iiIii").pack
_LENGTH = struct.Struct(">i").pack
_NULL = _LENGTH(-1)


class Packed(bytes):
    """Something in the server's binary form."""


def pack_bytes(values: Collection[bytes | None]) -> Packed:
    """Pack a list of ``bytea``."""
    return _packed(17, values, [_NULL if v is None else _LENGTH(len(v)) + v for v in values])


def pack_text(values: Collection[str | None]) -> Packed:
    """Pack a list of ``text``.

    Raises:
        ValueError: one has a NUL, which the server would refuse together with the whole transaction.
    """
    encoded = [None if v is None else v.encode() for v in values]
    if b"\0" in b"".join(v for v in encoded if v):
        raise ValueError("not to be written in this database")
    return _packed(25, encoded, [_NULL if v is None else _LENGTH(len(v)) + v for v in encoded])


def written(value: str | float | bytes | None) -> Packed | bytes | None:
    """Return one value in a form in which the server takes it where the statement says what it is.

    Raises:
        ValueError: a text has a NUL, at which it would end.
    """
    if value is None:
        return None
    if isinstance(value, bytes):
        return Packed(value)
    text = str(value).encode()
    if b"\0" in text:
        raise ValueError("not to be written in this database")
    return text


def _of(oid: int, form: str) -> Callable[[Collection[Any]], Packed]:
    """Return what packs values that all have one length."""
    element = struct.Struct(f">i{form}")
    length, pack = element.size - 4, element.pack

    def packed(values: Collection[Any]) -> Packed:
        return _packed(oid, values, [_NULL if v is None else pack(length, v) for v in values])

    return packed


def _packed(oid: int, values: Collection[object], elements: list[bytes]) -> Packed:
    if not values:
        return Packed(struct.pack(">iiI", 0, 0, oid))
    return Packed(_HEAD(1, None in values, oid, len(values), 1) + b"".join(elements))


pack_booleans = _of(16, "?")
pack_int4 = _of(23, "i")
pack_int8 = _of(20, "q")
pack_float8 = _of(701, "d")
