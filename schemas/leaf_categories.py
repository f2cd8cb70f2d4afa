"""What kind of fact a leaf of a copy is, by the published schemas alone; without any library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from schemas.transformed import TRANSFORMED

FOLDER = Path(__file__).parent / "json"
NOTHING_OF_ANYBODY = {"copy.withdrawn": frozenset({"withdrawn.delivery"})}
"""Messages of the hub that are no event of the catalogue, with the leaves of theirs that are about nobody."""


class Unknown(LookupError):
    """The published schemas do not have it, so nothing can be said of it."""


class _Known(NamedTuple):
    topic: str
    leaves: Mapping[str, frozenset[str]]


def categories() -> frozenset[str]:
    """Return every category that the published schemas know."""
    return frozenset(_marks(_read("record.json"))) | frozenset(
        document["x-topic"] for path in FOLDER.glob("*.json") if "x-topic" in (document := _read(path.name))
    )


def topic_of(kind: str) -> str | None:
    """Return the category that a copy of some type tells by being there; None of what is about nobody.

    Raises:
        Unknown: there is no such type.
    """
    return None if kind in NOTHING_OF_ANYBODY else _known(kind).topic


def categories_of(kind: str, path: str, transform: str | None) -> frozenset[str]:
    """Return the categories of a leaf of a copy, by its path there and the transform that made it.

    Raises:
        Unknown: the type has no such leaf, or the transform makes none.
    """
    if path in NOTHING_OF_ANYBODY.get(kind, ()):
        return frozenset()
    leaves = _known(kind).leaves
    if transform is None or transform == "naming-you":
        sources = [path]
    else:
        block, _, name = path.rpartition(".")
        made_of = [read for read, written in TRANSFORMED.get(transform, {}).items() if written == name]
        sources = [f"{block}.{read}".lstrip(".") for read in made_of]
    found = [leaves[source] for source in sources if source in leaves]
    if not found:
        raise Unknown(path)
    return frozenset().union(*found)


@cache
def _known(kind: str) -> _Known:
    if not re.fullmatch(r"[a-z-]+\.[a-z-]+", kind):
        raise Unknown(kind)
    try:
        document = _read(f"{kind}.json")
    except OSError:
        raise Unknown(kind) from None
    if "x-topic" not in document:
        raise Unknown(kind)
    return _Known(document["x-topic"], dict(_walk(document, "", _read("record.json")["$defs"])))


def _walk(block: Mapping[str, Any], prefix: str, blocks: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    for name, member in block.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        if "x-categories" in member:
            yield path, frozenset(member["x-categories"])
        elif "$ref" in member:
            yield from _walk(_named(member, blocks), path, blocks)
        elif "$ref" in member.get("items", {}):
            yield from _walk(_named(member["items"], blocks), f"{path}[]", blocks)


def _named(member: Mapping[str, Any], blocks: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = blocks[member["$ref"].rpartition("/")[2]]
    return found


def _marks(node: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a JSON document
    if isinstance(node, dict):
        yield from node.get("x-categories", ())
        for each in node.values():
            yield from _marks(each)
    elif isinstance(node, list):
        for each in node:
            yield from _marks(each)


@cache
def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found
