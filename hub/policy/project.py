"""Redaction by construction: a view is made of the permitted leaves and of nothing else.

For each distinct answer, and each shape of event, a text is written that has a gap for each permitted leaf (see
``written``). An event is taken apart once, and its leaves are put into the gaps of every view.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

import msgspec

from hub.policy.apart import Apart, Shape
from hub.policy.decide import Decision, Release
from hub.policy.transforms import NAMING_YOU, TRANSFORMS, Keying, read_by, written_by
from hub.policy.written import Reader, Writing, Written, changes_of
from schemas.canonical import digest
from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.leaves import leaves_of

SHAPES = 256
"""How many different shapes of event a view remembers before starting afresh."""


class Contents(msgspec.Struct, frozen=True, eq=False):
    """What a copy has of the leaves that its view permits; the same of one view is the very same object."""

    leaves: Mapping[str, Release]
    """Why each leaf is given, by the path that it has in the copy."""
    rules: frozenset[str]
    grounds: bytes
    """Equal where the leaves rest on the same rules."""


class View:
    """One distinct answer: what is permitted, and how a copy that has it is written."""

    def __init__(self, given: Mapping[str, Release], reader: Reader) -> None:
        """Take the permitted leaves of an event type, and for whom it is."""
        self.outputs = {output_of(path, release.transform): release for path, release in given.items()}
        """Why each leaf of the copy is given, by the path that it has there."""
        self._given, self._reader, self._changes = given, reader, changes_of(given, reader.keying)
        self._written: dict[Shape, tuple[Written, Contents]] = {}

    def project(self, event: Occurrence) -> bytes:
        """Return the permitted leaves that the event has, as JSON; ``{}`` when it has none of them."""
        apart = Apart(event)
        return self.written(apart)[0].copy(apart)

    def written(self, apart: Apart) -> tuple[Written, Contents]:
        """Return how this view of an event is written, and what it has: kept, for systems send events of few shapes."""
        found = self._kept(apart, apart.shape)
        silent = found[0].silent(apart)
        return self._kept(apart, (*apart.shape, silent), silent) if silent else found

    def _kept(self, apart: Apart, shape: Shape, silent: Collection[int] = ()) -> tuple[Written, Contents]:
        found = self._written.get(shape)
        if found is None:
            if len(self._written) >= SHAPES:
                self._written.clear()
            written = Writing(self._given, self._reader, self._changes, silent).of(apart)
            found = self._written[shape] = written, self._contents(written.paths)
        return found

    def _contents(self, present: tuple[str, ...]) -> Contents:
        """Return what a copy comes to that has these leaves."""
        leaves = {path: self.outputs[path] for path in present}
        rules = frozenset(rule for leaf in leaves.values() for rule in leaf.rules)
        return Contents(leaves, rules, digest([leaf.rules for leaf in leaves.values()]))


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
        self._by_decision: dict[tuple[int, str] | int, tuple[Decision, View, tuple[object, ...]]] = {}

    def of(self, decision: Decision, keying: Keying | None = None) -> tuple[View, tuple[object, ...]]:
        """Return the view of a decision and its key: equal keys mean equal bytes from equal events.

        ``keying`` is of the recipient's agency. Where a pseudonym is given, no two agencies share a view.

        Raises:
            ValueError: a pseudonym is given, and there is no keying.
        """
        agency = keying.agency if keying and decision.keyed else ""
        asked = (id(decision), agency) if agency else id(decision)
        found = self._by_decision.get(asked)
        if found is not None and found[0] is decision:
            return found[1], found[2]
        key = _key(decision, agency)
        view = self._views.get(key)
        if view is None:
            if len(self._views) >= self._kept:
                self._views.clear()
            reader = Reader(decision.role, keying if decision.keyed else None)
            view = self._views[key] = View(decision.given, reader)
        if len(self._by_decision) >= self._kept:
            self._by_decision.clear()
        self._by_decision[asked] = (decision, view, key)
        return view, key


def _key(decision: Decision, agency: str) -> tuple[object, ...]:
    """Return the digest of all that can make two copies, or their entries in the record, differ.

    A digest, for the key is hashed and compared once for each recipient.
    """
    leaves = [(path, release.transform, release.purpose, release.rules) for path, release in decision.given.items()]
    role = decision.role if any(r.transform == NAMING_YOU for r in decision.given.values()) else None
    handling = (decision.obligations, decision.purposes, decision.gateways, decision.agreements, decision.regime)
    return (digest((decision.kind, leaves, handling, role, agency)).hex(),)
