"""What a program's rules say of each leaf, laid out once so that a decision only has to look.

A rule is one bit. Which rules hold in a situation is then a number, and "given" or "withheld"
is whether two numbers meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hub.policy.model import Rule, Target
from hub.policy.transforms import NAMING_OTHERS, NAMING_YOU, PSEUDONYM, TRANSFORMS, fullest
from schemas.labels import Category
from schemas.leaves import Leaf


class Offer(msgspec.Struct, frozen=True):
    """That a rule gives a leaf under one category: plain (no transform), or transformed."""

    transform: str
    bit: int
    rule: str
    purpose: str


class Release(msgspec.Struct, frozen=True):
    """Why one leaf is given, and how: every rule it rests on, and the transform if any."""

    rules: tuple[str, ...]
    transform: str | None = None
    purpose: str = ""
    """For a pseudonym, the one purpose that it is for."""


def together(releases: Sequence[Release]) -> Release | None:
    """Return how a leaf is given that is released more than once: in the way that says most, by every rule of that."""
    if not releases:
        return None
    way = min((release.transform or "" for release in releases), key=fullest)
    chosen = [release for release in releases if (release.transform or "") == way]
    rules = {rule for release in chosen for rule in release.rules}
    return Release(tuple(sorted(rules)), way or None, min(release.purpose for release in chosen))


class Word(msgspec.Struct, frozen=True):
    """What is said under one category: who offers, who of them plain, and who takes back."""

    category: Category
    offers: tuple[Offer, ...]
    plain: int
    takers: tuple[tuple[int, str], ...]
    taken: int

    def against(self, gives: int, takes: int) -> str | None:
        """Return the withholding that stands against giving it plain, an empty word where no rule gives it, or None."""
        if takes & self.taken:
            return next(rule for bit, rule in self.takers if takes & bit)
        return None if gives & self.plain else ""


class Said(msgspec.Struct, frozen=True):
    """Some leaves of which the same is said under each of their categories."""

    paths: tuple[str, ...]
    words: tuple[Word, ...]
    taken: int

    def release(self, gives: int, takes: int) -> Release | None:
        """Return why the leaves are given, or None: every category needs a rule, and what says more is better.

        Every rule that gives them in the chosen way is cited, so that the obligations of each are owed.
        """
        if takes & self.taken:
            return None
        rules: set[str] = set()
        transform: str | None = None
        for word in self.words:
            how = next((o.transform for o in word.offers if gives & o.bit), None)
            if how is None or (how and len(self.words) > 1 and how != NAMING_YOU):
                return None
            transform = how or transform
            rules.update(o.rule for o in word.offers if o.transform == how and gives & o.bit)
        return Release(tuple(sorted(rules)), transform, self._purpose(gives) if transform == PSEUDONYM else "")

    def _purpose(self, gives: int) -> str:
        """Return the purpose of a pseudonym: the first by name, where several are given for."""
        offers = (o for word in self.words for o in word.offers if o.transform == PSEUDONYM and gives & o.bit)
        return min(o.purpose for o in offers)


class Shape(msgspec.Struct, frozen=True):
    """Leaves of one event type that have the same categories, and the same last name where a transform reads it."""

    categories: tuple[Category, ...]
    last: str
    paths: tuple[str, ...]


def shapes_of(leaves: Iterable[Leaf]) -> tuple[Shape, ...]:
    """Return leaves by what rules that name no field can tell them apart by."""
    found: dict[tuple[tuple[Category, ...], str], list[str]] = {}
    for leaf in leaves:
        last = leaf.path.rpartition(".")[2]
        key = tuple(sorted(leaf.categories)), last if last in _READ_BY_NAME else ""
        found.setdefault(key, []).append(leaf.path)
    return tuple(Shape(categories, last, tuple(paths)) for (categories, last), paths in found.items())


_READ_BY_NAME = NAMING_OTHERS | {name for transform in TRANSFORMS.values() for name in transform.leaves}
_ALL = Target()


class Words:
    """What some rules say under each category: worked out once, however many leaves and event types have it.

    The bit of a rule is its place in its own list.
    """

    def __init__(self, gives: Sequence[Rule], withholds: Sequence[Rule]) -> None:
        """Sort what the rules name by category and by field."""
        self._gives, self._withholds = _by_target(gives), _by_target(withholds)
        self._named = {key for key in (*self._gives, *self._withholds) if "." in key}
        self._kept: dict[tuple[Category, str, str], Word] = {}

    def said(self, shapes: Iterable[Shape]) -> tuple[Said, ...]:
        """Return what is said of some leaves; those of which the same is said are together."""
        alike: dict[tuple[int, ...], tuple[tuple[Word, ...], list[str]]] = {}
        for shape in shapes:
            for path, paths in self._apart(shape):
                words = tuple([self._word(category, shape.last, path) for category in shape.categories])
                alike.setdefault(tuple(map(id, words)), (words, []))[1].extend(paths)
        return tuple(Said(tuple(paths), words, _or([word.taken for word in words])) for words, paths in alike.values())

    def _apart(self, shape: Shape) -> Iterable[tuple[str, Sequence[str]]]:
        """Return the leaves of a shape that rules name, each by itself, and the others together."""
        if self._named.isdisjoint(shape.paths):
            return [("", shape.paths)]
        others = [path for path in shape.paths if path not in self._named]
        named = [(path, (path,)) for path in shape.paths if path in self._named]
        return [*named, ("", others)] if others else named

    def _word(self, category: Category, last: str, path: str) -> Word:
        key = (category, last if category in _CHANGED else "", path)
        found = self._kept.get(key)
        if found is None:
            offers = tuple(sorted(self._offers(category, last, path), key=lambda o: (fullest(o.transform), o.rule)))
            takers = tuple((bit, rule.id) for bit, rule, _ in _about(category, path, self._withholds))
            plain, taken = _or(o.bit for o in offers if not o.transform), _or(bit for bit, _ in takers)
            found = self._kept[key] = Word(category, offers, plain, takers, taken)
        return found

    def _offers(self, category: Category, last: str, path: str) -> Iterable[Offer]:
        for bit, rule, target in _about(category, path, self._gives):
            if target is not _ALL and (target.path or _reaches(target.transform, last)):
                transform = target.transform or ""
                yield Offer(transform, bit, rule.id, rule.purpose if transform == PSEUDONYM else "")


_CHANGED = {transform.category for transform in TRANSFORMS.values()} | {Category.LICENCE_CONDITIONS}
"""The categories of which something less than the whole can be given."""


def laid_out(leaves: Sequence[Leaf], gives: Sequence[Rule], withholds: Sequence[Rule]) -> tuple[Said, ...]:
    """Return what the rules say of the leaves; the bit of a rule is its place in its own list."""
    return Words(gives, withholds).said(shapes_of(leaves))


_Spoken = Mapping[str, Sequence[tuple[int, Rule, Target]]]
"""For each category and each path that a rule names: the rule's bit, the rule, and the target."""


def _by_target(rules: Sequence[Rule]) -> _Spoken:
    spoken: dict[str, list[tuple[int, Rule, Target]]] = {}
    for i, rule in enumerate(rules):
        for target in rule.targets or (_ALL,):
            spoken.setdefault(target.path or target.category or "", []).append((1 << i, rule, target))
    return spoken


def _about(category: Category, path: str, spoken: _Spoken) -> Iterable[tuple[int, Rule, Target]]:
    """Yield the rules that speak of everything, of the category, or of a leaf by its path."""
    for key in ("", category, path) if path else ("", category):
        yield from spoken.get(key, ())


def reaches(transform: str | None, leaf: Leaf) -> bool:
    """Tell whether a transform of a category has to do with this leaf of it."""
    return _reaches(transform, leaf.path.rpartition(".")[2])


def _reaches(transform: str | None, last: str) -> bool:
    if transform == NAMING_YOU:
        return last not in NAMING_OTHERS
    return transform is None or last in TRANSFORMS[transform].leaves


def telling(gives: Sequence[Rule]) -> Mapping[Category, int]:
    """Return by category the rules by which something of it is known."""
    found: dict[Category, int] = {}
    for i, rule in enumerate(gives):
        for target in rule.targets if not rule.accompanies else ():
            for category in target.tells:
                found[category] = found.get(category, 0) | 1 << i
    return found


def silencing(withholds: Sequence[Rule]) -> Mapping[Category, int]:
    """Return by category the withholdings of the whole of it."""
    everything = _or(1 << i for i, rule in enumerate(withholds) if not rule.targets)
    found = dict.fromkeys(Category, everything)
    for i, rule in enumerate(withholds):
        for target in rule.targets:
            if target.path is None and target.category is not None:
                found[target.category] |= 1 << i
    return found


def holding(rules: Iterable[tuple[int, Rule]], situation: tuple[int, ...]) -> int:
    """Return the bits of the rules that hold in a situation."""
    return _or([bit for bit, rule in rules if rule.holds(situation)])


def numbered(rules: Iterable[Rule]) -> list[tuple[int, Rule]]:
    """Return rules, each with its bit."""
    return [(1 << i, rule) for i, rule in enumerate(rules)]


def _or(bits: Iterable[int]) -> int:
    total = 0
    for bit in bits:
        total |= bit
    return total
