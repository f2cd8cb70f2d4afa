"""Lists in the binary form in which PostgreSQL takes an array: the driver's own way asks each value what it is.

The form is that of the server's ``array_send``: dimensions, whether there are nulls, the element's type, length and
lower bound, then each element behind its length in bytes. A statement must say what the list is (``$1::text[]``).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

_HEAD = struct.Struct(">iiIii").pack
_LENGTH = struct.Struct(">i").pack
_NULL = _LENGTH(-1)


class InWords(bytes):
    """One value as text, where everything else is in the server's binary form."""


def pack_bytes(values: Collection[bytes | None]) -> bytes:
    """Pack a list of ``bytea``."""
    return _packed(17, values, _lengths_before(values))


def pack_text(values: Collection[str | None]) -> bytes:
    """Pack a list of ``text``.

    Raises:
        ValueError: one has a NUL, which the server would refuse together with the whole transaction.
    """
    encoded = [None if v is None else v.encode() for v in values]
    if b"\0" in b"".join([v for v in encoded if v]):
        raise ValueError("not to be written in this database")
    return _packed(25, encoded, _lengths_before(encoded))


def _lengths_before(values: Collection[bytes | None]) -> Iterator[bytes]:
    """Yield each value behind its length, without a copy of it: the contents of entries are large."""
    for value in values:
        if value is None:
            yield _NULL
        else:
            yield _LENGTH(len(value))
            yield value


def written(value: str | float | bytes | None) -> bytes | None:
    """Return one value in a form in which the server takes it where the statement says what it is.

    Raises:
        ValueError: a text has a NUL, at which it would end.
    """
    if value is None or isinstance(value, bytes):
        return value
    text = str(value)
    if "\0" in text:
        raise ValueError("not to be written in this database")
    return InWords(text.encode())


def _of(oid: int, form: str) -> Callable[[Collection[Any]], bytes]:
    """Return what packs values that all have one length."""
    element = struct.Struct(f">i{form}")
    length, pack = element.size - 4, element.pack

    def packed(values: Collection[Any]) -> bytes:
        return _packed(oid, values, [_NULL if v is None else pack(length, v) for v in values])

    return packed


def _packed(oid: int, values: Collection[object], elements: Iterable[bytes]) -> bytes:
    if not values:
        return struct.pack(">iiI", 0, 0, oid)
    return b"".join([_HEAD(1, None in values, oid, len(values), 1), *elements])


pack_booleans = _of(16, "?")
pack_int4 = _of(23, "i")
pack_int8 = _of(20, "q")
pack_float8 = _of(701, "d")
