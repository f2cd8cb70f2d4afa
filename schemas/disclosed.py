"""The leaves that a copy has, as the record commits to them; without any library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any


def leaves_in(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each leaf of a copy's ``data.given`` by its path.

    ``[]`` in a path marks a list of blocks; the value of a leaf in one is the list of its values, in their order.
    """
    found: dict[str, Any] = {}
    _take(given, "", found, listed=False)
    return found


def _take(block: Mapping[str, Any], prefix: str, found: dict[str, Any], *, listed: bool) -> None:
    """Add the leaves of a block; where it is ``listed`` each adds to the list of what is at its path."""
    for name, value in block.items():
        path = prefix + name
        if isinstance(value, dict):
            _take(value, path + ".", found, listed=listed)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                _take(each, path + "[].", found, listed=True)
        elif listed:
            found.setdefault(path, []).append(value)
        else:
            found[path] = value


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def value_text(value: Any) -> bytes:  # noqa: ANN401 - a leaf has a scalar or a list
    """Return what a leaf's commitment is over: its value as JSON without blanks, in UTF-8."""
    return _encoded(value).encode()


def commitment(salt: bytes, content: bytes) -> bytes:
    """Return the salted commitment to some bytes."""
    return hashlib.sha256(salt + content).digest()


def differences(
    recorded: Mapping[str, str], salts: Mapping[str, bytes], leaves: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield each leaf that is not as it was recorded, and how.

    Args:
        recorded: The commitment of each leaf, in hex, by its path.
        salts: The salt of each of them.
        leaves: The leaves that a copy has.
    """
    for path in sorted(recorded.keys() | leaves.keys()):
        if path not in recorded:
            yield path, "was not recorded"
        elif path not in leaves:
            yield path, "is missing"
        elif path not in salts:
            yield path, "cannot be compared without its salt"
        elif commitment(salts[path], value_text(leaves[path])).hex() != recorded[path]:
            yield path, "has another value"
