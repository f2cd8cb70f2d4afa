"""What a simulation came to: each thing that would have been otherwise counted once, with examples by entry alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from hub.ledger.recorded import Part
from schemas.labels import Role

What = Literal["message", "leaf", "obligation", "purpose", "gateway", "regime"]
EXAMPLES = 3
"""How many examples of each change are kept."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """Where a change is to be seen: never whom it is about."""

    entry: str
    reference: str
    """The keyed hash of the event that it follows from."""
    recipient: str


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that would have been otherwise, for one role."""

    what: What
    role: Role
    leaf: str
    """The leaf's path in the event; of terms the word; of messages empty."""
    before: str | None
    """How it was given: empty as it is, else by which transform; None where it was not given, or not owed."""
    after: str | None
    copies: int
    """In how many copies this is certain."""
    perhaps: int
    """In how many more it holds if the event had the leaf, which the record does not tell."""
    about: dict[str, int]
    """How many of all these by event type."""
    recipients: tuple[str, ...]
    because: tuple[str, ...]
    """The rules that would give it, or that would stand against it."""
    used_by: tuple[str, ...] = ()
    """Of a leaf that goes: those of the recipients whose adapter uses it."""
    examples: tuple[Example, ...] = ()


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions of one role of which the record does not tell what they would be, or not all."""

    role: Role
    why: str
    facts: tuple[str, ...]
    """What would be read and was not."""
    decisions: int
    example: Example


class Key(msgspec.Struct, frozen=True):
    """What makes two changes one."""

    what: What
    role: Role
    leaf: str
    before: str | None
    after: str | None


class _Count(msgspec.Struct):
    copies: int = 0
    perhaps: int = 0
    about: Counter[str] = msgspec.field(default_factory=Counter)
    recipients: set[str] = msgspec.field(default_factory=set)
    because: set[str] = msgspec.field(default_factory=set)
    examples: list[Example] = []


class Tally:
    """Counts what would have been otherwise, and what cannot be told."""

    def __init__(self, reads: Callable[[str], frozenset[str]]) -> None:
        """Take what returns the leaves that a recipient's adapter uses."""
        self._reads = reads
        self._changed: dict[Key, _Count] = {}
        self._undecided: dict[tuple[Role, str, tuple[str, ...]], tuple[int, Example]] = {}
        self.undecided = 0
        """Of how many decisions the record does not tell everything."""

    def count(self, part: Part, key: Key, because: Iterable[str], *, sure: bool = True) -> None:
        """Count one change in one copy."""
        found = self._changed.setdefault(key, _Count())
        found.copies += sure
        found.perhaps += not sure
        found.about[part.kind] += 1
        found.recipients.add(part.recipient)
        found.because.update(because)
        if len(found.examples) < EXAMPLES:
            found.examples.append(_example(part))

    def leave(self, part: Part, why: str, missing: tuple[str, ...] = ()) -> None:
        """Count a decision of which not everything can be told."""
        self.undecided += 1
        key = (part.role, why, missing)
        count, example = self._undecided.get(key, (0, _example(part)))
        self._undecided[key] = (count + 1, example)

    def changes(self) -> Iterator[Changed]:
        """Yield what would have been otherwise, what touches most first."""
        for key, count in sorted(self._changed.items(), key=lambda item: -(item[1].copies + item[1].perhaps)):
            yield Changed(
                **msgspec.structs.asdict(key),
                copies=count.copies,
                perhaps=count.perhaps,
                about=dict(count.about.most_common()),
                recipients=tuple(sorted(count.recipients)),
                because=tuple(sorted(count.because)),
                used_by=tuple(r for r in sorted(count.recipients) if _uses(key, self._reads(r))),
                examples=tuple(count.examples),
            )

    def left_open(self) -> Iterator[Undecided]:
        """Yield what could not be decided, what is most first."""
        for (role, why, facts), (count, example) in sorted(self._undecided.items(), key=lambda item: -item[1][0]):
            yield Undecided(role=role, why=why, facts=facts, decisions=count, example=example)


def _uses(key: Key, reads: frozenset[str]) -> bool:
    """Tell whether an adapter loses by a change what it uses."""
    return key.what == "leaf" and key.before is not None and key.after is None and key.leaf in reads


def _example(part: Part) -> Example:
    return Example(entry=part.entry.id, reference=part.entry.reference, recipient=part.recipient)
