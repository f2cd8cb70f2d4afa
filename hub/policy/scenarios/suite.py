"""What scenarios come to once their words are read: who, standing how, gets which leaves of which events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec.structs import replace

from hub.policy.facts import FACTS, RELATION, Situation, mask_of
from schemas.labels import Role

WAYS: tuple[str, ...] = tuple(FACTS[RELATION].domain)
"""Every way in which a recipient can stand to the person."""
NAMED = "condition"
"""The way by which anybody at all may come to be told of one type of event."""
NAMED_THEMSELVES = frozenset({NAMED, "gate", "addressed"})
"""The ways by which even somebody who is told nothing else gets what names or addresses them."""
Pair = tuple[Role, str]
"""A role, standing to the person in one way."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Of what something is said: the event types, the roles, and the ways of standing to the person."""

    kinds: frozenset[str]
    roles: frozenset[Role]
    ways: frozenset[str]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario. Who is not listed is to get nothing of what it speaks of."""

    name: str
    row: str
    """The row of the protocol that it is an example of."""
    place: str
    """File and line."""
    scope: Scope
    person: Situation
    """The facts of the person, without a relation."""
    guarded: Mapping[str, frozenset[str]]
    """For each event type: the leaves of which nobody gets any who is not listed."""
    wanted: Mapping[str, frozenset[str]]
    """For each event type: the leaves that whoever is listed gets, all of them."""
    listed: Mapping[Pair, str] | None = None
    """Who gets the leaves: as they are (an empty word), or transformed; None where it speaks of no leaf."""
    owed: frozenset[Pair] = frozenset()
    """Who of them must get something in at least one message: they are told of at least one such event."""
    hears: frozenset[Pair] | None = None
    """Who is sent a message of each of these events, and nobody else is."""
    silent: bool = False
    """Whether the roles in scope get no message but one that names or addresses themselves."""
    obliged: str = ""
    """What whoever is listed is obliged to, by its word in the agreement."""


class Withholding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that stays withheld even where another rule gives everything to everyone."""

    row: str
    place: str
    scope: Scope
    person: Situation
    guarded: Mapping[str, frozenset[str]]
    always: tuple[str, ...] = ()
    """The categories that no area may give, whatever it agrees."""


class Suite(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All scenarios of one folder, with what they share."""

    folder: Path
    person: Situation
    """Whom a scenario is about that says nothing else."""
    rows: tuple[str, ...]
    told: frozenset[Pair] | None
    """Who is told anything at all of such a person, and nobody else ever gets a message; None where it is not asked."""
    told_place: str
    scenarios: tuple[Scenario, ...]
    withholdings: tuple[Withholding, ...]

    @cached_property
    def persons(self) -> Mapping[Situation, Mapping[str, Situation]]:
        """Every person that is spoken of, with somebody standing to them in each way."""
        spoken_of = {self.person, *(s.person for s in self.scenarios), *(w.person for w in self.withholdings)}
        return {person: {way: standing(person, way) for way in WAYS} for person in spoken_of}

    @cached_property
    def named(self) -> Mapping[Situation, Mapping[str, Situation]]:
        """The same, where whoever stands so is named in a licence condition besides."""
        return {person: {way: standing(person, way, NAMED) for way in WAYS} for person in self.persons}

    @cached_property
    def situations(self) -> frozenset[Situation]:
        """Every situation that is tried."""
        return frozenset(s for kept in (self.persons, self.named) for ways in kept.values() for s in ways.values())

    @property
    def spoken(self) -> int:
        """How many scenarios there are."""
        return len(self.scenarios) + len(self.withholdings)

    def only(self, files: Iterable[Path]) -> Suite:
        """Return the scenarios of some files alone."""
        wanted = {file.resolve() for file in files}

        def stands_there(said: Scenario | Withholding) -> bool:
            return Path(said.place.rpartition(":")[0]).resolve() in wanted

        return replace(
            self,
            told=None,
            scenarios=tuple(filter(stands_there, self.scenarios)),
            withholdings=tuple(filter(stands_there, self.withholdings)),
        )


def standing(person: Situation, *ways: str) -> Situation:
    """Return the facts of a person to whom somebody stands in these ways alone."""
    return (*person[:RELATION], mask_of(FACTS[RELATION].name, ways), *person[RELATION + 1 :])
