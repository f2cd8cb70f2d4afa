"""The agreement comes to what the protocol says, for every role and every way of standing to the person."""

from __future__ import annotations

from itertools import product

import pytest

from schemas.catalogue import CATALOGUE
from schemas.labels import Category
from schemas.leaves import leaves_of
from tests.scenarios.reading import (
    READING,
    SCENARIOS,
    TOLD,
    WAYS,
    Scenario,
    forbidden,
    listed,
    pairs,
    roles,
    told,
    wanted,
    ways,
    words_for,
)


def named(scenario):
    return scenario.scenario


def wrong_leaves(scenario):
    """Return what is given though it should not be, and what is not given though it should."""
    words = words_for(scenario)
    guarded = {kind: forbidden(scenario, kind) for kind in CATALOGUE}
    for role, way, kind, decision in told(scenario):
        word = words.get((role, way))
        given = {p: decision.given[p].transform or "" for p in guarded[kind] & decision.given.keys()}
        if word is None:
            yield from (f"{role} ({way}) gets {path} of {kind}" for path in given)
            continue
        yield from (f"{role} ({way}) gets {path} of {kind} as it is" for path, how in given.items() if how != word)
        if not word:
            yield from (f"{role} ({way}) lacks {path} of {kind}" for path in wanted(scenario, kind) - set(given))
        if scenario.obliged and scenario.obliged not in decision.obligations:
            yield f"{role} ({way}) is not obliged by {kind}"


def reached(scenario):
    """Return the roles and ways that get at least one of the leaves, and how they get it."""
    guarded = {kind: forbidden(scenario, kind) for kind in CATALOGUE}
    return {
        ((role, way), decision.given[path].transform or "")
        for role, way, kind, decision in told(scenario)
        for path in guarded[kind] & decision.given.keys()
    }


def to_be_reached(scenario):
    """Return the roles and ways that a scenario lists, of those that are told anything at all."""
    scope = product(roles(scenario.roles), ways(scenario.ways))
    within = set(scope) & pairs(READING.told)
    if any(way == TOLD for raw in (scenario.sees, *scenario.sees_as.values()) for _, way in pairs(raw)):
        within &= {(role, way) for role, way, _, _ in told(scenario)}
    return {(pair, word) for pair, word in words_for(scenario).items() if pair in within}


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.sees is not None], ids=named)
def test_leaves(scenario):
    """Whoever a scenario lists gets every leaf in every message that they get, and nobody else gets any of it."""
    assert scenario.never == "everyone else"
    assert [] == list(wrong_leaves(scenario))[:20]
    assert [] == sorted(to_be_reached(scenario) - reached(scenario))[:20]


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.hears is not None], ids=named)
def test_messages(scenario):
    """Whoever a scenario lists hears of each such event, and nobody else is sent anything about it."""
    heard = {}
    for role, way, kind, decision in told(scenario):
        heard.setdefault(kind, set()).add((role, way))
        assert scenario.obliged is None or scenario.obliged in decision.obligations, (role, way)

    assert scenario.never == "everyone else"
    assert bool(heard) == bool(pairs(scenario.hears))
    for kind, who in heard.items():
        assert pairs(scenario.hears) == who, (kind, sorted(who ^ pairs(scenario.hears))[:20])


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.told_nothing is not None], ids=named)
def test_silence(scenario):
    """Whoever is told nothing gets no message, but for what names or addresses them themselves."""
    silent = roles(scenario.told_nothing)
    heard = {(role, way) for role, way, _, _ in told(scenario) if role in silent}

    assert scenario.never == "everyone else"
    assert set() == {(role, way) for role, way in heard if way not in {"condition", "gate", "addressed"}}


def test_who_is_told_anything():
    """Nobody gets a message but those on the list of who is told anything, and everybody on it gets some."""
    everything = Scenario(scenario="", row="", never="")

    assert pairs(READING.told) == {(role, way) for role, way, _, _ in told(everything)}


def test_every_row_has_a_scenario_in_both_directions():
    """Each row of the protocol has a scenario that says who sees it and that nobody else does."""
    seen = {s.row for s in SCENARIOS if any(x and x != "nobody" for x in (s.sees, s.sees_as, s.hears))}

    assert set(READING.rows) == seen
    assert set(READING.rows) >= {s.row for s in SCENARIOS}


def test_every_category_has_a_scenario():
    """Each category of the schemas stands in a scenario, by its own name or by a leaf of it."""
    by_path = {leaf.path: leaf.categories for row in CATALOGUE.values() for leaf in leaves_of(row.data)}
    spoken_of = {Category(c) for s in SCENARIOS for c in listed(s.category)}
    spoken_of |= {c for s in SCENARIOS for path in s.leaves for c in by_path[path]}

    assert set(Category) == spoken_of


def test_every_way_is_tried():
    """No way of standing to the person is left out, so that "everyone else" means everyone."""
    assert set(WAYS) == set().union(*(ways(s.ways) for s in SCENARIOS))
