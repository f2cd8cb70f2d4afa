"""Redaction by construction: a view is made of the permitted leaves and of nothing else.

For each distinct answer a tree of types is made that *has only* the permitted fields, with builders
that name each permitted leaf (see ``parts``). Views share what they permit alike, so that one event
for many recipients is taken apart once for each distinct part.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET

from hub.policy.decide import Decision, Release
from hub.policy.parts import Made, Part, Reader, part_of
from hub.policy.transforms import NAMING_YOU, TRANSFORMS, Keying, read_by, written_by
from schemas.canonical import digest
from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.leaves import leaves_of, struct_fields

SHAPES = 256
"""How many different sets of present leaves a view remembers before starting afresh."""
_ENCODE = msgspec.json.Encoder().encode


class Contents(msgspec.Struct, frozen=True, eq=False):
    """What a copy has of the leaves that its view permits; the same of one view is the very same object."""

    leaves: Mapping[str, Release]
    """Why each leaf is given, by the path that it has in the copy."""
    rules: frozenset[str]
    grounds: bytes
    """Equal where the leaves rest on the same rules."""


class View:
    """One distinct answer: the parts that have what is permitted."""

    def __init__(
        self, data: type[Occurrence], given: Mapping[str, Release], reader: Reader, kept: dict[object, Part]
    ) -> None:
        """Make the parts for the permitted leaves of an event type, or take them from those kept."""
        self.outputs = {output_of(path, release.transform): release for path, release in given.items()}
        """Why each leaf of the copy is given, by the path that it has there."""
        self.parts = [part for field in struct_fields(data) if (part := part_of(field, given, reader, kept))]
        self._type = msgspec.defstruct("View", [(part.name, Any, UNSET) for part in self.parts], frozen=True, gc=False)
        self._contents: dict[tuple[str, ...], Contents] = {}

    @property
    def source(self) -> str:
        """The source of the builders."""
        return "\n".join(part.source for part in self.parts)

    def project(self, event: Occurrence, made: Made | None = None) -> bytes:
        """Return the permitted leaves that the event has, as JSON; ``{}`` when it has none of them.

        ``made`` has the parts that other views of the same event made.
        """
        made = {} if made is None else made
        members = []
        for part in self.parts:
            member = made.get(part)
            if member is None:
                member = made[part] = part.build(event)
            members.append(member)
        return _ENCODE(self._type(*members))

    def contents(self, present: tuple[str, ...]) -> Contents:
        """Return what a copy comes to that has these leaves: kept, for events say the same things over and over."""
        found = self._contents.get(present)
        if found is None:
            if len(self._contents) >= SHAPES:
                self._contents.clear()
            leaves = {path: self.outputs[path] for path in present}
            rules = frozenset(rule for leaf in leaves.values() for rule in leaf.rules)
            grounds = digest([leaf.rules for leaf in leaves.values()])
            found = self._contents[present] = Contents(leaves, rules, grounds)
        return found


def output_of(path: str, transform: str | None) -> str:
    """Return the path of a leaf in the copy: a transform writes under a name of its own."""
    if transform is None or transform == NAMING_YOU:
        return path
    block, _, name = path.rpartition(".")
    return f"{block}.{written_by(transform, name)}".lstrip(".")


def source_of(kind: str, output: str, transform: str | None) -> str:
    """Return the path in an event of some type of the leaf that has this path in a copy."""
    return output if transform in (None, NAMING_YOU) else _sources(kind)[output, transform or ""]


@cache
def _sources(kind: str) -> Mapping[tuple[str, str], str]:
    return {
        (output_of(leaf.path, name), name): leaf.path
        for leaf in leaves_of(CATALOGUE[kind].data)
        for name in TRANSFORMS
        if read_by(name, leaf.path)
    }


class Views:
    """Views by their key, so that recipients with the same answer share one."""

    def __init__(self, kept: int = 4096) -> None:
        """Keep at most so many views before starting afresh."""
        self._kept = kept
        self._views: dict[tuple[object, ...], View] = {}
        self._parts: dict[object, Part] = {}
        self._by_decision: dict[tuple[int, str], tuple[Decision, View, tuple[object, ...]]] = {}

    def of(self, decision: Decision, keying: Keying | None = None) -> tuple[View, tuple[object, ...]]:
        """Return the view of a decision and its key: equal keys mean equal bytes from equal events.

        ``keying`` is of the recipient's agency. Where a pseudonym is given, no two agencies share a view.

        Raises:
            ValueError: a pseudonym is given, and there is no keying.
        """
        agency = keying.agency if keying and decision.keyed else ""
        found = self._by_decision.get((id(decision), agency))
        if found is not None and found[0] is decision:
            return found[1], found[2]
        key = _key(decision, agency)
        view = self._views.get(key)
        if view is None:
            if len(self._views) >= self._kept:
                self._views.clear()
                self._parts.clear()
            reader = Reader(decision.role, keying if decision.keyed else None)
            view = self._views[key] = View(CATALOGUE[decision.kind].data, decision.given, reader, self._parts)
        if len(self._by_decision) >= self._kept:
            self._by_decision.clear()
        self._by_decision[id(decision), agency] = (decision, view, key)
        return view, key


def _key(decision: Decision, agency: str) -> tuple[object, ...]:
    """Return the digest of all that can make two copies, or their entries in the record, differ.

    A digest, for the key is hashed and compared once for each recipient.
    """
    leaves = [(path, release.transform, release.purpose, release.rules) for path, release in decision.given.items()]
    role = decision.role if any(r.transform == NAMING_YOU for r in decision.given.values()) else None
    handling = (decision.obligations, decision.purposes, decision.gateways, decision.agreements, decision.regime)
    return (digest((decision.kind, leaves, handling, role, agency)).hex(),)
