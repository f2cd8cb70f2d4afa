"""What no agreement may say, however well it is written: refused before it is ever in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from hub.document import Address
from hub.policy.facts import FACTS, INDEX, ONLY_ON_A_SCHEME, RELATION, words_of
from hub.policy.model import Agreement, Line, Rule
from hub.policy.status import STATUS
from hub.policy.transforms import PSEUDONYM
from schemas.catalogue import CATALOGUE
from schemas.labels import Category as C
from schemas.labels import Role

SPECIAL = frozenset(
    {
        C.CLINICAL,
        C.HEALTH_PROGRAMME,
        C.CONSENT,
        C.SEX_AND_ETHNICITY,
        C.IMMEDIATE_SAFETY,
        C.VULNERABILITY,
        C.ADJUSTMENTS,
        C.TEST_ON_ARREST,
        C.TEST_ON_LICENCE,
        C.TEST_AT_HOME,
        C.ORDERED_TEST,
    }
)
"""Special-category data, or sensitive processing: Data Protection Act 2018 sections 10, 35 and 42."""

HEALTH = frozenset(
    {Role.PRISON_HEALTHCARE, Role.DRUG_TREATMENT, Role.LIAISON_AND_DIVERSION, Role.MENTAL_HEALTH, Role.GP}
)

ALWAYS: Mapping[C, tuple[frozenset[Role], str]] = {
    **dict.fromkeys(
        STATUS, (frozenset(Role) - {Role.SENTENCER}, "a sentencer never learns the status, by any channel")
    ),
    C.CLINICAL: (HEALTH, "clinical facts stay with health and treatment roles"),
}
"""The withholdings that no area may lift: who alone may be given a category, and why."""

STATUS_FACTS = frozenset(INDEX[name] for name in ("status", "kind", "strand"))
TOLD_BY: Mapping[int, C] = {
    INDEX["age-years"]: C.DATE_OF_BIRTH,
    INDEX["days-to-release"]: C.RELEASE_DATE,
    INDEX["days-since-release"]: C.RELEASE_DATE,
    INDEX["days-to-licence-end"]: C.SUPERVISION_KIND,
}
"""Numbers that move with a date: what begins or ends on a day tells the date to whoever was not given it."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that an agreement may not say, where it stands, and why."""

    at: Address
    sentence: str


def findings(agreement: Agreement) -> tuple[Finding, ...]:
    """Return everything that the agreement may not say, in the order of its rules."""
    told = _given(agreement, C.MARKER)
    dates = {fact: _given(agreement, category) for fact, category in TOLD_BY.items()}
    found = [*_dates(agreement), *_pseudonyms(agreement)]
    for i, rule in enumerate(agreement.rules):
        found += _of_rule(agreement, told, ("rules", i), rule)
        found += _moving(dates, ("rules", i), rule)
    return tuple(found)


def _pseudonyms(agreement: Agreement) -> Iterator[Finding]:
    """Find messages in which one role would be given pseudonyms for two purposes: one copy would join them."""
    found: dict[tuple[Role, str], Rule] = {}
    for i, rule in enumerate(agreement.rules):
        if rule.effect == "give" and any(t.transform == PSEUDONYM for t in rule.targets):
            for key in [(role, kind) for role in sorted(rule.roles) for kind in sorted(rule.types)]:
                other = found.setdefault(key, rule)
                if other.purpose != rule.purpose:
                    sentence = (
                        f"a pseudonym is for one purpose: '{other.id}' gives {key[0]} one of {key[1]} for another"
                    )
                    yield Finding(("rules", i, "give"), sentence)
                    break


def _dates(agreement: Agreement) -> Iterator[Finding]:
    if agreement.review <= agreement.agreed:
        yield Finding(("review",), "the review comes after the day on which it was agreed")
    if agreement.ends is not None and agreement.ends <= agreement.agreed:
        yield Finding(("ends",), "the end comes after the day on which it was agreed")


def _of_rule(agreement: Agreement, told: frozenset[Role], at: Address, rule: Rule) -> Iterator[Finding]:
    never_told = rule.roles - told
    if rule.effect == "give":
        yield from _gives(agreement, told, (*at, "give"), rule)
        if never_told and (kinds := _telling_types(rule)):
            sentence = f"a message about {_some(kinds)} tells the status by being there: not for {_some(never_told)}"
            yield Finding((*at, "about"), sentence)
    for words in _telling_conditions(rule) if never_told else ():
        sentence = f"what depends on '{words}' tells the status: not for {_some(never_told)}"
        yield Finding((*at, "when"), sentence)


def _gives(agreement: Agreement, told: frozenset[Role], at: Address, rule: Rule) -> Iterator[Finding]:
    categories = {category for target in rule.targets for category in target.categories}
    if Role.OVERSIGHT in rule.roles:
        yield Finding(at, "oversight gets counts and never a person")
    for category in sorted(categories & set(ALWAYS)):
        allowed, reason = ALWAYS[category]
        if refused := rule.roles - allowed:
            yield Finding(at, f"'{category}' may not be given to {_some(refused)}: {reason}")
    if (telling := categories & STATUS - {C.MARKER}) and (never := rule.roles - told):
        yield Finding(at, f"{_some(telling)} tells the status: not for {_some(never)}, whom no rule gives marker")
    if (special := categories & SPECIAL) and not (agreement.special_category_condition and agreement.policy_document):
        yield Finding(
            at, f"{_some(special)} needs 'special-categories' with the condition and the policy document relied on"
        )


def _moving(dates: Mapping[int, frozenset[Role]], at: Address, rule: Rule) -> Iterator[Finding]:
    """Find roles for whom something begins or ends with a date that they are not given."""
    for fact in sorted({x.fact for lines in (rule.when, *rule.unless) for x in lines} & set(dates)):
        if never_told := rule.roles - dates[fact]:
            sentence = f"what begins or ends with '{FACTS[fact].name}' tells the day: not for {_some(never_told)}"
            yield Finding((*at, "when"), f"{sentence}, whom no rule gives {TOLD_BY[fact]}")


def _given(agreement: Agreement, category: C) -> frozenset[Role]:
    """Return the roles that some rule gives a whole category, in whatever case."""
    return frozenset(
        role
        for r in agreement.rules
        if r.effect == "give" and not r.accompanies and any(category in t.tells and not t.transform for t in r.targets)
        for role in r.roles
    )


def _telling_types(rule: Rule) -> list[str]:
    """Return the types named that run only for people on a scheme; who names none means those that may be told."""
    named = () if rule.types == frozenset(CATALOGUE) else rule.types
    return sorted(kind for kind in named if not CATALOGUE[kind].alike)


def _telling_conditions(rule: Rule) -> list[str]:
    lines = [line for group in (rule.when, *rule.unless) for line in group]
    return sorted(
        {
            f"{FACTS[line.fact].name}: {', '.join(words_of(FACTS[line.fact].name, line.mask))}"
            for line in lines
            if _tells(line)
        }
    )


def _tells(line: Line) -> bool:
    return line.fact in STATUS_FACTS or (line.fact == RELATION and bool(line.mask & ONLY_ON_A_SCHEME))


def _some(words: frozenset[Role] | set[C] | list[str]) -> str:
    """Return a few words for a person to read: all of three, or two and how many more."""
    known = sorted(map(str, words))
    return ", ".join(known) if len(known) <= 3 else f"{known[0]}, {known[1]} and {len(known) - 2} more"
