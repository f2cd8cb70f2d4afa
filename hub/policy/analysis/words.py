"""Conditions, roles, event types and leaves in the words in which an agreement is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.policy.analysis.conditions import Case, Condition
from hub.policy.analysis.entries import Block
from hub.policy.analysis.forms import Forms
from hub.policy.facts import CONCERNED_IN_FULL, FACTS, RELATION, words_of
from hub.policy.model import Line
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from schemas.labels import Category, Role

IN_FULL = "concerned in full"


def line_words(line: Line) -> str:
    """Return one line, as ``consent: given``; a relation of those that count where none is named by that name."""
    fact = FACTS[line.fact].name
    if line.fact == RELATION and line.mask & CONCERNED_IN_FULL == CONCERNED_IN_FULL:
        further = words_of(fact, line.mask & ~CONCERNED_IN_FULL)
        return f"relation: [{', '.join((IN_FULL, *further))}]" if further else IN_FULL
    words = words_of(fact, line.mask)
    return f"{fact}: {words[0] if len(words) == 1 else '[' + ', '.join(words) + ']'}"


def case_words(case: Case) -> str:
    """Return the lines of a case; what must not hold is marked so."""
    return ", ".join([*map(line_words, case.any_of), *(f"not {line_words(line)}" for line in case.none_of)])


def condition_words(condition: Condition) -> tuple[str, ...]:
    """Return a condition in lines, each with the word that it begins with; none where it always holds."""
    if not condition.whole:
        common = case_words(condition.when)
        return (f"only when {common}, and not in all of these cases" if common else "in some cases",)
    lines = [f"when {case_words(condition.when)}"] if condition.when != Case() else []
    first = "and either" if lines else "when either"
    lines += [f"{first if i == 0 else 'or'} {case_words(case)}" for i, case in enumerate(condition.either)]
    lines += [f"{'unless' if i == 0 else 'or'} {case_words(case)}" for i, case in enumerate(condition.unless)]
    return tuple(lines)


def role_words(roles: Iterable[Role]) -> str:
    """Return some roles; all but oversight are everyone."""
    named = sorted(roles)
    return "everyone" if set(Role) - {Role.OVERSIGHT} <= set(named) else ", ".join(named)


def kind_words(kinds: Sequence[str], catalogue: Iterable[str]) -> str:
    """Return some event types, whole families by their pattern."""
    known = list(catalogue)
    left = [kind for kind in known if kind not in kinds]
    if not left:
        return "every event type"
    if len(left) < len(known) // 4:
        return f"every event type but {', '.join(_families(left, known))}"
    return ", ".join(_families(kinds, known))


def _families(kinds: Sequence[str], known: Sequence[str]) -> list[str]:
    found: list[str] = []
    for kind in kinds:
        family = kind.partition(".")[0]
        whole = [k for k in known if k.partition(".")[0] == family]
        found.append(f"{family}.*" if len(whole) > 1 and set(whole) <= set(kinds) else kind)
    return list(dict.fromkeys(found))


def leaf_words(block: Block, forms: Forms, way: str | None) -> tuple[str, ...]:
    """Return the leaves of a block: by their category where all that are of it alone are among them."""
    if way and way != NAMING_YOU:
        return (f"{TRANSFORMS[way].category} as {way}",)
    kinds = block.kinds or tuple(forms.catalogue)
    mine, there = set(block.forms), {form for kind in kinds for form in forms.of(kind)}
    words: list[str] = []
    said: set[int] = set()
    alone: dict[Category, set[int]] = {}
    for form in there:
        if len(forms.all[form].categories) == 1:
            alone.setdefault(next(iter(forms.all[form].categories)), set()).add(form)
    for category in Category:
        own = alone.get(category)
        if own and (own <= mine or (way == NAMING_YOU and own & mine)):
            words.append(f"{category} as {way}" if way else category)
            said |= {f for f in mine if category in forms.all[f].categories}
    paths = {path for form in mine - said for kind in kinds for path in forms.paths(kind, form)}
    return (*words, *sorted(paths))
