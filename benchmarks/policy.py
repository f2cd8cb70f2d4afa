"""What many rules cost: making an agreement of five hundred ready, deciding by it, and comparing two drafts of it.

The rules are those of the shipped protocol, and variations of them by chance: for other roles, with one line more.
All is processor time, so that whatever else the machine does counts little.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from benchmarks.measure import Figure, ratio, take_turns
from benchmarks.redaction.event import DATA, KIND, RELATION, STATE, TODAY
from benchmarks.redaction.event import ROLES as TWELVE
from hub.policy.analysis.difference import difference
from hub.policy.decide import Policy
from hub.policy.facts import AGE, FACTS
from hub.policy.load import load_agreement
from hub.policy.model import Agreement, Line, Rule
from hub.register.situation import ages, situation_of
from hub.register.state import PersonState
from schemas.catalogue import CATALOGUE
from schemas.labels import Role
from schemas.record.person import Person

SHIPPED = Path(__file__).parents[1] / "policies" / "west-midlands-offender-management.yaml"
MANY, FEW, ROLES = 500, 10, tuple(Role)[:40]
PEOPLE = 200
CHANGED = (1, 3, 10, 50)
"""How many rules of a draft are otherwise."""
DRAFTS = 5
"""How many drafts of each kind are compared."""
ROUNDS = 60


def policy() -> list[Figure]:
    """Measure; it takes about two minutes."""
    shipped = load_agreement(SHIPPED)
    many, few = _varied(shipped, MANY), _varied(shipped, FEW)
    ready = statistics.median(_seconds(lambda: _ready(many)) for _ in range(3))
    peers = {"many": _deciding(many), "few": _deciding(few), "found": _looking_up(many), "found_few": _looking_up(few)}
    taken = take_turns(peers, ROUNDS)
    about = f"{MANY} rules, {len(ROLES)} roles, {len(CATALOGUE)} event types"
    drafts = {f"{n}_changed": _drafts(many, n) for n in CHANGED} | {"all_other": _others(shipped, many)}
    found = {
        name: [_seconds(lambda d=draft: difference([many], [d])) for draft in some] for name, some in drafts.items()
    }
    return [
        Figure("policy.ready_s", ready, "s", f"an agreement made ready for every role and event type; {about}"),
        Figure(
            "policy.decide_ratio_500_to_10_rules",
            ratio(taken["many"], taken["few"]),
            "ratio",
            f"an event's facts and decisions for {len(TWELVE)} roles, {PEOPLE} people, to the same with {FEW} rules",
        ),
        Figure("policy.decide_us", statistics.median(taken["many"]) / PEOPLE, "us", "the same for one event"),
        Figure(
            "policy.kept_answer_ratio_500_to_10_rules",
            ratio(taken["found"], taken["found_few"]),
            "ratio",
            "only looking up what was decided before: more rules tell more people apart, and more answers are kept",
        ),
        Figure("policy.kept_answer_us", statistics.median(taken["found"]) / PEOPLE / len(ROLES), "us", "one of these"),
        Figure("policy.diff_s", max(max(each) for each in found.values()), "s", f"the slowest comparison; {about}"),
        *(
            Figure(f"policy.diff_{name}{which}_s", of(each), "s", f"of {DRAFTS} drafts by chance")
            for name, each in found.items()
            for which, of in (("", statistics.median), ("_worst", max))
        ),
    ]


def _varied(shipped: Agreement, count: int) -> Agreement:
    """Return an agreement of so many rules: the shipped ones, then variations."""
    chance = random.Random(1)
    rules: list[Rule] = []
    while len(rules) < count:
        turn, place = divmod(len(rules), len(shipped.rules))
        rule = shipped.rules[place]
        rules.append(_variation(chance, rule, f"{rule.id}-{turn}") if turn else rule)
    return replace(shipped, rules=tuple(rules))


def _variation(chance: random.Random, rule: Rule, name: str) -> Rule:
    fact = chance.randrange(1, len(FACTS) - 1)
    asked = any(line.fact == fact for line in rule.when)
    line = Line(fact, 1 << chance.randrange(len(FACTS[fact].domain)))
    roles = frozenset(chance.sample(sorted(Role), chance.randint(1, 8)))
    return replace(rule, id=name, roles=roles, when=rule.when if asked else (*rule.when, line))


def _ready(agreement: Agreement) -> Policy:
    made = Policy([agreement])
    for role in ROLES:
        for event in CATALOGUE.values():
            made.program(role, event)
    return made


def _deciding(agreement: Agreement) -> Callable[[], None]:
    """Return what decides about everybody for twelve roles, facts and all, as the hub does for each event."""
    made, event, people = _ready(agreement), CATALOGUE[KIND], _people()
    subject = msgspec.convert(DATA, event.data).subject

    def decide() -> None:
        for person in people:
            facts = situation_of(person, TODAY, subject)
            asked = made.asked(event, facts, ages(person, TODAY, subject))
            for role in TWELVE:
                asked.decide(role, RELATION)

    return decide


def _looking_up(agreement: Agreement) -> Callable[[], None]:
    """Return what asks again for answers that were given before, for every role: no facts, no more than looking up."""
    made, event = _ready(agreement), CATALOGUE[KIND]
    people = [tuple(situation_of(person, TODAY, Person())) for person in _people()]
    old = people[0][AGE], people[0][AGE]

    def look_up() -> None:
        for person in people:
            asked = made.asked(event, person, old)
            for role in ROLES:
                asked.decide(role, RELATION)

    return look_up


def _people() -> list[PersonState]:
    """Return people about whom otherwise is known whatever the protocol asks for most."""
    chance = random.Random(2)
    return [
        replace(
            STATE,
            risk=chance.choice(("low", "medium", "high", "very-high")),
            consent=chance.choice(("given", "withdrawn", "none")),
            child=chance.choice(("lives", "stays", "none", "unknown")),
            details=Person(date_of_birth=dt.date(chance.randint(1960, 2012), 2, 14)),
        )
        for _ in range(PEOPLE)
    ]


def _drafts(agreement: Agreement, count: int) -> Iterator[Agreement]:
    """Yield drafts in each of which so many rules are otherwise."""
    for seed in range(DRAFTS):
        chance, rules = random.Random(seed), list(agreement.rules)
        for place in chance.sample(range(len(rules)), count):
            rules[place] = _otherwise(chance, rules[place])
        yield replace(agreement, rules=tuple(rules), version="1" * 64)


def _others(shipped: Agreement, many: Agreement) -> Iterator[Agreement]:
    """Yield agreements of as many rules of which none is in it."""
    for seed in range(DRAFTS):
        chance = random.Random(seed)
        rules = [_variation(chance, chance.choice(shipped.rules), f"other-{i}") for i in range(MANY)]
        yield replace(many, rules=tuple(rules), version="1" * 64)


def _otherwise(chance: random.Random, rule: Rule) -> Rule:
    """Return a rule with a recipient more or less, another obligation, or a line of its condition less or more."""
    way = chance.randrange(4)
    if way == 0:
        return replace(rule, roles=rule.roles ^ {chance.choice(sorted(Role))} or rule.roles)
    if way == 1:
        return replace(rule, obligations=("another",) if rule.effect == "give" else ())
    if way == 2 and rule.when:
        return replace(rule, when=rule.when[1:])
    return replace(rule, when=(*rule.when, Line(2, chance.randrange(1, 4))))


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
