"""Random agreements, random records of a person, and pairs of events that differ in little: quick to draw by the
thousand.
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Mapping
from typing import Any, Literal

from msgspec.structs import replace

from hub.policy.facts import CONCERN, CONCERNED_IN_FULL, FACTS, RELATION, mask_of
from hub.policy.model import Agreement, Line, Rule, Target
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from hub.register.state import CustodyState, KnownName, PersonState, RelationState, ReleaseState
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of
from schemas.record.case import Case
from schemas.record.person import Identifier, Person
from schemas.record.scheme import Contact
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import member
from tests.leaks.hunt import SKIPPED
from tests.leaks.marked import PARTNERS, SUPERVISORS, Marking, Someone, agencies_of
from tests.property.agreements import agreement

KINDS = sorted(kind for kind, row in CATALOGUE.items() if row.asserted_by and kind not in SKIPPED)
PERSON = Someone(name="the person", number=11)
PATHS = {leaf.path: leaf.categories for row in CATALOGUE.values() for leaf in leaves_of(row.data)}
TOPICS = sorted({row.topic for row in CATALOGUE.values()})
MORE = (Category.NAME, Category.REFERENCES, Category.CONTACT, Category.SCHEME_CONTACT, Category.STRANDS)
"""Categories that the register adds to an event."""
SEXES: tuple[Literal["female", "male"], ...] = ("female", "male")
NAMES = ("surname", "forename", "date_of_birth", "sex", "ethnicity")


def some_agreement(drawn: random.Random, kinds: list[str]) -> Agreement:
    """Return an agreement by which many are told a little of some event types."""
    topics = [CATALOGUE[kind].topic for kind in kinds]
    few = frozenset(drawn.sample(list(Role), drawn.randint(5, 20)))
    rules = [_rule(drawn, "marker", roles=few, targets=(Target(category=Category.MARKER), *_targets(drawn, 1)))]
    rules += [_rule(drawn, f"topic-{i}", targets=(Target(category=topic),)) for i, topic in enumerate(topics)]
    rules += [_rule(drawn, f"give-{i}", accompanies=drawn.random() < 0.2) for i in range(drawn.randint(2, 5))]
    rules += [_rule(drawn, f"withhold-{i}", effect="withhold") for i in range(drawn.randint(0, 4))]
    written = agreement(rules, name=f"random-{drawn.randrange(10**6)}")
    words = {"purposes": {"a": "A", "b": "B"}, "gateways": {"g": "G"}, "obligations": {"o1": "O", "o2": "P"}}
    return replace(written, regime=drawn.choice(["law-enforcement", "general"]), **words)


def _rule(drawn: random.Random, name: str, effect: str = "give", **said: Any) -> Rule:
    relation = mask_of("relation", drawn.sample(CONCERN, drawn.randint(2, 8))) | mask_of("relation", ["addressed"])
    when = [Line(RELATION, CONCERNED_IN_FULL if drawn.random() < 0.5 else relation)]
    when += [_line(drawn) for _ in range(drawn.choice([0, 0, 1]))]
    gives = effect == "give"
    made = {
        "targets": _targets(drawn, drawn.randint(1, 4), transformed=gives),
        "types": frozenset(CATALOGUE),
        "roles": frozenset(drawn.sample(list(Role), drawn.randint(8, 30) if gives else drawn.randint(1, 8))),
        "when": tuple(when),
        "unless": ((_line(drawn),),) if drawn.random() < 0.2 else (),
        "purpose": drawn.choice("ab") if gives else "",
        "gateway": "g" if gives else "",
        "obligations": tuple(drawn.sample(["o1", "o2"], drawn.randint(0, 2))) if gives else (),
    }
    return Rule(id=name, effect=effect, **{**made, **said})


def _line(drawn: random.Random) -> Line:
    index = drawn.randrange(1, len(FACTS))
    domain = FACTS[index].domain
    return Line(index, mask_of(FACTS[index].name, drawn.sample(domain, drawn.randint(1, len(domain)))))


def _targets(drawn: random.Random, many: int, *, transformed: bool = False) -> tuple[Target, ...]:
    found = []
    for _ in range(many):
        how = drawn.random()
        if transformed and how < 0.2:
            word = drawn.choice([*TRANSFORMS, NAMING_YOU])
            category = TRANSFORMS[word].category if word in TRANSFORMS else Category.LICENCE_CONDITIONS
            found.append(Target(category=category, transform=word))
        elif how < 0.4:
            path = drawn.choice(sorted(PATHS))
            found.append(Target(path=path, of=PATHS[path]))
        else:
            found.append(Target(category=drawn.choice(drawn.choice([TOPICS, MORE, list(Category)]))))
    return tuple(found)


def some_state(drawn: random.Random, identity: Mapping[str, Any], now: dt.datetime) -> PersonState:
    """Return a record of the person, known by a number: on a scheme, formerly on one, or on none."""
    names = {k: identity[k] for k in ("surname", "forename")}
    born = dt.date.fromisoformat(identity["date_of_birth"])
    age = drawn.choice([born, born, now.date() - dt.timedelta(days=365 * 15)])
    ended = now.date() - dt.timedelta(days=9)
    some = drawn.choice([0, 0, 1, 1, 1, 2, 3])
    memberships = [
        member(scheme, lead=i == 0, partners=drawn.sample(PARTNERS, 2), **({"ended_on": ended} if some == 3 else {}))
        for i, scheme in enumerate(drawn.sample(["north", "south"], min(some, 2) or 0))
    ]
    past = now - dt.timedelta(days=drawn.randint(1, 9))
    groups = drawn.sample(["risk", "consent", "child", "youth", "custody"], drawn.randint(0, 5))
    return PersonState(
        id="0" * 32,
        sequence=3,
        details=Person(**names, date_of_birth=age, ethnicity=drawn.choice(["one", "another"]), sex=drawn.choice(SEXES)),
        details_marks={"date_of_birth": (drawn.randint(0, 3), past)},
        identifiers=tuple(Identifier(**each) for each in identity["identifiers"]),
        names=(KnownName(**names, date_of_birth=age),),
        memberships=tuple(memberships),
        cases=tuple(_case(drawn, i) for i in range(drawn.choice([0, 1, 1, 2]))),
        custody=_custody(drawn, past),
        release=ReleaseState(
            date=drawn.choice([None, now.date() + dt.timedelta(days=drawn.randint(1, 60))]),
            area=drawn.choice([None, "N1", "S1"]),
            last_area=drawn.choice([None, "N1"]),
            met_by=drawn.choice([None, "mentor-1"]),
        ),
        licence=drawn.choice(["on-licence", "recalled", "none"]),
        recall=drawn.choice([None, "requested", "authorised"]),
        risk=drawn.choice(["low", "high", "very-high", "unknown"]),
        was_high=drawn.random() < 0.5,
        consent=drawn.choice(["given", "withdrawn", "none"]),
        child=drawn.choice(["lives", "none", "unknown"]),
        yot=drawn.choice(["party", "none"]),
        yot_agreed=drawn.random() < 0.5,
        handover=drawn.choice(["none", "open", "completed"]),
        restricted=drawn.choice(["no", "no", "yes", "unknown"]),
        relations=tuple(_relation(drawn, past) for _ in range(drawn.randint(0, 4))),
        marker_holders=frozenset(drawn.sample(PARTNERS, 2)),
        told=frozenset(drawn.sample(PARTNERS, 3)),
        stamps={**dict.fromkeys(groups, past), "known": past},
    )


def _case(drawn: random.Random, i: int) -> Case:
    return Case(
        reference=f"CASE-{i}",
        supervised_by=drawn.choice(SUPERVISORS),
        kind=drawn.choice(["licence", "community-order", "voluntary", "remand", "youth-order"]),
        officer=Contact(name="Olive Officer"),
        attendance_required=drawn.random() < 0.5,
        testing_required=drawn.random() < 0.5,
        sentence_months=drawn.choice([3, 12, 40]),
    )


def _custody(drawn: random.Random, since: dt.datetime) -> CustodyState:
    standing = drawn.choice(["held", "expected", "out", "unknown"])
    return CustodyState(
        standing=standing,
        establishment=drawn.choice(["BMI", "ONI"]) if standing == "held" else None,
        expected_at=drawn.choice([None, "BMI"]) if standing == "expected" else None,
        since=since,
    )


def _relation(drawn: random.Random, since: dt.datetime) -> RelationState:
    return RelationState(
        holder=drawn.choice([*PARTNERS, recipient_id(Role.SENTENCER), recipient_id(Role.CHILDRENS_SERVICES)]),
        kind=drawn.choice(["referral", "stay", "treatment", "tenancy", "own-order", "report"]),
        state=drawn.choice(["open", "open", "accepted", "suspended", "closed"]),
        reference=drawn.choice([None, "REF-1"]),
        name=drawn.choice([KnownName(), KnownName(surname="Asaid", forename="Byholder")]),
        since=since,
    )


def another_state(drawn: random.Random, state: PersonState, other: PersonState) -> PersonState:
    """Return a record with a few things as another has them."""
    fields = [f for f in state.__struct_fields__ if getattr(state, f) != getattr(other, f)]
    taken = drawn.sample(fields, min(len(fields), drawn.choice([1, 1, 2, 3, 6])))
    return replace(state, **{f: getattr(other, f) for f in taken})


def some_events(drawn: random.Random, marking: Marking, kind: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return who publishes, an event, and another event of that type with a few leaves more, less or otherwise.

    Often they name the person by number alone, so that the register has something to add.
    """
    agency = drawn.choice(agencies_of(kind))
    one, source = (copy.deepcopy(marking.event(kind, PERSON, agency)) for _ in range(2))
    number_alone = drawn.random() < 0.5
    for each in (one, source):
        if "statement" in each["data"].get("breach", {}).get("pack", {}):
            each["data"]["breach"]["pack"]["statement_declared_free"] = True
        for name in NAMES if number_alone else ():
            each["data"]["subject"].pop(name, None)
    other = copy.deepcopy(one)
    for _ in range(drawn.choice([1, 1, 2, 3, 8])):
        _vary(drawn, other["data"], source["data"])
    return agency, one, other


def _vary(drawn: random.Random, block: dict[str, Any], source: dict[str, Any]) -> None:
    """Take one thing from the source, at whatever depth; or leave one thing out."""
    names = sorted(block.keys() | source.keys())
    if not names:
        return
    name = drawn.choice(names)
    here, there = block.get(name), source.get(name)
    if isinstance(here, list) and isinstance(there, list) and drawn.random() < 0.7:
        _vary_list(drawn, here, there)
    elif isinstance(here, dict) and isinstance(there, dict) and drawn.random() < 0.8:
        _vary(drawn, here, there)
    elif there is None:
        del block[name]
    else:
        block[name] = there


def _vary_list(drawn: random.Random, members: list[Any], source: list[Any]) -> None:
    """Add a member of the source, or vary one."""
    if source and (not members or drawn.random() < 0.5):
        members.append(copy.deepcopy(drawn.choice(source)))
    elif members and source and isinstance(members[0], dict):
        _vary(drawn, drawn.choice(members), drawn.choice(source))
