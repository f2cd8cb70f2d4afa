"""Events in which every sensitive leaf holds a value that stands nowhere else in the world."""

from __future__ import annotations

import datetime as dt
import functools
import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from schemas.catalogue import CATALOGUE
from schemas.labels import Category as C
from schemas.labels import Role
from schemas.record.person import Person
from tests.fixtures.agencies import AGENCY_OF, KINDS, recipient_id
from tests.fixtures.people import pnc, prison_number

TOKENS = tuple(
    map(
        re.compile,
        (
            rb"mk\d{7}z",
            rb"[A-Z]\d{4}[A-Z]{2}",
            rb"\d{4}/\d{7}[A-Z]",
            rb"\d\d:\d\d:\d\d\.\d{6}",
            rb"\d{4}-\d\d-\d\d(?![\d-])",
        ),
    )
)
"""What a marker can look like: a word, a prison number, a PNC ID, a time of day, a date."""
type_of = functools.cache(inspect.type_info)
"""What a class says of its members, read once: that takes longer than to make an event."""


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """One marked leaf: what kind of fact it is, of whom, and for whom alone it may be where it is somebody's own."""

    categories: frozenset[C]
    path: str
    person: str
    kind: str
    holder: str | None = None
    """Of a referral: whose work it is."""
    named: frozenset[str] = frozenset()
    """Of a licence condition: the roles that it names. Of a gate meeting: the recipient that meets."""


class Someone(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the hunt."""

    name: str
    number: int
    youth: bool = False
    on_scheme: bool = True


class Marking:
    """Makes events, and remembers where every marker was put."""

    def __init__(self, seed: int) -> None:
        """Begin with no marker given out."""
        self.random = random.Random(seed)
        self.markers: dict[bytes, Marker] = {}
        self.dates = iter(self._days())
        self._words = iter(range(10**6))
        self._identity: dict[str, dict[str, Any]] = {}
        self._now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        self._events = iter(range(1, 10**6))

    def event(self, kind: str, someone: Someone, agency: str, **blocks: Any) -> dict[str, Any]:
        """Return one event of a type about somebody, as the agency would write it; ``blocks`` are given as they are."""
        filling = _Filling(self, kind, someone, agency)
        data = {
            "subject": filling.subject(),
            **filling.block(type_of(CATALOGUE[kind].data), "", set(blocks) | {"subject"}),
            **blocks,
        }
        self._now += dt.timedelta(milliseconds=200)
        return {
            "specversion": "1.0",
            "id": f"event-{next(self._events)}",
            "source": f"https://{agency}.example/records",
            "type": kind,
            "time": self._now.isoformat(),
            "dataschema": CATALOGUE[kind].dataschema,
            "data": data,
        }

    def identity(self, someone: Someone) -> dict[str, Any]:
        """Return who somebody is: names, birth and numbers, the same in every event."""
        if someone.name not in self._identity:
            born = dt.date(2011, 1, 1) if someone.youth else dt.date(1960, 1, 1)
            birth = born + dt.timedelta(days=someone.number)
            numbers = {"prison-number": prison_number(someone.number), "pnc": pnc(someone.number)}
            found = {
                "surname": self.word({C.NAME}, "subject.surname", someone),
                "forename": self.word({C.NAME}, "subject.forename", someone),
                "date_of_birth": self.note(birth.isoformat(), {C.DATE_OF_BIRTH}, "subject.date_of_birth", someone),
                "identifiers": [
                    {"kind": k, "value": self.note(v, {C.REFERENCES}, "subject.identifiers[].value", someone)}
                    for k, v in numbers.items()
                ],
            }
            self._identity[someone.name] = found
        return self._identity[someone.name]

    def word(self, categories: set[C] | frozenset[C], path: str, someone: Someone, **facts: Any) -> str:
        """Return a word that stands nowhere else."""
        return self.note(f"mk{next(self._words):07}z", categories, path, someone, **facts)

    def note(
        self, value: str, categories: set[C] | frozenset[C], path: str, someone: Someone, kind: str = "", **facts: Any
    ) -> str:
        """Remember a value as a marker."""
        self.markers[value.encode()] = Marker(
            categories=frozenset(categories), path=path, person=someone.name, kind=kind, **facts
        )
        return value

    def found(self, content: bytes) -> Iterator[tuple[str, Marker]]:
        """Yield every marker that stands in some bytes."""
        for token in {m.group() for looks in TOKENS for m in looks.finditer(content)}:
            if token in self.markers:
                yield token.decode(), self.markers[token]

    def _days(self) -> list[dt.date]:
        """Days that stand nowhere else: neither today's, nor anybody's birth."""
        first = dt.date(1928, 1, 1)
        days = [first + dt.timedelta(days=n) for n in range(365 * 30)] + [
            dt.date(2040, 1, 1) + dt.timedelta(days=n) for n in range(365 * 80)
        ]
        self.random.shuffle(days)
        return days


SUPERVISORS = [
    recipient_id(r, n)
    for r in (Role.NATIONAL_OFFENDER_MANAGER, Role.RESPONSIBLE_OFFICER, Role.YOT_CASE_MANAGER)
    for n in "12"
]
REAL = {
    "supervised_by": SUPERVISORS,
    "scheme": ["north", "south"],
    "court": ["north-court", "south-court"],
    "from_court": ["north-court", "south-court"],
    "establishment": ["BMI", "ONI"],
    "previous_establishment": ["BMI", "ONI"],
    "area": ["N1", "S1"],
    "thought_in_area": ["N1", "S1"],
    "station": ["northgate", "southgate"],
}
"""Leaves that name somebody or some place of the directory, which no marker could."""
PARTNERS = [
    recipient_id(r, n)
    for r in (
        Role.DRUG_TREATMENT,
        Role.COUNCIL_HOUSING,
        Role.HOUSING_ASSOCIATION,
        Role.HOSTEL,
        Role.CONTRACTED_PROVIDER,
        Role.VOLUNTARY,
        Role.MENTOR,
        Role.GP,
        Role.SCHOOL,
    )
    for n in "12"
]
LEFT_OUT = {"aliases": 0.9}
"""How often a leaf or block is left out, where not as often as any other: people have few names."""
_OF_CASES = {"probation", "yot", "ministry"}
SAID_BY = {
    "supervised_by": _OF_CASES,
    "referrals": {"probation", "police", "schemes"},
    "memberships": {"schemes", "police", "probation", "prisons", "yot", "ministry"},
    "met_by": {"prisons", "probation", "yot", "schemes", "police"},
}
"""Whose word some leaves and blocks are: from anybody else the event would be refused."""
NEVER = {"ended_on", "end_reason", "lead", "details_source"}
"""Leaves that would end what the hunt is about."""


class _Filling:
    """Fills one event."""

    def __init__(self, marking: Marking, kind: str, someone: Someone, agency: str) -> None:
        self.marking, self.kind, self.someone, self.agency = marking, kind, someone, agency
        self.random = marking.random

    def subject(self) -> dict[str, Any]:
        known = self.marking.identity(self.someone)
        return {
            **known,
            **self.block(type_of(Person), "subject", {"surname", "forename", "date_of_birth", "identifiers"}),
        }

    def block(self, info: Any, path: str, given: set[str], **facts: Any) -> dict[str, Any]:
        """Return a block with what is required, and some of what is not."""
        facts |= self._own(info.cls.__name__)
        holder, named = facts.pop("holder_of_referral", None), facts.pop("named_in_condition", None)
        made: dict[str, Any] = {"holder": holder} if holder else {"names_roles": named} if named is not None else {}
        if holder:
            made["kind"] = self.random.choice(["referral", "stay", "treatment", "tenancy"])
        for field in info.fields:
            if (
                self.agency not in SAID_BY.get(field.encode_name, KINDS)
                or field.encode_name in given | made.keys() | NEVER
                or (
                    not field.required and self.random.random() < LEFT_OUT.get(field.encode_name, 0.35 if path else 0.5)
                )
            ):
                continue
            value = self.value(field.type, f"{path}.{field.encode_name}".lstrip("."), facts)
            if value is not None:
                made[field.encode_name] = value
        return made

    def _own(self, block: str) -> dict[str, Any]:
        if block == "Referral":
            holder = self.random.choice(PARTNERS)
            return {"holder": holder, "holder_of_referral": holder}
        if block == "Condition":
            named = self.random.sample(["drug-treatment", "hostel", "mentor", "coordinator"], self.random.randint(0, 2))
            return {"named": frozenset(named), "named_in_condition": named}
        return {}

    def value(self, info: Any, path: str, facts: dict[str, Any]) -> Any:
        inner, categories = _bare(info)
        name = path.rpartition(".")[2]
        if isinstance(inner, inspect.StructType):
            return self.block(inner, path, set(), **facts)
        if isinstance(inner, inspect.ListType):
            return self._many(inner, name, path, categories, facts)
        if name in REAL:
            return self.random.choice(REAL[name])
        if name == "met_by":
            return recipient_id(Role.HOSTEL)
        if name == "holder":
            return next(r for r in _of(self.agency))
        return self._leaf(inner, path, categories, facts)

    def _many(self, inner: Any, name: str, path: str, categories: frozenset[C], facts: dict[str, Any]) -> Any:
        if name == "partners":
            return self.random.sample(PARTNERS, 2)
        item, _ = _bare(inner.item_type)
        if isinstance(item, inspect.StructType):
            return [self.block(item, f"{path}[]", set(), **facts) for _ in range(self.random.randint(1, 2))]
        return [self._leaf(item, path, categories, facts) for _ in range(2)]

    def _leaf(self, inner: Any, path: str, categories: frozenset[C], facts: dict[str, Any]) -> Any:  # noqa: PLR0911 - a kind each
        def note(value: str) -> str:
            return self.marking.note(value, categories, path, self.someone, kind=self.kind, **facts)

        match inner:
            case inspect.StrType():
                return self.marking.word(categories, path, self.someone, kind=self.kind, **facts)[: inner.max_length]
            case inspect.DateType():
                return note(next(self.marking.dates).isoformat())
            case inspect.DateTimeType():
                return f"2026-10-0{self.random.randint(1, 9)}T{note(self._hour())}Z"
            case inspect.TimeType():
                return note(self._hour())
            case inspect.LiteralType():
                return self.random.choice(inner.values)
            case inspect.EnumType():
                return str(self.random.choice(list(inner.cls)))
            case inspect.BoolType():
                return self.random.random() < 0.5
            case inspect.IntType():
                return self.random.randint(inner.ge or 0, 30)
        raise TypeError(type(inner).__name__)

    def _hour(self) -> str:
        drawn = self.random.randint
        return f"{drawn(10, 20)}:{drawn(10, 59)}:{drawn(10, 59)}.{drawn(10**5, 10**6 - 1)}"


def _bare(info: Any) -> tuple[Any, frozenset[C]]:
    """Return a type without what is said about it, and the categories that are."""
    categories: frozenset[C] = frozenset()
    while isinstance(info, inspect.Metadata | inspect.UnionType):
        if isinstance(info, inspect.Metadata):
            categories |= frozenset((info.extra or {}).get("categories", ()))
            info = info.type
        else:
            info = next(t for t in info.types if not isinstance(t, inspect.UnsetType))
    return info, categories


def _of(agency: str) -> list[str]:
    return [recipient_id(role) for role, of in AGENCY_OF.items() if of == agency]


def agencies_of(kind: str) -> list[str]:
    """Return the agencies whose fact an event type is."""
    said_by = SAID_BY["referrals"] if kind == "referral.changed" else KINDS
    return [name for name in KINDS if name in said_by and KINDS[name] in CATALOGUE[kind].asserted_by]
