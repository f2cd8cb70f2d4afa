"""The phrases that rules are made of: what is given, to which roles, about which events, on which condition."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from hub.document import Address, Document
from hub.policy.facts import AT, FACTS, INDEX, Fact, mask_of
from hub.policy.model import Line, Target
from hub.policy.numbers import UNKNOWN
from hub.policy.places import NATIONAL, PLACE_KINDS, PLACES
from hub.policy.transforms import NAMING_YOU, TRANSFORMS, read_by
from schemas.catalogue import CATALOGUE, categories_by_path
from schemas.labels import Category, Role

EVERYTHING = "everything"
EVERYONE = "everyone"
NotKnowing = Literal["opens", "closes", "said"]
"""What holding where a fact is not known would do: give more, give less, or what is said (of an example)."""
_BOUNDS = {"from", "below"}


class Phrases:
    """Reads phrases; every problem is noted in the document, and what is left is of no use then."""

    def __init__(self, document: Document) -> None:
        """Take the document in which problems are noted."""
        self.document = document
        self.groups: dict[str, frozenset[Role]] = {}
        self.later: frozenset[str] = frozenset()
        """The groups of the document that are not read yet."""
        self.places: tuple[str, ...] = ()
        """The places that the document names at its head."""

    def place(self, at: Address, word: str) -> None:
        """Read a place that conditions may then name."""
        kind, _, code = word.partition("/")
        if word != NATIONAL and not (code and kind in PLACE_KINDS):
            kinds = ", ".join(f"{kind}/<code>" for kind in PLACE_KINDS)
            self.document.wrong(at, f"'{word}' is no place: a place is {kinds} or {NATIONAL}")
            return
        PLACES.name(word)
        self.places = (*self.places, word)

    def group(self, at: Address, name: str, members: object) -> None:
        """Read a group of roles; it may be made of groups that stand above it."""
        if name in (*Role, EVERYONE):
            self.document.wrong(at, f"'{name}' has a meaning of its own and cannot name a group")
        self.groups[name] = self.roles(at, members)
        self.later -= {name}

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
            elif word in self.later:
                self.document.wrong(at, f"the group '{word}' stands further down: a group holds only those above it")
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
        fields = categories_by_path()
        if transform and not gives:
            self.document.wrong(at, f"'{what}' is withheld whole, not as '{transform}'")
        elif transform and transform not in (*TRANSFORMS, NAMING_YOU):
            self.document.unknown(at, "transform", transform, (*TRANSFORMS, NAMING_YOU))
        elif "." in what and what not in fields:
            self.document.unknown(at, "field", what, fields)
        elif "." not in what and what not in set(Category):
            own = [field for field in fields if field.endswith(f".{what}")]
            if own and what.replace("_", "-") not in set(Category):
                self.document.wrong(at, f"'{what}' is a field: name it by its whole path, such as '{own[0]}'")
            else:
                self.document.unknown(at, "category", what, list(Category))
        elif transform and not _fits(transform, what, fields):
            self.document.wrong(at, f"'{transform}' is a transform of {_transformed(transform)}")
        elif "." in what:
            return Target(path=what, transform=transform or None, of=fields[what])
        else:
            return Target(category=Category(what), transform=transform or None)
        return None

    def lines(self, at: Address, raw: object, *, not_knowing: NotKnowing) -> tuple[Line, ...]:
        """Read a condition: facts, each with the words of which one must hold.

        What is not known opens least, whatever the rule: it satisfies no line by which more would be
        given, and every line by which less would.
        """
        if not isinstance(raw, dict):
            self.document.wrong(at, "a condition is a mapping of facts to words, such as {restricted: yes}")
            return ()
        return tuple(line for name, words in raw.items() if (line := self._line((*at, name), name, words, not_knowing)))

    def _line(self, at: Address, name: str, words: object, not_knowing: NotKnowing) -> Line | None:
        if name not in INDEX:
            self.document.unknown(at, "fact", name, INDEX)
            return None
        fact = FACTS[INDEX[name]]
        mask = self._numbers(at, fact, words) if fact.span else self._words(at, fact, words)
        if not_knowing == "opens" and mask & fact.not_known:
            self.document.wrong(at, f"'{name}' that is not known opens nothing: leave out '{UNKNOWN}'")
        return Line(INDEX[name], mask | (fact.not_known if not_knowing == "closes" else 0))

    def _words(self, at: Address, fact: Fact, words: object) -> int:
        domain = (*self.places, UNKNOWN) if INDEX[fact.name] == AT else fact.domain
        said = [_word(w) for w in self._some(at, words)]
        for word in said:
            if word not in domain and INDEX[fact.name] == AT:
                self.document.wrong(at, f"'{word}' is no place of the agreement: name it at the head, under 'places'")
            elif word not in domain:
                self.document.unknown(at, f"word of '{fact.name}'", word, domain)
        return mask_of(fact.name, [w for w in said if w in domain])

    def _numbers(self, at: Address, fact: Fact, words: object) -> int:
        """Read an interval, ``{from: 18, below: 21}`` or one of its bounds; a number alone is that number."""
        span = fact.span
        assert span is not None  # noqa: S101 - asked by the caller
        if words == UNKNOWN:
            return fact.not_known
        bounds = {"from": words, "below": _next(words)} if _whole(words) else words
        if (
            not isinstance(bounds, dict)
            or not bounds
            or not set(bounds) <= _BOUNDS
            or not all(map(_whole, bounds.values()))
        ):
            self._misread(at, fact.name, bounds)
            return 0
        first, below = bounds.get("from", span.first), bounds.get("below", span.last + 1)
        if not span.first <= first < below <= span.last + 1:
            said = f"'{fact.name}' goes from {span.first} to {span.last} {span.unit}, and 'from' stands before 'below'"
            self.document.wrong(at, said)
            return 0
        return span.between(first, below)

    def _misread(self, at: Address, name: str, bounds: object) -> None:
        for word in bounds if isinstance(bounds, dict) else ():
            if word not in _BOUNDS:
                self.document.unknown((*at, word), f"bound of '{name}'", str(word), _BOUNDS)
                return
        self.document.wrong(at, f"'{name}' is a number: write {{from: 18, below: 21}}, or one of the two")

    def exceptions(self, at: Address, raw: object, *, not_knowing: NotKnowing) -> tuple[tuple[Line, ...], ...]:
        """Read exceptions: one condition, or a list of which any may hold."""
        cases = [] if raw is None else listed(raw)
        if raw is not None and not all(cases):
            self.document.wrong(at, "an empty exception would always hold")
        return tuple(self.lines(at, case, not_knowing=not_knowing) for case in cases if case)

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


def _whole(raw: object) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool)


def _next(raw: object) -> object:
    return raw + 1 if isinstance(raw, int) else raw


def _transformed(transform: str) -> Category:
    return Category.LICENCE_CONDITIONS if transform == NAMING_YOU else TRANSFORMS[transform].category


def _fits(transform: str, what: str, fields: Mapping[str, frozenset[Category]]) -> bool:
    """Tell whether a transform can be applied to a category, or to a field."""
    if "." not in what:
        return what == _transformed(transform)
    return fields[what] == {_transformed(transform)} and (transform == NAMING_YOU or read_by(transform, what))
