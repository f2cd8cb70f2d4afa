"""Whose copy is wrong, and in which leaves: worked out from the record, where the event is told otherwise now.

Pure. The record has no values, but a salted commitment to each leaf of each copy: so it can be told of every leaf that
somebody has whether it is the same in the corrected event. Whoever has no leaf that is otherwise has nothing wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import msgspec
from msgspec import UNSET

from hub.ledger.entry import Commitments, LeafEntry
from hub.ledger.recorded import Part
from hub.policy.project import source_of
from hub.policy.transforms import NAMING_YOU, PSEUDONYM, TRANSFORMS
from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.labels import Role
from schemas.leaves import leaves_of, struct_fields

REGISTERS = frozenset({"memberships", "cases", "release"})
"""Blocks that the register adds to an event which has none of its own: they are no word of its publisher."""
Values = Mapping[str, Any]
"""Values of an event's leaves by path; a leaf in a list of blocks has a list of values."""


class Told(msgspec.Struct, frozen=True):
    """One recipient's part of an entry, and what the commitments of the entry are made from."""

    part: Part
    commitments: Commitments


class Corrected(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """An event as it is told in the place of another."""

    said: Occurrence
    """What its publisher said: of nothing else can what was told be wrong."""
    forms: Sequence[Occurrence]
    """As it is told: with what the register adds, and without it."""
    whole: bool = True
    """Whether it is the event itself, so that a block which it does not have any more was wrong; else what follows."""

    @cached_property
    def own(self) -> Values:
        """What the publisher said."""
        return values_of(self.said)

    @cached_property
    def plain(self) -> Sequence[Values]:
        """The values of each form."""
        return [values_of(form) for form in self.forms]


def wrong_leaves(told: Told, now: Corrected) -> frozenset[str]:
    """Return the leaves of a copy, by their paths in it, that the corrected event has otherwise or not at all."""
    role, own = told.part.role, now.own
    blocks = {_block(path) for path in own}
    leaves = told.part.leaves()
    named = any(leaf.transform == NAMING_YOU for leaf in leaves.values())
    naming = [values_of(form, role) for form in now.forms] if named else ()
    found = set()
    for path, leaf in leaves.items():
        source = source_of(told.part.kind, path, leaf.transform)
        if leaf.transform == PSEUDONYM or not _spoken_of(source, own, blocks, whole=now.whole):
            continue
        forms = naming if leaf.transform == NAMING_YOU else now.plain
        if not any(_same(told.commitments, path, leaf, form[source]) for form in forms if source in form):
            found.add(path)
    return frozenset(found)


def left_out(part: Part, given: Iterable[tuple[str, str | None]], own: Collection[str]) -> bool:
    """Tell whether a copy lacks a leaf that the corrected event has and the former did not.

    Of what the former had and was withheld the record has the categories: what is of one of those is no news.

    Args:
        part: What was told.
        given: The leaves that would be given now, by path and transform.
        own: The leaves that the publisher said.
    """
    had, categories = part.leaves(), categories_of(part.kind)
    sources = [source_of(part.kind, path, transform) for path, transform in given if path not in had]
    return any(s in own and not categories.get(s, frozenset()) & part.auditor.withheld.keys() for s in sources)


@cache
def categories_of(kind: str) -> Mapping[str, frozenset[str]]:
    """Return the categories of each leaf of an event type."""
    return {leaf.path: frozenset(map(str, leaf.categories)) for leaf in leaves_of(CATALOGUE[kind].data)}


def values_of(data: msgspec.Struct, naming: Role | None = None) -> dict[str, Any]:
    """Return the value of each leaf of an event; with a role, only of those blocks that name it, where blocks do."""
    found: dict[str, Any] = {}
    _walk(data, "", naming, found)
    return found


def _walk(block: msgspec.Struct, prefix: str, naming: Role | None, found: dict[str, Any]) -> None:
    for field in struct_fields(type(block)):
        value = getattr(block, field.name)
        if value is UNSET:
            continue
        path = f"{prefix}{field.name}"
        if field.block is None:
            if "[]" in path:
                found.setdefault(path, []).append(value)
            else:
                found[path] = value
        elif field.many:
            for each in value:
                if naming is None or _names(each, naming):
                    _walk(each, f"{path}[].", naming, found)
        else:
            _walk(value, f"{path}.", naming, found)


def _names(block: msgspec.Struct, role: Role) -> bool:
    named = getattr(block, "names_roles", None)
    return named is None or (named is not UNSET and role in named)


def _spoken_of(source: str, own: Collection[str], blocks: Collection[str], *, whole: bool) -> bool:
    """Tell whether a leaf of a copy is one that the publisher spoke of, or spoke of before and does not now."""
    block = _block(source)
    if block == "subject":
        return source in own or (source.startswith("subject.identifiers[]") and "subject.identifiers[].value" in own)
    return block in blocks or (whole and block not in REGISTERS)


def _block(path: str) -> str:
    return path.partition(".")[0].removesuffix("[]")


def _same(commitments: Commitments, path: str, leaf: LeafEntry, value: Any) -> bool:  # noqa: ANN401 - any leaf's
    if leaf.transform not in (None, NAMING_YOU):
        apply = TRANSFORMS[leaf.transform].apply
        value = [apply(each) for each in value] if "[]" in path else apply(value)
    return commitments.leaf(path, value) == leaf.commitment
