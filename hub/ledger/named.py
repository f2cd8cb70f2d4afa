"""The entry of the record that a copy names."""

from __future__ import annotations

import msgspec


class _Handling(msgspec.Struct):
    entry: str


class _Data(msgspec.Struct):
    handling: _Handling


class _Copy(msgspec.Struct):
    data: _Data


_read = msgspec.json.Decoder(_Copy).decode


def entry_named(copy: bytes) -> str:
    """Return the entry that a copy says it is recorded in; nothing where it is no copy of ours."""
    try:
        return _read(copy).data.handling.entry
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
