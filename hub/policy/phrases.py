"""The phrases that rules are made of: what is given, to which roles, about which events, on which condition."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from hub.document import Address, Document
from hub.policy.facts import FACTS, INDEX, mask_of
from hub.policy.model import Line, Target
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import inspect_all, leaves_of

EVERYTHING = "everything"
EVERYONE = "everyone"


class Phrases:
    """Reads phrases; every problem is noted in the document, and what is left is of no use then."""

    def __init__(self, document: Document) -> None:
        """Take the document in which problems are noted."""
        self.document = document
        self.groups: dict[str, frozenset[Role]] = {}

    def group(self, at: Address, name: str, members: object) -> None:
        """Read a group of roles; it may be made of groups that stand above it."""
        if name in (*Role, EVERYONE):
            self.document.wrong(at, f"'{name}' has a meaning of its own and cannot name a group")
        self.groups[name] = self.roles(at, members)

    def roles(self, at: Address, raw: object, *, everyone: frozenset[Role] = frozenset(Role)) -> frozenset[Role]:
        """Read roles and groups."""
        found: set[Role] = set()
        for word in map(str, self._some(at, raw)):
            if word == EVERYONE:
                found |= everyone
            elif word in self.groups:
                found |= self.groups[word]
            elif word in set(Role):
                found.add(Role(word))
            else:
                self.document.unknown(at, "role or group", word, [*Role, *self.groups])
        return frozenset(found)

    def types(self, at: Address, raw: object) -> frozenset[str]:
        """Read event types, in which ``*`` stands for anything; nothing said means all of them."""
        if raw is None:
            return frozenset(CATALOGUE)
        found: set[str] = set()
        for pattern in map(str, self._some(at, raw)):
            matched = [name for name in CATALOGUE if fnmatchcase(name, pattern)]
            if not matched:
                self.document.unknown(at, "event type", pattern, CATALOGUE)
            found.update(matched)
        return frozenset(found)

    def targets(self, at: Address, raw: object, *, gives: bool) -> tuple[Target, ...]:
        """Read what is given or withheld; empty for a withholding of everything."""
        words = [str(word) for word in self._some(at, raw)]
        if EVERYTHING in words:
            if gives:
                self.document.wrong(at, "everything can be withheld, and never given")
            elif len(words) > 1:
                self.document.wrong(at, "everything stands alone")
            return ()
        return tuple(target for word in words if (target := self._target(at, word, gives=gives)))

    def _target(self, at: Address, word: str, *, gives: bool) -> Target | None:
        what, _, transform = word.partition(" as ")
        fields = _fields()
        if transform and not gives:
            self.document.wrong(at, f"'{what}' is withheld whole, not as '{transform}'")
        elif transform and transform not in (*TRANSFORMS, NAMING_YOU):
            self.document.unknown(at, "transform", transform, (*TRANSFORMS, NAMING_YOU))
        elif "." in what and what not in fields:
            self.document.unknown(at, "field", what, fields)
        elif "." not in what and what not in set(Category):
            self.document.unknown(at, "category", what, list(Category))
        elif transform and not _fits(transform, what, fields):
            self.document.wrong(at, f"'{transform}' is a transform of {_transformed(transform)}")
        elif "." in what:
            return Target(path=what, transform=transform or None, of=fields[what])
        else:
            return Target(category=Category(what), transform=transform or None)
        return None

    def lines(self, at: Address, raw: object) -> tuple[Line, ...]:
        """Read a condition: facts, each with the words of which one must hold."""
        if not isinstance(raw, dict):
            self.document.wrong(at, "a condition is a mapping of facts to words")
            return ()
        return tuple(line for name, words in raw.items() if (line := self._line((*at, name), name, words)))

    def _line(self, at: Address, name: str, words: object) -> Line | None:
        if name not in INDEX:
            self.document.unknown(at, "fact", name, INDEX)
            return None
        domain = FACTS[INDEX[name]].domain
        said = [_word(w) for w in self._some(at, words)]
        for word in said:
            if word not in domain:
                self.document.unknown(at, f"word of '{name}'", word, domain)
        return Line(INDEX[name], mask_of(name, [w for w in said if w in domain]))

    def exceptions(self, at: Address, raw: object) -> tuple[tuple[Line, ...], ...]:
        """Read exceptions: one condition, or a list of which any may hold."""
        cases = [] if raw is None else listed(raw)
        if raw is not None and not all(cases):
            self.document.wrong(at, "an empty exception would always hold")
        return tuple(self.lines(at, case) for case in cases if case)

    def _some(self, at: Address, raw: object) -> list[Any]:
        words = [] if raw is None else listed(raw)
        if not words:
            self.document.wrong(at, "names nothing")
        return words


def listed(raw: object) -> list[Any]:
    """Return a list as it is, and anything else as a list of one."""
    return raw if isinstance(raw, list) else [raw]


def _word(raw: object) -> str:
    """Return a word as it was written: YAML reads yes and no as booleans."""
    return {True: "yes", False: "no"}[raw] if isinstance(raw, bool) else str(raw)


@cache
def _fields() -> Mapping[str, frozenset[Category]]:
    inspect_all(row.data for row in CATALOGUE.values())
    return {leaf.path: leaf.categories for row in CATALOGUE.values() for leaf in leaves_of(row.data)}


def _transformed(transform: str) -> Category:
    return Category.LICENCE_CONDITIONS if transform == NAMING_YOU else TRANSFORMS[transform].category


def _fits(transform: str, what: str, fields: Mapping[str, frozenset[Category]]) -> bool:
    """Tell whether a transform can be applied to a category, or to a field."""
    if "." not in what:
        return what == _transformed(transform)
    reads = None if transform == NAMING_YOU else TRANSFORMS[transform].reads
    return fields[what] == {_transformed(transform)} and reads in (None, what.rpartition(".")[2])
