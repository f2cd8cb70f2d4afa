"""What a program's rules say of each leaf, laid out once so that a decision only has to look.

A rule is one bit. Which rules hold in a situation is then a number, and "given" or "withheld"
is whether two numbers meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hub.policy.model import Rule, Target
from hub.policy.transforms import NAMING_OTHERS, NAMING_YOU, TRANSFORMS
from schemas.labels import Category
from schemas.leaves import Leaf


class Offer(msgspec.Struct, frozen=True):
    """That a rule gives a leaf under one category: plain (an empty word), or by a transform."""

    word: str
    bit: int
    rule: str


class Release(msgspec.Struct, frozen=True):
    """Why one leaf is given, and how: every rule it rests on, and the transform if any."""

    rules: tuple[str, ...]
    transform: str | None = None


class Said(msgspec.Struct, frozen=True):
    """All that is said of one leaf: who offers it under each of its categories, who takes it back."""

    path: str
    offers: tuple[tuple[Category, tuple[Offer, ...]], ...]
    takers: tuple[tuple[Category, tuple[tuple[int, str], ...]], ...]
    taken: int

    def release(self, gives: int, takes: int) -> Release | None:
        """Return why the leaf is given, or None: every category needs a rule, and plain is better than transformed.

        Every rule that gives it in the chosen way is cited, so that the obligations of each are owed.
        """
        if takes & self.taken:
            return None
        rules: list[str] = []
        transform: str | None = None
        for _, offers in self.offers:
            word = next((o.word for o in offers if gives & o.bit), None)
            if word is None or (word and len(self.offers) > 1 and word != NAMING_YOU):
                return None
            transform = word or transform
            rules += [o.rule for o in offers if o.word == word and gives & o.bit]
        return Release(tuple(sorted(set(rules))), transform)

    def against(self, gives: int, takes: int) -> Iterable[tuple[Category, str | None]]:
        """Return each category that stands against the leaf being given plain: the withholding, or None for no rule."""
        for (category, offers), (_, takers) in zip(self.offers, self.takers, strict=True):
            rule = next((rule for bit, rule in takers if takes & bit), None)
            if rule or not any(gives & o.bit for o in offers if not o.word):
                yield category, rule


def laid_out(leaves: Sequence[Leaf], gives: Sequence[Rule], withholds: Sequence[Rule]) -> tuple[Said, ...]:
    """Return what the rules say of each leaf; the bit of a rule is its place in its own list."""
    given, withheld = _by_target(gives), _by_target(withholds)
    return tuple(_of(leaf, given, withheld) for leaf in leaves)


_Spoken = Mapping[str, Sequence[tuple[int, str, Target]]]
"""For each category and each path that a rule names: the rule's bit and id, and the target."""
_ALL = Target()


def _by_target(rules: Sequence[Rule]) -> _Spoken:
    spoken: dict[str, list[tuple[int, str, Target]]] = {}
    for i, rule in enumerate(rules):
        for target in rule.targets or (_ALL,):
            spoken.setdefault(target.path or target.category or "", []).append((1 << i, rule.id, target))
    return spoken


def _of(leaf: Leaf, gives: _Spoken, withholds: _Spoken) -> Said:
    categories = sorted(leaf.categories)
    takers = tuple((c, tuple((bit, rule) for bit, rule, _ in _about(leaf, c, withholds))) for c in categories)
    return Said(
        path=leaf.path,
        offers=tuple((c, tuple(sorted(_offers(leaf, c, gives), key=lambda o: (o.word, o.rule)))) for c in categories),
        takers=takers,
        taken=_or(bit for _, found in takers for bit, _ in found),
    )


def _about(leaf: Leaf, category: Category, spoken: _Spoken) -> Iterable[tuple[int, str, Target]]:
    """Yield the rules that speak of everything, of the category, or of this leaf by its path."""
    for key in ("", category, leaf.path):
        yield from spoken.get(key, ())


def _offers(leaf: Leaf, category: Category, gives: _Spoken) -> Iterable[Offer]:
    for bit, rule, target in _about(leaf, category, gives):
        if target is not _ALL and (target.path or _reaches(target.transform, leaf)):
            yield Offer(target.transform or "", bit, rule)


def _reaches(transform: str | None, leaf: Leaf) -> bool:
    """Tell whether a transform of a category has to do with this leaf of it."""
    last = leaf.path.rpartition(".")[2]
    if transform == NAMING_YOU:
        return last not in NAMING_OTHERS
    return transform is None or last == TRANSFORMS[transform].reads


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
