"""What a program's rules say of each leaf, laid out once so that a decision only has to look.

A rule is one bit. Which rules hold in a situation is then a number, and "given" or "withheld"
is whether two numbers meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hub.policy.model import Rule, Target
from hub.policy.transforms import NAMING_OTHERS, NAMING_YOU, PSEUDONYM, fullest, read_by
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


def laid_out(leaves: Sequence[Leaf], gives: Sequence[Rule], withholds: Sequence[Rule]) -> tuple[Said, ...]:
    """Return what the rules say of the leaves; the bit of a rule is its place in its own list."""
    given, withheld = _by_target(gives), _by_target(withholds)
    alike: dict[tuple[Word, ...], list[str]] = {}
    for leaf in leaves:
        words = tuple(_word(leaf, category, given, withheld) for category in sorted(leaf.categories))
        alike.setdefault(words, []).append(leaf.path)
    return tuple(Said(tuple(paths), words, _or(word.taken for word in words)) for words, paths in alike.items())


_Spoken = Mapping[str, Sequence[tuple[int, Rule, Target]]]
"""For each category and each path that a rule names: the rule's bit, the rule, and the target."""
_ALL = Target()


def _by_target(rules: Sequence[Rule]) -> _Spoken:
    spoken: dict[str, list[tuple[int, Rule, Target]]] = {}
    for i, rule in enumerate(rules):
        for target in rule.targets or (_ALL,):
            spoken.setdefault(target.path or target.category or "", []).append((1 << i, rule, target))
    return spoken


def _word(leaf: Leaf, category: Category, gives: _Spoken, withholds: _Spoken) -> Word:
    offers = tuple(sorted(_offers(leaf, category, gives), key=lambda o: (fullest(o.transform), o.rule)))
    takers = tuple((bit, rule.id) for bit, rule, _ in _about(leaf, category, withholds))
    plain, taken = _or(o.bit for o in offers if not o.transform), _or(bit for bit, _ in takers)
    return Word(category, offers, plain, takers, taken)


def _about(leaf: Leaf, category: Category, spoken: _Spoken) -> Iterable[tuple[int, Rule, Target]]:
    """Yield the rules that speak of everything, of the category, or of this leaf by its path."""
    for key in ("", category, leaf.path):
        yield from spoken.get(key, ())


def _offers(leaf: Leaf, category: Category, gives: _Spoken) -> Iterable[Offer]:
    for bit, rule, target in _about(leaf, category, gives):
        if target is not _ALL and (target.path or reaches(target.transform, leaf)):
            transform = target.transform or ""
            yield Offer(transform, bit, rule.id, rule.purpose if transform == PSEUDONYM else "")


def reaches(transform: str | None, leaf: Leaf) -> bool:
    """Tell whether a transform of a category has to do with this leaf of it."""
    last = leaf.path.rpartition(".")[2]
    if transform == NAMING_YOU:
        return last not in NAMING_OTHERS
    return transform is None or read_by(transform, last)


def telling(category: Category, gives: Sequence[Rule]) -> int:
    """Return the rules by which something of a category is known."""
    return _or(1 << i for i, r in enumerate(gives) if not r.accompanies and any(category in t.tells for t in r.targets))


def silencing(category: Category, withholds: Sequence[Rule]) -> int:
    """Return the withholdings of a whole category."""
    return _or(
        1 << i
        for i, r in enumerate(withholds)
        if not r.targets or any(t.path is None and t.category == category for t in r.targets)
    )


def holding(rules: Sequence[Rule], situation: tuple[int, ...]) -> int:
    """Return which rules hold in a situation."""
    return _or(1 << i for i, rule in enumerate(rules) if rule.holds(situation))


def _or(bits: Iterable[int]) -> int:
    total = 0
    for bit in bits:
        total |= bit
    return total
