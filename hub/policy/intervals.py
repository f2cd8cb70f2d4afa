"""The cases of a number that rules tell apart: its span, split where a rule has a bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.policy.model import Rule


def asked(rules: Iterable[Rule]) -> Mapping[int, frozenset[int]]:
    """Return for each fact that some rules ask for, the masks that they ask of it."""
    found: dict[int, set[int]] = {}
    for rule in rules:
        for line in (line for lines in (rule.when, *rule.unless) for line in lines):
            found.setdefault(line.fact, set()).add(line.mask)
    return {fact: frozenset(masks) for fact, masks in found.items()}


def cells(masks: Iterable[int], whole: int = 0) -> tuple[int, ...]:
    """Return the parts of everything that some masks have, and of ``whole``, that none of them cuts; lowest first."""
    parts: list[int] = [whole] if whole else []
    for mask in sorted(masks):
        left = mask
        split: list[int] = []
        for part in parts:
            split += [piece for piece in (part & mask, part & ~mask) if piece]
            left &= ~part
        parts = [*split, left] if left else split
    return tuple(sorted(parts, key=lambda part: part & -part))
