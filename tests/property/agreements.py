"""Random small agreements, situations and events, and a reading of the rules that a person would do by hand."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from hub.policy.facts import FACTS, INDEX, mask_of, situation
from hub.policy.model import Agreement, Line, Rule, Target
from hub.policy.places import PLACES
from hub.policy.transforms import NAMING_OTHERS, NAMING_YOU, TRANSFORMS
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

KINDS = [
    CATALOGUE[k]
    for k in (
        "ppo.adopted",
        "custody.received",
        "breach.presented",
        "release.licence-conditions-set",
        "release.notice",
    )
]
PATHS = {leaf.path: leaf.categories for leaf in leaves_of(KINDS[2].data)}
_MORE_FIRST = ["", "year", "five-years", "initials", "initial"]
WAYS = [*_MORE_FIRST, *sorted(set(TRANSFORMS) - set(_MORE_FIRST)), NAMING_YOU]
"""The ways of giving a leaf; of one category that which says more first."""
ROLES = [Role.COORDINATOR, Role.GP, Role.SENTENCER]
EAST, WEST = "area/east", "area/west"
for place in (EAST, WEST):
    PLACES.name(place)
FEW_FACTS = [f for f in FACTS if f.name in ("relation", "consent", "status", "required", "age-years", "hour", "at")]
# Often the categories that decide whether there is a message at all.
CATEGORIES = st.sampled_from(
    [
        Category.MARKER,
        Category.CUSTODY_FACT,
        Category.BREACH_PAPERS,
        Category.LICENCE_CONDITIONS,
        Category.RELEASE_DATE,
    ]
) | st.sampled_from(list(Category))


def fact_lines():
    return st.sampled_from(FEW_FACTS).flatmap(
        lambda fact: masks(fact).map(lambda mask: Line(INDEX[fact.name], mask)),
    )


def masks(fact):
    """Some words of a fact; of a number an interval, and perhaps that it is not known."""
    if fact.span is None:
        return st.sets(st.sampled_from(fact.domain), min_size=1, max_size=3).map(lambda w: mask_of(fact.name, w))
    interval = st.tuples(*[st.integers(fact.span.first, fact.span.last)] * 2).map(
        lambda bounds: fact.span.between(min(bounds), max(bounds) + 1)
    )
    return st.builds(int.__or__, interval, st.sampled_from([0, fact.not_known]))


def transformed_targets():
    whole = st.sampled_from([Target(category=t.category, transform=t.name) for t in TRANSFORMS.values()])
    return whole | st.just(Target(category=Category.LICENCE_CONDITIONS, transform=NAMING_YOU))


def targets():
    plain = CATEGORIES.map(lambda c: Target(category=c))
    paths = st.sampled_from(sorted(PATHS)).map(lambda p: Target(path=p, of=PATHS[p]))
    return plain | plain | paths


@st.composite
def rules(draw, effect=None, name=""):
    effect = effect or draw(st.sampled_from(["give", "give", "give", "withhold"]))
    what = targets() | transformed_targets() if effect == "give" else targets()
    return Rule(
        id=name or f"r{draw(st.integers(0, 10**9))}",
        effect=effect,
        roles=frozenset(draw(st.sets(st.sampled_from(ROLES), min_size=1))),
        targets=tuple(draw(st.lists(what, min_size=1 if effect == "give" else 0, max_size=6))),
        types=frozenset(e.name for e in draw(st.sets(st.sampled_from(KINDS), min_size=1))),
        when=tuple(draw(st.lists(fact_lines(), max_size=2))),
        unless=tuple(draw(st.lists(st.tuples(fact_lines()), max_size=1))),
        purpose=draw(st.sampled_from(["a", "b"])),
        gateway="g",
        obligations=tuple(draw(st.sets(st.sampled_from(["o1", "o2"]), max_size=2))),
        accompanies=effect == "give" and draw(st.integers(0, 5)) == 0,
    )


def agreement(some_rules, name="random"):
    return Agreement(
        name=name, title="", owner="", parties=(), agreed=dt.date(2026, 1, 1), review=dt.date(2027, 1, 1), ends=None,
        regime="law-enforcement", special_category_condition="c", policy_document="d", purposes={}, gateways={},
        obligations={}, unscheme_days=90, version="0" * 64, rules=tuple(some_rules),
    )  # fmt: skip


def agreements():
    return st.lists(rules(), min_size=1, max_size=8, unique_by=lambda r: r.id).map(agreement)


def _values(fact):
    if fact.span is not None:
        return (st.none() | st.integers(fact.span.first, fact.span.last)).map(fact.span.bit)
    if fact.many:
        return st.sets(st.sampled_from(fact.domain), max_size=3).map(lambda words: mask_of(fact.name, words))
    return st.sampled_from(fact.domain).map(lambda word: mask_of(fact.name, [word]))


VALUES = st.tuples(*map(_values, FEW_FACTS))
"""A value for each fact that the random rules ask for; what they do not ask for does not matter."""


def situations():
    return VALUES.map(_situation)


def _situation(values):
    found = situation()
    for fact, value in zip(FEW_FACTS, values, strict=True):
        found[INDEX[fact.name]] = value
    return tuple(found)


def read_by_hand(policy_rules, role, event, situation):
    """The oracle: what a role gets, leaf by leaf, with the transform; None where it is told nothing.

    Written from the language's description, with no regard to speed, and sharing nothing with the engine.
    """
    holding = [r for r in policy_rules if role in r.roles and event.name in r.types and _holds(r, situation)]
    gives = [r for r in holding if r.effect == "give"]
    withholds = [r for r in holding if r.effect == "withhold"]
    own = [r for r in gives if not r.accompanies]

    def knows(category):
        told = any(t.category == category or (t.path and PATHS[t.path] == {category}) for r in own for t in r.targets)
        return told and not any(not r.targets or any(t.category == category for t in r.targets) for r in withholds)

    first = {leaf.path: how for leaf in leaves_of(event.data) if (how := how_given(leaf, own, withholds)) is not None}
    if not first or not knows(event.topic) or not (event.alike or knows(Category.MARKER)):
        return None
    return {leaf.path: how for leaf in leaves_of(event.data) if (how := how_given(leaf, gives, withholds)) is not None}


def read_several_by_hand(wholes, role, event, situation):
    """The same of several: each whole of rules has messages of its own, and a withholding counts in all of them."""
    withholds = [rule for whole in wholes for rule in whole if rule.effect == "withhold"]
    gives = [[rule for rule in whole if rule.effect == "give"] for whole in wholes]
    sent = [read for own in gives if (read := read_by_hand([*own, *withholds], role, event, situation)) is not None]
    paths = {path for read in sent for path in read}
    given = {path: min((read[path] for read in sent if path in read), key=WAYS.index) for path in paths}
    return given if sent else None


def _holds(rule, situation):
    def met(lines):
        return all(situation[line.fact] & line.mask for line in lines)

    return met(rule.when) and not any(met(exception) for exception in rule.unless)


def how_given(leaf, gives, withholds):
    """Return how a leaf is given by rules that hold (empty: as it is), or None."""
    for rule in withholds:
        if not rule.targets or any(t.path == leaf.path or t.category in leaf.categories for t in rule.targets):
            return None
    words = []
    for category in leaf.categories:
        found = [t.transform or "" for r in gives for t in r.targets if _reaches(t, leaf, category)]
        if not found:
            return None
        words.append(min(found, key=WAYS.index))
    changed = {word for word in words if word}
    return None if len(words) > 1 and changed - {NAMING_YOU} else "".join(changed)


def _reaches(target, leaf, category):
    if target.path is not None:
        return target.path == leaf.path
    if target.category != category or target.transform is None:
        return target.category == category
    last = leaf.path.split(".")[-1]
    return last not in NAMING_OTHERS if target.transform == NAMING_YOU else last in TRANSFORMS[target.transform].leaves
