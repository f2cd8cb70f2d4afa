"""Who may see what: for each role and category an answer that is worked out over every case that there can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from hub.policy import plain
from hub.policy.decide import Decision, Policy
from hub.policy.facts import CONCERNED_IN_FULL, RELATION
from hub.policy.model import Agreement, Line, Rule
from hub.policy.situations import distinct_situations, rules_about
from hub.policy.status import STATUS
from schemas.catalogue import CATALOGUE, EventType
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

Answer = Literal["yes", "depends", "less", "no"]
"""``yes``: all of it, to whoever is concerned in full, without a further condition. ``less``: the same, and never the
whole. ``depends``: in the cases that the cell names. ``no``: never. Always of what a recipient is told of at all, and
but for the provisos."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one role may see of one category."""

    role: Role
    category: Category
    answer: Answer
    whole: bool = False
    """Whether it is ever the whole."""
    conditions: tuple[str, ...] = ()
    """Each case in which something is given, in short."""
    but: tuple[str, ...] = ()
    """What stands against it in some cases, in short."""
    rules: tuple[str, ...] = ()


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Roles by categories, for one event type or for all."""

    kind: str
    """The event type; empty for all."""
    roles: tuple[Role, ...]
    categories: tuple[Category, ...]
    cells: tuple[Cell, ...]
    provisos: tuple[str, ...]
    """Withholdings of everything, which are not repeated in each cell."""


def matrix(agreements: Sequence[Agreement], kind: str = "", roles: Iterable[Role] = tuple(Role)) -> Matrix:
    """Return who may see what in events of one type, or of all."""
    everything = _provisos(agreements)
    policy = Policy([replace(a, rules=tuple(r for r in a.rules if r not in everything)) for a in agreements])
    kinds = (kind,) if kind else tuple(CATALOGUE)
    groups = {name: members for a in agreements for name, members in a.groups.items()}
    cells = tuple(cell for role in roles for cell in _row(policy, role, kinds))
    return Matrix(
        kind=kind,
        roles=tuple(dict.fromkeys(cell.role for cell in cells)),
        categories=tuple(dict.fromkeys(cell.category for cell in cells)),
        cells=cells,
        provisos=tuple(plain.sentence(rule, groups) for rule in everything),
    )


def _provisos(agreements: Iterable[Agreement]) -> list[Rule]:
    return [r for a in agreements for r in a.rules if r.effect == "withhold" and not r.targets]


def _row(policy: Policy, role: Role, kinds: Iterable[str]) -> Iterator[Cell]:
    """Yield a role's cells, in the order of the categories."""
    rules = [r for a in policy.agreements for r in a.rules if role in r.roles]
    found: dict[Category, _Found] = {category: _Found() for category in Category}
    for event in _unlike(rules, kinds):
        own = _own_leaves(event)
        program = policy.program(role, event)
        about = list(rules_about(rules, role, event.name))
        for situation in distinct_situations(about) if any(r.effect == "give" for r in about) else ():
            decision = program.decide(situation)
            if decision.present:
                in_full = bool(situation[RELATION] & CONCERNED_IN_FULL)
                for category, paths in own.items():
                    kept = category in STATUS and not decision.knows_status
                    found[category].note(decision, frozenset() if kept else paths, len(paths), in_full=in_full)
    has = {category for kind in kinds for category in _own_leaves(CATALOGUE[kind])}
    for category in Category:
        if category in has:
            yield found[category].cell(role, category, rules)


def _unlike(rules: Sequence[Rule], kinds: Iterable[str]) -> list[EventType]:
    """Return one event type of each group for which the same rules are about the same leaves."""
    groups: dict[object, EventType] = {}
    for kind in kinds:
        row = CATALOGUE[kind]
        key = tuple(r.id for r in rules if kind in r.types), row.topic, row.alike, leaves_of(row.data)
        groups.setdefault(key, row)
    return list(groups.values())


def _own_leaves(event: EventType) -> dict[Category, frozenset[str]]:
    """Return the leaves that are of one category alone, by category."""
    own: dict[Category, set[str]] = {}
    for leaf in leaves_of(event.data):
        if len(leaf.categories) == 1:
            own.setdefault(next(iter(leaf.categories)), set()).add(leaf.path)
    return {category: frozenset(paths) for category, paths in own.items()}


class _Found:
    """What came of a category in all cases together."""

    def __init__(self) -> None:
        self.rules: set[str] = set()
        self.whole = self.something = self.kept = False
        self.always, self.always_whole, self.told_in_full = True, True, False

    def note(self, decision: Decision, paths: frozenset[str], leaves: int, *, in_full: bool) -> None:
        """Note what a decision gives of those paths that can be given at all, of so many leaves."""
        self.kept |= len(paths) < leaves
        given = [decision.given[path] for path in paths if path in decision.given]
        whole = len(given) == leaves and all(release.transform is None for release in given)
        self.something |= bool(given)
        self.whole |= whole
        self.rules.update(rule for release in given for rule in release.rules)
        if in_full:
            self.told_in_full = True
            self.always &= bool(given)
            self.always_whole &= whole

    def cell(self, role: Role, category: Category, rules: Sequence[Rule]) -> Cell:
        gives = [rule for rule in rules if rule.id in self.rules]
        free = self.told_in_full and any(map(_unconditional, gives))
        whole = free and self.always_whole
        less = free and self.always and not self.whole
        answer: Answer = "no" if not self.something else "yes" if whole else "less" if less else "depends"
        withholds = [r for r in rules if r.effect == "withhold" and any(category in t.categories for t in r.targets)]
        return Cell(
            role=role,
            category=category,
            answer=answer,
            whole=self.whole,
            conditions=() if answer == "no" else tuple(dict.fromkeys(_short(rule, category) for rule in gives)),
            but=() if answer in ("no", "yes") else tuple(dict.fromkeys(self._against(withholds, category))),
            rules=tuple(sorted(self.rules)),
        )

    def _against(self, withholds: Iterable[Rule], category: Category) -> Iterator[str]:
        yield from (_short(rule, category) for rule in withholds)
        if self.kept and category is not Category.MARKER:
            yield "where the marker is not given"


def _unconditional(rule: Rule) -> bool:
    """Tell whether a rule asks for no more than that the recipient is concerned in full."""
    free = all(x.fact == RELATION and x.mask & CONCERNED_IN_FULL == CONCERNED_IN_FULL for x in rule.when)
    return free and not rule.unless


def _short(rule: Rule, category: Category) -> str:
    """Return a rule's condition in few words, with what it gives or withholds less than the category."""
    parts = [_lines(rule.when)] if rule.when else []
    parts += [f"unless {' or '.join(map(_lines, rule.unless))}"] if rule.unless else []
    parts += [f"in {plain.types(rule)}"] if plain.types(rule) else []
    parts += ["beside something else"] if rule.accompanies else []
    named = [t for t in rule.targets if category in t.categories]
    fields = [t.path.rpartition(".")[2] if t.path else f"as {t.transform}" for t in named if t.path or t.transform]
    parts += [f"({', '.join(fields)})"] if fields and all(t.path or t.transform for t in named) else []
    return " ".join(parts) or "always"


def _lines(lines: Iterable[Line]) -> str:
    return ", ".join(map(plain.short, lines))
