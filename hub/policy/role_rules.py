"""Every rule that speaks of one role, sorted once for all event types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import msgspec

from hub.policy.facts import FACTS
from hub.policy.intervals import asked, cells
from hub.policy.model import Agreement, Rule
from hub.policy.said import Said, Shape, Words, numbered, shapes_of, silencing, telling
from hub.policy.wholes import wholes_of
from schemas.catalogue import EventType
from schemas.events.occurrence import Occurrence
from schemas.labels import Category, Role
from schemas.leaves import Field, leaves_of, struct_fields


class Speaking(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that speak of some event types, and what they read."""

    gives: tuple[tuple[int, Rule], ...]
    withholds: tuple[tuple[int, Rule], ...]
    reads: tuple[tuple[int, int], ...]
    """Each fact that is read, with the mask of what is asked of it."""
    cells: Mapping[int, tuple[int, ...]]
    """For each number that is read, by its place: the intervals that the rules tell apart."""
    own: int
    """The rules that do more than accompany."""
    wholes: tuple[int, ...]
    """For each whole of agreements the rules of it that give."""


class RoleRules:
    """The rules for one role. The bit of a rule is its place among all that give, or withhold, to the role."""

    def __init__(self, role: Role, agreements: tuple[Agreement, ...]) -> None:
        """Pick the rules and sort what they name."""
        pairs = [(rule, agreement) for agreement in agreements for rule in agreement.rules if role in rule.roles]
        gives = [rule for rule, _ in pairs if rule.effect == "give"]
        withholds = [rule for rule, _ in pairs if rule.effect == "withhold"]
        self.agreement_of = {id(rule): agreement for rule, agreement in pairs}
        self._gives, self._withholds = numbered(gives), numbered(withholds)
        self._words = Words(gives, withholds)
        self.telling: Mapping[Category, int] = telling(gives)
        self.silencing: Mapping[Category, int] = silencing(withholds)
        self._wholes = self._read_together(agreements)
        self._said: dict[_Member, tuple[Said, ...]] = {}
        self._speaking: dict[tuple[int, int], Speaking] = {}

    def said(self, event: EventType) -> tuple[Said, ...]:
        """Return what is said of each leaf of an event type; rules of other event types are among it."""
        return tuple([said for member in _members(event.data) for said in self._of(member)])

    def _of(self, member: _Member) -> tuple[Said, ...]:
        found = self._said.get(member)
        if found is None:
            found = self._said[member] = self._words.said(member.shapes)
        return found

    def speaking(self, event: EventType) -> Speaking:
        """Return the rules that speak of an event type; of types of which the same rules speak, the very same."""
        gives = [pair for pair in self._gives if event.name in pair[1].types]
        withholds = [pair for pair in self._withholds if event.name in pair[1].types]
        key = sum([bit for bit, _ in gives]), sum([bit for bit, _ in withholds])
        found = self._speaking.get(key)
        if found is None:
            found = self._speaking[key] = self._sorted(gives, withholds)
        return found

    def _sorted(self, gives: list[tuple[int, Rule]], withholds: list[tuple[int, Rule]]) -> Speaking:
        masks = sorted(asked(rule for _, rule in (*gives, *withholds)).items())
        speaking = sum(bit for bit, _ in gives)
        return Speaking(
            gives=tuple(gives),
            withholds=tuple(withholds),
            reads=tuple((fact, _any(asks)) for fact, asks in masks),
            cells={i: cells(asks) for i, (fact, asks) in enumerate(masks) if FACTS[fact].span},
            own=sum(bit for bit, rule in gives if not rule.accompanies),
            wholes=tuple(dict.fromkeys(whole & speaking for whole in self._wholes if whole & speaking)),
        )

    def _read_together(self, agreements: Iterable[Agreement]) -> tuple[int, ...]:
        found: dict[str, int] = {}
        wholes = wholes_of(agreements)
        for bit, rule in self._gives:
            for whole in sorted(wholes[self.agreement_of[id(rule)].name]):
                found[whole] = found.get(whole, 0) | bit
        return tuple(found.values())


class _Member(msgspec.Struct, frozen=True, eq=False):
    """One member of events: of the same name and type in several event types it is the very same."""

    shapes: tuple[Shape, ...]


@cache
def _members(data: type[Occurrence]) -> tuple[_Member, ...]:
    return tuple(_member(field, data) for field in struct_fields(data))


_KEPT: dict[Field, _Member] = {}


def _member(field: Field, data: type[Occurrence]) -> _Member:
    found = _KEPT.get(field)
    if found is None:
        own = [leaf for leaf in leaves_of(data) if leaf.path.partition(".")[0].removesuffix("[]") == field.name]
        found = _KEPT[field] = _Member(shapes_of(own))
    return found


def _any(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
