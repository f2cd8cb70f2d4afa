"""A copy made of a former one: a new tree that has the named leaves, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Given = Mapping[str, Any]


def picked(given: Given, paths: Collection[str], prefix: str = "") -> dict[str, Any]:
    """Return the leaves of a copy that are named, by their paths in it; a block that has none of them is left out."""
    found: dict[str, Any] = {}
    for path in sorted({path for path in paths if path.startswith(prefix)}):
        name, dot, _ = path.removeprefix(prefix).partition(".")
        member, many = name.removesuffix("[]"), name.endswith("[]")
        if member in found or member not in given:
            continue
        if not dot:
            found[member] = given[member]
        elif many:
            blocks = [block for each in given[member] if (block := picked(each, paths, f"{prefix}{name}."))]
            found |= {member: blocks} if blocks else {}
        elif block := picked(given[member], paths, f"{prefix}{name}."):
            found[member] = block
    return found


def values(given: Given, prefix: str = "") -> dict[str, Any]:
    """Return the value of each leaf of a copy by its path; of a leaf in a list of blocks, the list of its values."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            found |= values(value, f"{path}.")
        elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            for each in value:
                for leaf, one in values(each, f"{path}[].").items():
                    found.setdefault(leaf, []).extend(one if "[]" in leaf.removeprefix(f"{path}[].") else [one])
        else:
            found[path] = value
    return found
