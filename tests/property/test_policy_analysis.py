"""What is worked out over all cases is what the engine says in each of them."""

from __future__ import annotations

from itertools import product
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from hub.policy.analysis.conditions import Conditions
from hub.policy.analysis.difference import difference
from hub.policy.analysis.entries import Entries, Steps
from hub.policy.analysis.forms import Forms
from hub.policy.analysis.reading import Desk, Reading
from hub.policy.analysis.regions import EVERYWHERE, NOWHERE, Regions
from hub.policy.analysis.shifts import Comparison, Place
from hub.policy.analysis.somewhere import Somewhere
from hub.policy.decide import Policy
from hub.policy.facts import FACTS
from hub.policy.model import Rule, Target
from hub.policy.transforms import fullest
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role, of
from schemas.leaves import leaves_of
from schemas.record.block import UnsetType
from tests.property.agreements import KINDS, ROLES, agreement, agreements, fact_lines, rules, situations, targets

role_and_kind = st.tuples(st.sampled_from(ROLES), st.sampled_from(KINDS))
KIND_NAMES = sorted(CATALOGUE)
NEW_CATEGORY = Category.DELIVERY_GAP


@st.composite
def telling_situations(draw, some_rules):
    """Draw situations in which some rules at a time hold, so that messages are sent and something can differ."""
    found = []
    for _ in range(3):
        values = list(draw(situations()))
        for rule in draw(st.lists(st.sampled_from(some_rules), max_size=4)):
            for line in rule.when:
                lowest = line.mask & -line.mask
                if not values[line.fact] & line.mask:
                    values[line.fact] = values[line.fact] | lowest if FACTS[line.fact].many else lowest
        found.append(tuple(values))
    return found


@st.composite
def several(draw):
    """Draw agreements that are in force together, of either regime."""
    written = draw(st.lists(agreements(), min_size=1, max_size=2))
    return [
        replace(
            each,
            name=f"agreement-{i}",
            rules=tuple(replace(rule, id=f"{rule.id}-{i}") for rule in each.rules),
            regime=draw(st.sampled_from(["law-enforcement", "general"])),
            general_roles=frozenset(draw(st.sets(st.sampled_from(ROLES), max_size=1))),
        )
        for i, each in enumerate(written)
    ]


ALTERED = {
    "left out": lambda draw, rule: (),
    "another reason": lambda draw, rule: (replace(rule, because="another reason"),),
    "another name": lambda draw, rule: (replace(rule, id="of-another-name"),),
    "said twice": lambda draw, rule: (rule, replace(rule, id="said-twice")),
    "a line less": lambda draw, rule: (replace(rule, when=rule.when[1:]),),
    "a line more": lambda draw, rule: (replace(rule, when=(*rule.when, draw(fact_lines()))),),
    "no exception": lambda draw, rule: (replace(rule, unless=()),),
    "one more exception": lambda draw, rule: (replace(rule, unless=(*rule.unless, (draw(fact_lines()),))),),
    "other types": lambda draw, rule: (replace(rule, types=frozenset({draw(st.sampled_from(KINDS)).name})),),
    "other roles": lambda draw, rule: (replace(rule, roles=frozenset({draw(st.sampled_from(ROLES))})),),
    "one more target": lambda draw, rule: (replace(rule, targets=(*rule.targets, draw(targets()))),),
    "an obligation": lambda draw, rule: (replace(rule, obligations=("o1",)),),
    "another purpose": lambda draw, rule: (replace(rule, purpose="b"),),
    "accompanies": lambda draw, rule: (replace(rule, accompanies=rule.effect == "give" and not rule.accompanies),),
    "one more rule": lambda draw, rule: (rule, draw(rules(name="one-more"))),
}
"""What can be otherwise about one rule."""


@st.composite
def mutations(draw):
    """Draw an agreement, and the same with one small thing otherwise."""
    written = draw(agreements())
    place = draw(st.integers(0, len(written.rules) - 1))
    altered = ALTERED[draw(st.sampled_from(sorted(ALTERED)))](draw, written.rules[place])
    return written, agreement((*written.rules[:place], *altered, *written.rules[place + 1 :]))


def answered(written, role, event, situation):
    """What the engine says: whether there is a message, whether the status may be known, each leaf's way and terms."""
    decision = Policy(written).program(role, event).decide(situation)
    by_id = {r.id: (a, r) for a in written for r in a.rules}
    leaves = {
        path: (release.transform or "", terms_of([by_id[name] for name in release.rules], role))
        for path, release in decision.given.items()
    }
    return decision.present, decision.knows_status, leaves


def terms_of(cited, role):
    found = set()
    for written, rule in cited:
        found |= {("purpose", rule.purpose), ("gateway", rule.gateway)}
        found |= {("obligation", word) for word in rule.obligations}
        found |= {("regime", "general")} if written.regime == "general" or role in written.general_roles else set()
    return found


def worked_out(reading, role, event, situation):
    """What the analysis says of the same situation."""
    holds, forms = reading.desk.regions.holds, reading.desk.forms
    sheet = reading.sheet(role, event.name)
    present, knows = holds(sheet.present(event), situation), holds(sheet.knows(Category.MARKER), situation)
    leaves = {}
    for form in forms.of(event.name) if present else ():
        grant = sheet.grant(event, form)
        ways = [way for way, region in grant.ways.items() if holds(region, situation)]
        terms = {term for term, region in grant.terms.items() if holds(region, situation)}
        assert len(ways) == holds(grant.given, situation)
        leaves |= {path: (way, terms) for way in ways for path in forms.paths(event.name, form)}
    return present, knows, leaves


def compared(old, new):
    desk = Desk(Forms([*old, *new]))
    return Comparison(Reading(old, desk), Reading(new, desk))


def shifts(old, new):
    return {found.shift for found in compared(old, new).found()}


@given(several(), st.data())
def test_analysis_says_what_the_engine_says(written, data):
    """Leaf by leaf, with the way and the terms, in whatever case: what is worked out is what the engine decides."""
    reading = Reading(written, Desk(Forms(written)))
    for situation in data.draw(telling_situations([r for each in written for r in each.rules])):
        for asked in product(ROLES, KINDS):
            assert answered(written, *asked, situation) == worked_out(reading, *asked, situation)


@given(situations())
def test_nothing_of_a_scheme_without_the_marker(situation):
    """A message that runs only for people on a scheme goes to nobody who may not know the marker, in no case."""
    event = next(e for e in KINDS if e.topic is Category.RELEASE_DATE)
    date = Rule(
        id="date",
        effect="give",
        roles=frozenset(ROLES),
        targets=(Target(category=event.topic),),
        types=frozenset({event.name}),
        when=(),
    )
    marker = replace(date, id="marker", targets=(Target(category=Category.MARKER),), roles=frozenset({Role.GP}))
    written = [agreement([date, marker])]
    reading = Reading(written, Desk(Forms(written)))

    assert (True, False) == tuple(answered(written, r, event, situation)[0] for r in (Role.GP, Role.SENTENCER))
    assert (EVERYWHERE, NOWHERE) == tuple(
        reading.sheet(r, event.name).present(event) for r in (Role.GP, Role.SENTENCER)
    )


@given(situations())
def test_accompaniments_alone_are_no_message(situation):
    """Where all that a message would have is an accompaniment, there is none, for the engine and the analysis."""
    event = KINDS[2]
    papers = [leaf for leaf in leaves_of(event.data) if event.topic in leaf.categories]
    base = {"roles": frozenset(ROLES), "types": frozenset({event.name}), "when": ()}
    written = [
        agreement(
            [
                Rule(id="papers", effect="give", targets=(Target(category=event.topic),), **base),
                Rule(id="name", effect="give", targets=(Target(category=Category.NAME),), accompanies=True, **base),
                Rule(
                    id="no-papers",
                    effect="withhold",
                    targets=tuple(Target(path=leaf.path, of=leaf.categories) for leaf in papers),
                    **base,
                ),
            ]
        )
    ]
    reading = Reading(written, Desk(Forms(written)))

    assert not answered(written, Role.GP, event, situation)[0]
    assert reading.sheet(Role.GP, event.name).present(event) == NOWHERE


@given(mutations(), st.data())
def test_what_differs_in_any_case_is_found(pair, data):
    """The places in which the engine's answers differ are the changes that are found, in whatever case."""
    old, new = [pair[0]], [pair[1]]
    comparison = compared(old, new)
    found, holds, forms = list(comparison.found()), comparison.desk.regions.holds, comparison.desk.forms
    some_situations = data.draw(telling_situations([*pair[0].rules, *pair[1].rules]))
    for (role, event), situation in product(product(ROLES, KINDS), some_situations):
        here = [
            f for f in found if (f.place.role, f.place.kind) == (role, event.name) and holds(f.where.region, situation)
        ]
        before, after = (answered(written, role, event, situation) for written in (old, new))
        told = {path for f in here if f.place.form is not None for path in forms.paths(event.name, f.place.form)}

        assert (before[0] != after[0]) == any(f.shift.what == "message" for f in here)
        assert (before[1] != after[1]) == any(f.shift.what == "status" for f in here)
        assert {p for p in before[2] | after[2] if before[2].get(p) != after[2].get(p)} == told


@given(mutations())
def test_every_change_has_an_example_that_the_engine_confirms(pair):
    """Whatever is said to change does change, in the example that is given; and not otherwise than is said."""
    for change in difference([pair[0]], [pair[1]]).changes:
        example = change.example
        before, after = example.before, example.after

        assert (before.given, after.given) == (change.before is not None, change.after is not None) or (
            change.what == "status"
        )
        if change.what == "leaf":
            assert (before.transform or "", after.transform or "") == (change.before or "", change.after or "")


@given(mutations(), st.data())
def test_nothing_changes_is_said_exactly_where_nothing_does(pair, data):
    """Where no change is told, no case by chance is decided otherwise; where one is, the engine confirms a case.

    An answer says neither the terms nor who may know the status: those are told by what is added and dropped, and
    looked at in every case drawn above.
    """
    told = difference([pair[0]], [pair[1]]).changes
    cases = product(ROLES, KINDS, data.draw(telling_situations([*pair[0].rules, *pair[1].rules])))
    if not told:
        assert all(
            answered([pair[0]], role, event, situation) == answered([pair[1]], role, event, situation)
            for role, event, situation in cases
        )
    else:
        assert any(
            change.what == "status"
            or change.added
            or change.dropped
            or (change.example is not None and change.example.before != change.example.after)
            for each in told
            for change in (each, *each.leaves)
        )


@given(mutations())
def test_what_is_told_is_every_change_exactly(pair):
    """Each role, type and leaf that changes is told, no other is, and it does where the printed condition holds."""
    comparison = compared([pair[0]], [pair[1]])
    regions, forms = comparison.desk.regions, comparison.desk.forms
    found = {(f.shift, f.place, f.where) for f in comparison.found()}
    conditions, told = Conditions(regions), set()
    entries = Entries(comparison, Steps()).all()
    for entry in (*entries, *(leaf for each in entries for leaf in each.leaves)):
        holds = conditions.region(entry.condition)
        for block, role in ((b, r) for b in entry.blocks for r in b.roles):
            for kind in block.kinds or comparison.heard(role):
                own = [f for f in block.forms if f in forms.of(kind)] if block.forms else [None]
                told |= {(entry.shift, Place(role, kind, form), holds) for form in own}

    assert {(shift, place) for shift, place, _ in found} == {(shift, place) for shift, place, _ in told}
    for shift, place, where in found:
        printed = [holds for s, p, holds in told if (s, p) == (shift, place)]
        assert where.region in [regions.both(where.within, holds) for holds in printed]


@given(mutations(), st.sampled_from([0, 3, 30, 300]))
def test_what_takes_too_many_words_is_told_all_the_same(pair, words):
    """However few steps there are for words, each place that changes is told, and does so within the printed lines."""
    comparison = compared([pair[0]], [pair[1]])
    regions, forms = comparison.desk.regions, comparison.desk.forms
    found = {(f.shift, f.place, f.where.region) for f in comparison.found()}
    conditions, told = Conditions(regions), {}
    entries = Entries(comparison, Steps(words=words)).all()
    for entry in (*entries, *(leaf for each in entries for leaf in each.leaves)):
        holds = conditions.region(entry.condition)
        for block, role in ((b, r) for b in entry.blocks for r in b.roles):
            for kind in block.kinds or comparison.heard(role):
                for form in [f for f in block.forms if f in forms.of(kind)] if block.forms else [None]:
                    told.setdefault((entry.shift, Place(role, kind, form)), []).append(holds)

    assert {(shift, place) for shift, place, _ in found} == set(told)
    assert all(any(regions.within(where, holds) for holds in told[shift, place]) for shift, place, where in found)


@given(mutations())
def test_that_something_changes_is_found_without_the_cases(pair):
    """Where it is not asked in which cases, the very same changes are found for the same roles, types and leaves."""
    comparison = compared([pair[0]], [pair[1]])
    exactly = {(f.shift, f.place) for f in comparison.found() if f.shift.what != "terms"}

    assert exactly == {(f.shift, f.place) for f in Somewhere(comparison).found()}


@given(mutations(), st.sampled_from([(0, 0), (0, 40), (40, 0), (0, 1_000_000)]))
def test_nothing_changes_is_never_said_of_what_was_not_worked_out(pair, allowed):
    """However few steps there are, who is told something else is named: with the change, or as not worked out."""
    cases, somewhere = allowed
    found = difference([pair[0]], [pair[1]], steps=Steps(cases=cases, somewhere=somewhere))
    told = {(role, kind) for c in found.changes for s in c.whom for role in s.roles for kind in s.about or KIND_NAMES}
    told |= {(left.role, kind) for left in found.left_out for kind in left.about}

    assert {
        (f.place.role, f.place.kind)
        for f in compared([pair[0]], [pair[1]]).found()
        if f.shift.what != "terms" or found.cases
    } <= told


@given(several(), rules(effect="withhold", name="added"))
def test_withholding_never_widens_anything(written, added):
    """In every case there can be, one withholding more only takes: no leaf, message or status is newly told."""
    more = [replace(written[0], rules=(*written[0].rules, added)), *written[1:]]

    for shift in shifts(written, more):
        assert shift.before is not None
        assert shift.after is None or fullest(shift.before) < fullest(shift.after) or shift.what == "terms"


@given(several(), agreements())
def test_ending_an_agreement_widens_only_what_it_withheld(written, ending):
    """When an agreement ends, nothing is newly told in any case in which none of its withholdings held."""
    comparison = compared([*written, ending], written)
    regions = comparison.desk.regions
    for found in comparison.found():
        if found.shift.before is None:
            held = [regions.rule(r) for r in ending.rules if r.effect == "withhold" and found.place.role in r.roles]

            assert regions.within(found.where.region, regions.union(held))


@given(several(), agreements())
def test_ending_an_agreement_that_only_gives_never_widens_anything(written, ending):
    """An agreement without withholdings takes with it what it gave, in every case, and opens nothing."""
    giving = replace(ending, rules=tuple(r for r in ending.rules if r.effect == "give"))

    assert all(shift.before is not None for shift in shifts([*written, giving], written))


def wider(event):
    """An event type with one more leaf, of a category that no other has."""
    fields = {"__annotations__": {"further": Annotated[str, of(NEW_CATEGORY)] | UnsetType}, "further": UNSET}
    return replace(event, data=type(event.data)("Wider", (event.data,), fields, frozen=True, kw_only=True))


WIDER = {event.name: wider(event) for event in KINDS}


@given(several(), role_and_kind)
def test_one_more_leaf_changes_nobodys_view(written, asked):
    """A leaf that is added to a schema is given to nobody by itself, and changes nothing that was given before."""
    written = [
        replace(each, rules=tuple(r for r in each.rules if not any(NEW_CATEGORY in t.categories for t in r.targets)))
        for each in written
    ]
    (role, event), before, after = asked, {e.name: e for e in KINDS}, WIDER
    regions = Regions(r for each in written for r in each.rules)
    one, other = (Reading(written, Desk(Forms(written, catalogue), regions)) for catalogue in (before, after))
    sheet, wide = one.sheet(role, event.name), other.sheet(role, event.name)
    paths = {p: f for f in one.desk.forms.of(event.name) for p in one.desk.forms.paths(event.name, f)}
    more = {p: f for f in other.desk.forms.of(event.name) for p in other.desk.forms.paths(event.name, f)}

    assert {"further"} == more.keys() - paths.keys()
    assert sheet.present(event) == wide.present(WIDER[event.name])
    assert all(sheet.grant(event, form).same(wide.grant(WIDER[event.name], more[path])) for path, form in paths.items())
    assert wide.grant(WIDER[event.name], more["further"]).given == NOWHERE


@given(st.lists(rules(), min_size=1, max_size=8), st.lists(rules(), max_size=5), st.lists(rules(), max_size=2))
def test_conditions_say_exactly_a_region(given_by, taken_by, either_way):
    """Whatever rules hold where, the words found hold in all of the one region and nowhere out of the other."""
    regions = Regions([*given_by, *taken_by, *either_way])
    held, taken, free = (regions.union(map(regions.rule, some)) for some in (given_by, taken_by, either_way))
    least = regions.without(held, taken)
    if least == NOWHERE:
        with pytest.raises(ValueError, match="nothing"):
            Conditions(regions).between(least, EVERYWHERE)
        return
    most = regions.either(least, free)
    conditions = Conditions(regions)
    found = conditions.region(conditions.between(least, most))

    assert conditions.region(conditions.between(least, least)) == least
    assert regions.within(least, found)
    assert regions.within(found, most)


@given(st.lists(rules(), min_size=1, max_size=4), st.lists(situations(), min_size=1, max_size=4))
def test_a_region_is_the_situations_in_which_rules_hold(some_rules, some_situations):
    """A situation is in the region of some rules exactly if one of them holds; equal sets are one region."""
    regions = Regions(some_rules)
    union = regions.union(map(regions.rule, some_rules))
    for situation in some_situations:
        assert regions.holds(union, situation) == any(r.holds(situation) for r in some_rules)
    if union != NOWHERE:
        assert regions.holds(union, regions.example(union, some_situations[0]))
    assert union == regions.without(
        EVERYWHERE, regions.common(regions.without(EVERYWHERE, regions.rule(r)) for r in some_rules)
    )
