"""The values that a copy gives, by leaf, only to commit to them: no value ever stands in an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Values = Mapping[str, Any]
"""Values of leaves by path; a leaf within a list of blocks has a list of values."""


def given_values(name: str, member: Any) -> Values:  # noqa: ANN401 - a member of any view
    """Return the values in one member of what a copy gives, as they stand in its JSON; none where it is UNSET."""
    found: dict[str, Any] = {}
    if member is not msgspec.UNSET:
        _walk({name: msgspec.to_builtins(member)}, "", found, many=False)
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
