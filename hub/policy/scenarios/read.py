"""Reads the scenarios beside an agreement, strictly: whatever is wrong is told at once, each with file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hub.document import Address, Document
from hub.errors import DocumentInvalid, Problem
from hub.policy.facts import INDEX, Situation, situation
from hub.policy.phrases import EVERYTHING, Phrases, listed
from hub.policy.scenarios.suite import WAYS, Pair, Scenario, Scope, Suite, Withholding
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

READING, WITHHOLDINGS = "reading.yaml", "withholdings.yaml"
TOLD = "told-anything"
"""In a list of ways: whoever is sent a message at all."""
SOMEBODY = frozenset(Role) - {Role.OVERSIGHT}
"""Everyone who may see something."""
_READING = {"groups", "concerned", "person", "rows", "told"}
_SCOPE = {"about", "not-about", "person", "roles", "ways"}
_LISTS = {"sees", "sees-as", "but-not", "hears", "told-nothing", "obliged"}
WORDS = {"scenario", "row", "never", "category", "leaves"} | _SCOPE | _LISTS
"""Every word of which a scenario is made."""
_WITHHOLDING = {"row", "category", "from", "except", "ways", "about", "not-about", "person", "always"}


def beside(policies: Iterable[Path]) -> Path:
    """Return the folder of scenarios that stands beside some agreements: the first that exists.

    Raises:
        DocumentInvalid: none of them has one.
    """
    folders = [(p if p.is_dir() else p.parent) / "scenarios" for p in policies]
    for folder in folders:
        if (folder / READING).is_file():
            return folder
    raise DocumentInvalid(*(Problem(str(folder / READING), "there is no such file") for folder in folders))


def load_suite(folder: Path) -> Suite:
    """Return the scenarios of a folder.

    Raises:
        DocumentInvalid: naming file and line, for everything that is wrong.
    """
    shared = _Shared(Document(folder / READING))
    shared.document.finish()
    problems: list[Problem] = []
    scenarios: list[Scenario] = []
    withholdings: list[Withholding] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name == READING:
            continue
        pages = _Page(Document(path), shared)
        if path.name == WITHHOLDINGS:
            withholdings += pages.withholdings()
        else:
            scenarios += pages.scenarios()
        problems += pages.document.problems
    if problems:
        raise DocumentInvalid(*problems)
    return Suite(
        folder=folder,
        person=shared.person,
        rows=shared.rows,
        told=shared.told,
        told_place=f"{shared.document.path}:{shared.document.line(('told',))}",
        scenarios=tuple(scenarios),
        withholdings=tuple(withholdings),
    )


class _Words:
    """Reads roles, ways and facts; what is wrong is noted in the document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.phrases = Phrases(document)
        self.concerned: frozenset[str] = frozenset()
        self.told: frozenset[Pair] = frozenset()
        self.rows: tuple[str, ...] = ()
        self.person: Situation = tuple(situation())

    def keys(self, at: Address, raw: object, known: set[str], required: set[str]) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self.document.wrong(at, "is a mapping")
            return {}
        for key in raw:
            if key not in known:
                self.document.unknown((*at, key), "word", key, known)
        for key in sorted(required - set(raw)):
            self.document.wrong(at, f"'{key}' is missing")
        return raw

    def ways(self, at: Address, raw: object, *, besides: tuple[str, ...] = ()) -> frozenset[str]:
        found: set[str] = set()
        for word in map(str, listed(raw)):
            if word == "concerned":
                found |= self.concerned
            elif word in (*WAYS, *besides):
                found.add(word)
            else:
                self.document.unknown(at, "way of standing to the person", word, ("concerned", *WAYS, *besides))
        return frozenset(found)

    def pairs(self, at: Address, raw: object) -> frozenset[Pair]:
        """Read who, standing how; ``nobody`` is a list of none."""
        if raw == "nobody":
            return frozenset()
        return frozenset(
            (role, way)
            for who, how in self.keys(at, raw, _anything(raw), set()).items()
            for way in self.ways((*at, who), how, besides=(TOLD,))
            for role in self.phrases.roles((*at, who), who, everyone=SOMEBODY)
        )

    def facts(self, at: Address, raw: object, person: Situation) -> Situation:
        values = list(person)
        for fact, words in self.keys(at, raw, _anything(raw), set()).items():
            if words == [] and fact in INDEX:
                values[INDEX[fact]] = 0
            else:
                for line in self.phrases.lines((*at,), {fact: words}, not_knowing="said"):
                    values[line.fact] = line.mask
        return tuple(values)


class _Shared(_Words):
    """What the words of all scenarios mean."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        top = self.keys((), document.value, _READING, _READING)
        for name, members in self.keys(("groups",), top.get("groups", {}), _anything(top.get("groups")), set()).items():
            self.phrases.group(("groups", name), str(name), members)
        self.concerned = self.ways(("concerned",), top.get("concerned", []))
        self.person = self.facts(("person",), top.get("person", {}), self.person)
        self.rows = tuple(map(str, listed(top.get("rows", []))))
        self.told = self.pairs(("told",), top.get("told", {}))


class _Page(_Words):
    """Reads one file of scenarios."""

    def __init__(self, document: Document, shared: _Shared) -> None:
        super().__init__(document)
        self.phrases.groups = shared.phrases.groups
        self.concerned, self.told, self.rows, self.person = shared.concerned, shared.told, shared.rows, shared.person

    def scenarios(self) -> list[Scenario]:
        return [self._scenario((i,), raw) for i, raw in enumerate(listed(self.document.value or []))]

    def withholdings(self) -> list[Withholding]:
        return [self._withholding((i,), raw) for i, raw in enumerate(listed(self.document.value or []))]

    def _scenario(self, at: Address, raw: object) -> Scenario:
        said = self.keys(at, raw, WORDS, {"scenario", "row", "never"})
        if said.get("never", "everyone else") != "everyone else":
            self.document.wrong((*at, "never"), "is 'everyone else': whoever is not listed gets nothing")
        silent = "told-nothing" in said
        scope = self._scope(at, said, roles="told-nothing" if silent else "roles")
        words = self._listed(at, said) if {"sees", "sees-as"} & set(said) else None
        categories, leaves = self._spoken_of(at, said)
        every_way = self._every_way(words or {}, said)
        return Scenario(
            name=str(said.get("scenario")),
            row=self._row(at, said),
            place=self._place(at),
            scope=scope,
            person=self.facts((*at, "person"), said.get("person", {}), self.person),
            guarded={kind: _touching(kind, categories) | leaves & _all(kind) for kind in scope.kinds},
            wanted={kind: _own(kind, categories) | leaves & _all(kind) for kind in scope.kinds},
            listed=every_way if words is not None else None,
            owed=frozenset(
                pair
                for pair in words or ()
                if pair in self.told and pair in every_way and pair[0] in scope.roles and pair[1] in scope.ways
            ),
            hears=self.pairs((*at, "hears"), said["hears"]) if "hears" in said else None,
            silent=silent,
            obliged=str(said.get("obliged", "")),
        )

    def _withholding(self, at: Address, raw: object) -> Withholding:
        said = self.keys(at, raw, _WITHHOLDING, {"row", "category", "from"})
        scope = self._scope(at, said, roles="from")
        spared = self.phrases.roles((*at, "except"), said["except"]) if "except" in said else frozenset()
        everything = said.get("category") == EVERYTHING
        categories = frozenset() if everything else self._categories(at, said)
        return Withholding(
            row=self._row(at, said),
            place=self._place(at),
            scope=Scope(kinds=scope.kinds, roles=scope.roles - spared, ways=scope.ways),
            person=self.facts((*at, "person"), said.get("person", {}), self.person),
            guarded={kind: _all(kind) if everything else _touching(kind, categories) for kind in scope.kinds},
            always=tuple(sorted(categories)) if said.get("always") is True else (),
        )

    def _scope(self, at: Address, said: Mapping[str, Any], *, roles: str) -> Scope:
        kinds = self.phrases.types((*at, "about"), said.get("about"))
        if "not-about" in said:
            kinds -= self.phrases.types((*at, "not-about"), said["not-about"])
        return Scope(
            kinds=kinds,
            roles=self.phrases.roles((*at, roles), said.get(roles, "everyone")),
            ways=self.ways((*at, "ways"), said["ways"]) if "ways" in said else frozenset(WAYS),
        )

    def _listed(self, at: Address, said: Mapping[str, Any]) -> dict[Pair, str]:
        """Return how each role and way that is listed gets the leaves; where it stands twice, the first counts."""
        words: dict[Pair, str] = {}
        spared = self.phrases.roles((*at, "but-not"), said["but-not"]) if "but-not" in said else frozenset()
        ways = self.keys((*at, "sees-as"), said.get("sees-as", {}), _anything(said.get("sees-as")), set())
        lists = [("", (*at, "sees"), said.get("sees", "nobody"))]
        for word, address, raw in (*lists, *((w, (*at, "sees-as", w), r) for w, r in ways.items())):
            for role, way in self.pairs(address, raw):
                if role not in spared:
                    words.setdefault((role, way), word)
        return words

    def _every_way(self, words: Mapping[Pair, str], said: Mapping[str, Any]) -> dict[Pair, str]:
        """Return the same with "told anything" spread out over every way, behind the ways that are named."""
        named = {pair: word for pair, word in words.items() if pair[1] != TOLD}
        order = ["", *said.get("sees-as", {})]
        for (role, way), word in words.items():
            for each in WAYS if way == TOLD else ():
                before = named.get((role, each))
                if before is None or order.index(word) < order.index(before):
                    named[role, each] = word
        return named

    def _spoken_of(self, at: Address, said: Mapping[str, Any]) -> tuple[frozenset[Category], frozenset[str]]:
        known = {path for kind in CATALOGUE for path in _all(kind)}
        leaves = frozenset(map(str, listed(said.get("leaves", []))))
        for path in sorted(leaves - known):
            self.document.unknown((*at, "leaves"), "field", path, known)
        return self._categories(at, said), leaves

    def _categories(self, at: Address, said: Mapping[str, Any]) -> frozenset[Category]:
        words = frozenset(map(str, listed(said.get("category", []))))
        for word in sorted(words - set(Category)):
            self.document.unknown((*at, "category"), "category", word, list(Category))
        return frozenset(Category(word) for word in words & set(Category))

    def _row(self, at: Address, said: Mapping[str, Any]) -> str:
        row = str(said.get("row"))
        if row not in self.rows:
            self.document.unknown((*at, "row"), "row", row, self.rows)
        return row

    def _place(self, at: Address) -> str:
        return f"{self.document.path}:{self.document.line(at)}"


def _anything(raw: object) -> set[str]:
    return set(raw) if isinstance(raw, dict) else set()


@cache
def _all(kind: str) -> frozenset[str]:
    return frozenset(leaf.path for leaf in leaves_of(CATALOGUE[kind].data))


@cache
def _own(kind: str, categories: frozenset[Category]) -> frozenset[str]:
    """Return the leaves that are of one of these categories and of no other."""
    return frozenset(
        leaf.path
        for leaf in leaves_of(CATALOGUE[kind].data)
        if len(leaf.categories) == 1 and leaf.categories <= categories
    )


@cache
def _touching(kind: str, categories: frozenset[Category]) -> frozenset[str]:
    """Return the leaves of which one of these is a category."""
    return frozenset(leaf.path for leaf in leaves_of(CATALOGUE[kind].data) if leaf.categories & categories)
