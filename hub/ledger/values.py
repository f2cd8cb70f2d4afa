"""The values that a copy gives, by leaf, only to commit to them: no value ever stands in an entry."""

from __future__ import annotations

from typing import Any


def given_values(given: dict[str, Any]) -> dict[str, Any]:
    """Return each leaf of a copy's ``given`` by path; a leaf within a list of blocks has a list of values."""
    found: dict[str, Any] = {}
    _walk(given, "", found, many=False)
    return found


def _walk(block: dict[str, Any], prefix: str, found: dict[str, Any], *, many: bool) -> None:
    for name, value in block.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            _walk(value, path, found, many=many)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                _walk(item, f"{path}[]", found, many=True)
        elif many:
            found.setdefault(path, []).append(value)
        else:
            found[path] = value
