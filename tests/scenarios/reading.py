"""Reads the scenarios beside the agreement, and works out who sees what."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import yaml

from hub.policy.decide import Decision, Policy
from hub.policy.facts import FACTS, situation
from hub.policy.load import load_agreements
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

ROOT = Path(__file__).parents[2] / "policies"
WAYS = FACTS[0].domain
TOLD = "told-anything"
Pair = tuple[Role, str]


class Scenario(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, kw_only=True):
    """One scenario as a coordinator wrote it."""

    scenario: str
    row: str
    never: str
    about: Any = "*"
    not_about: Any = ()
    person: dict[str, Any] = {}
    roles: Any = "everyone"
    ways: Any = WAYS
    category: Any = ()
    leaves: list[str] = []
    sees: Any = None
    sees_as: dict[str, Any] = {}
    but_not: Any = ()
    hears: Any = None
    told_nothing: Any = None
    obliged: str | None = None


class Reading(msgspec.Struct, forbid_unknown_fields=True):
    """What the scenarios' words mean."""

    groups: dict[str, list[str]]
    concerned: list[str]
    person: dict[str, Any]
    rows: list[str]
    told: dict[str, Any]


def listed(raw):
    return list(raw) if isinstance(raw, list | tuple) else [raw]


class Withholding(
    msgspec.Struct, rename={"roles": "from", "spared": "except"}, forbid_unknown_fields=True, kw_only=True
):
    """One withholding of the protocol, as a coordinator wrote it."""

    row: str
    category: Any
    roles: Any
    spared: Any = ()
    ways: Any = WAYS
    about: Any = "*"
    not_about: tuple[str, ...] = ()
    person: dict[str, Any] = {}
    always: bool = False


READING = msgspec.convert(yaml.safe_load((ROOT / "scenarios" / "reading.yaml").read_text()), Reading)
SCENARIOS = [
    msgspec.convert(raw, Scenario)
    for path in sorted((ROOT / "scenarios").glob("*.yaml"))
    if path.name not in ("reading.yaml", "withholdings.yaml")
    for raw in yaml.safe_load(path.read_text())
]
WITHHOLDINGS = msgspec.convert(
    yaml.safe_load((ROOT / "scenarios" / "withholdings.yaml").read_text()), list[Withholding]
)


@cache
def policy() -> Policy:
    return Policy(load_agreements([ROOT]))


def roles(raw, everyone=frozenset(Role)) -> set[Role]:
    found: set[Role] = set()
    for word in listed(raw):
        if word == "everyone":
            found |= everyone
        elif word in READING.groups:
            found |= roles(READING.groups[word])
        else:
            found.add(Role(word))
    return found


def ways(raw) -> set[str]:
    found: set[str] = set()
    for word in listed(raw):
        found |= set(READING.concerned) if word == "concerned" else {word}
    assert found <= {*WAYS, TOLD}, found
    return found


def pairs(raw) -> set[Pair]:
    if raw == "nobody":
        return set()
    everyone = frozenset(Role) - {Role.OVERSIGHT}
    return {(role, way) for who, how in raw.items() for role in roles(who, everyone) for way in ways(how)}


def kinds(scenario: Scenario | Withholding) -> list[str]:
    about, without = listed(scenario.about), listed(scenario.not_about)
    for pattern in (*about, *without):
        assert any(fnmatchcase(k, pattern) for k in CATALOGUE), pattern
    return [
        k for k in CATALOGUE if any(fnmatchcase(k, p) for p in about) and not any(fnmatchcase(k, p) for p in without)
    ]


def told(scenario: Scenario) -> list[tuple[Role, str, str, Decision]]:
    """Every role, way and event type within the scenario's scope for which a message goes out."""
    person = {**READING.person, **scenario.person}
    words = tuple((fact.replace("-", "_"), _words(said)) for fact, said in sorted(person.items()))
    scope = product(sorted(roles(scenario.roles)), kinds(scenario))
    within = ways(scenario.ways)
    return [(role, way, kind, d) for role, kind in scope for way, d in _told(words, role, kind) if way in within]


@cache
def _told(person: tuple[tuple[str, tuple[str, ...]], ...], role: Role, kind: str) -> list[tuple[str, Decision]]:
    program = policy().program(role, CATALOGUE[kind])
    decisions = ((way, program.decide(s)) for way, s in _situations(person))
    return [(way, decision) for way, decision in decisions if decision.present]


@cache
def _situations(person: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(way, tuple(situation(relation=[way], **dict(person)))) for way in WAYS]


def _words(said: Any) -> tuple[str, ...]:
    """YAML reads yes and no as booleans."""
    return tuple({True: "yes", False: "no"}[w] if isinstance(w, bool) else w for w in listed(said))


@cache
def own_leaves(kind: str, category: str) -> frozenset[str]:
    """The leaves that are of this category and of no other."""
    return frozenset(leaf.path for leaf in leaves_of(CATALOGUE[kind].data) if leaf.categories == {Category(category)})


@cache
def touching_leaves(kind: str, category: str) -> frozenset[str]:
    """The leaves of which this category is one."""
    return frozenset(leaf.path for leaf in leaves_of(CATALOGUE[kind].data) if Category(category) in leaf.categories)


@cache
def all_leaves(kind: str) -> frozenset[str]:
    return frozenset(leaf.path for leaf in leaves_of(CATALOGUE[kind].data))


def wanted(scenario: Scenario, kind: str) -> frozenset[str]:
    """The leaves that whoever is listed gets, all of them."""
    named = frozenset(scenario.leaves) & all_leaves(kind)
    return named.union(*(own_leaves(kind, c) for c in listed(scenario.category)))


def forbidden(scenario: Scenario, kind: str) -> frozenset[str]:
    """The leaves of which nobody else gets any."""
    named = frozenset(scenario.leaves) & all_leaves(kind)
    return named.union(*(touching_leaves(kind, c) for c in listed(scenario.category)))


def words_for(scenario: Scenario) -> dict[Pair, str]:
    """How each listed role and way gets the leaves: plain (empty) or transformed; others not at all."""
    words: dict[Pair, str] = {}
    spared = roles(scenario.but_not)
    for word, raw in (("", scenario.sees), *scenario.sees_as.items()):
        for role, way in pairs(raw):
            for each in WAYS if way == TOLD else (way,):
                if role not in spared:
                    words.setdefault((role, each), word)
    return words
