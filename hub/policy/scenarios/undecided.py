"""What no scenario speaks of, so that nobody has said whether it is right."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hub.policy.scenarios.suite import WAYS, Scenario, Suite
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that nobody has decided."""

    place: str
    """File and line of a scenario, or the folder that has none about it."""
    what: str
    roles: tuple[Role, ...] = ()
    kinds: tuple[str, ...] = ()
    """The event types; of these roles, standing in at least one way."""


def undecided(suite: Suite) -> Iterator[Undecided]:
    """Yield each scenario that decides nothing, each row without one, and each leaf, by role, that none speaks of."""
    for scenario in suite.scenarios:
        yield from _of_scenario(scenario)
    yield from _rows(suite)
    yield from _leaves(suite)


def _of_scenario(scenario: Scenario) -> Iterator[Undecided]:
    if scenario.listed is None and scenario.hears is None and not scenario.silent:
        yield Undecided(place=scenario.place, what=f"'{scenario.name}' does not say who sees or hears")
    elif scenario.listed is not None and not any(scenario.guarded.values()):
        yield Undecided(place=scenario.place, what=f"'{scenario.name}' speaks of nothing that these events can have")


def _rows(suite: Suite) -> Iterator[Undecided]:
    spoken_of = {s.row for s in suite.scenarios if s.listed or s.hears}
    for row in suite.rows:
        if row not in spoken_of:
            yield Undecided(place=str(suite.folder), what=f"no scenario gives somebody something of the row '{row}'")


def _leaves(suite: Suite) -> Iterator[Undecided]:
    """Yield the leaves that some role may or may not get, standing in some way, without any scenario that says which.

    What is said of a leaf in events of one type is said of it in those of that type alone.
    """
    open_leaves: dict[tuple[str, frozenset[Category], tuple[Role, ...]], list[str]] = {}
    for kind, row in CATALOGUE.items():
        about = [s for s in suite.scenarios if s.listed is not None and kind in s.scope.kinds]
        for leaf in leaves_of(row.data):
            roles = _open(s for s in about if leaf.path in s.guarded[kind])
            if roles:
                open_leaves.setdefault((leaf.path, leaf.categories, roles), []).append(kind)
    for (path, categories, roles), kinds in sorted(open_leaves.items(), key=lambda item: item[0][0]):
        what = f"no scenario says who sees {path} ({' and '.join(sorted(categories))})"
        yield Undecided(place=str(suite.folder), what=what, roles=roles, kinds=tuple(kinds))


def _open(scenarios: Iterator[Scenario]) -> tuple[Role, ...]:
    said = {role: set[str]() for role in Role}
    for scenario in scenarios:
        for role in scenario.scope.roles:
            said[role] |= scenario.scope.ways
    return tuple(role for role, ways in said.items() if ways != set(WAYS))
