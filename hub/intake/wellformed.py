"""Well-formed JSON, strictly: UTF-8, no doubled member, bounded depth. Source: RFC 8259, RFC 7493."""

from __future__ import annotations

import json
from typing import Any

from hub.errors import Malformed, Problem

DEEPEST = 32
"""How many levels of nesting an event may have; the deepest schema has seven."""


def check_wellformed(body: bytes) -> None:
    """Check what a tolerant decoder lets through: doubled members, depth, encoding, unreal numbers.

    Raises:
        Malformed: naming the rule, never a value.
    """
    _check_depth(body)
    try:
        json.loads(body.decode("utf-8"), object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except Malformed:
        raise
    except UnicodeDecodeError:
        raise Malformed(Problem("body", "is not UTF-8")) from None
    except (ValueError, RecursionError):
        raise Malformed(Problem("body", "is not well-formed JSON")) from None


def _check_depth(body: bytes) -> None:
    """Refuse deep nesting before any decoder recurses; brackets within strings only make this stricter."""
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return
    depth = 0
    for byte in body:
        if byte in b"{[":
            depth += 1
            if depth > DEEPEST:
                raise Malformed(Problem("body", f"is nested deeper than {DEEPEST} levels"))
        elif byte in b"}]":
            depth -= 1


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Malformed(Problem("body", "has a member that stands twice in one object"))
    return members


def _no_constant(_: str) -> None:
    raise Malformed(Problem("body", "has a number that JSON does not have (NaN or Infinity)"))
