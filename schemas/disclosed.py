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
    for path, value in _walk(given, ""):
        if "[]" in path:
            found.setdefault(path, []).append(value)
        else:
            found[path] = value
    return found


def _walk(block: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in block.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            yield from _walk(value, path)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                yield from _walk(each, f"{path}[]")
        else:
            yield path, value


def value_text(value: Any) -> bytes:  # noqa: ANN401 - a leaf has a scalar or a list
    """Return what a leaf's commitment is over: its value as JSON without blanks, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


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
