"""Default deny, withholding wins, presence is a fact, every leaf cites every rule it rests on."""

from __future__ import annotations

import pytest

from hub.policy.decide import NO_RULE, NOT_PRESENT, Policy
from hub.policy.facts import FACTS, situation
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from tests.unit.policy.conftest import give, withhold

FACT = give("custody-fact", "police")
MARKER = give("marker", "police")


def test_no_rule_gives_nothing(decided):
    """Without a rule nobody gets anything, and every category says so."""
    decision = decided([give("name", "gp")])

    assert not decision.present
    assert {} == decision.given
    assert {NO_RULE} == set(decision.withheld.values())


def test_withholding_wins(decided):
    """A withholding takes back what a rule gives, whichever stands first."""
    for rules in ([FACT, withhold("custody-fact", "police")], [withhold("custody-fact", "police"), FACT]):
        decision = decided(rules)

        assert not decision.present
        assert "withhold-custody-fact-police" == decision.withheld[Category.CUSTODY_FACT]


def test_withholding_of_one_field(decided):
    """A withheld field stays behind; the rest of its category is given."""
    decision = decided([FACT, withhold("custody.expected_back", "police")])

    assert "custody.in_custody" in decision.given
    assert "custody.expected_back" not in decision.given


def test_withholding_of_everything(decided):
    """Whoever has everything withheld is told nothing, not even that something happened."""
    assert not decided([FACT, MARKER, withhold("everything", "police")]).present


def test_grant_is_whole(decided):
    """The place of one rule never meets the field of another: a condition belongs to its own rule."""
    rules = [FACT, give("custody-place", "police", when={"relation": "case"})]

    assert "custody.establishment" not in decided(rules, way="holds").given
    assert "custody.establishment" in decided(rules, way="case").given


def test_leaf_of_two_categories_needs_both(decided):
    """A leaf with two categories is given only where each is given."""
    enforcement = give("enforcement-fact", "police")

    assert "custody.reason" not in decided([FACT]).given
    assert ("give-custody-fact-police", "give-enforcement-fact-police") == decided([FACT, enforcement]).given[
        "custody.reason"
    ].rules


def test_leaf_of_two_categories_is_withheld_by_either(decided):
    """A leaf with two categories is withheld where either is."""
    rules = [FACT, give("enforcement-fact", "police"), withhold("enforcement-fact", "police")]

    assert "custody.reason" not in decided(rules).given


def test_every_rule_is_cited_and_every_obligation_owed(decided):
    """Where two rules give the same leaf, the obligations of both hold: the strictest wins."""
    rules = [FACT, {**FACT, "id": "again", "oblige": "speak-first"}, give("name", "police", oblige="tell-nobody")]

    decision = decided(rules)

    assert ("again", "give-custody-fact-police") == decision.given["custody.in_custody"].rules
    assert ("speak-first", "tell-nobody") == decision.obligations


def test_rule_that_gives_nothing_here_obliges_to_nothing(decided):
    """Obligations and purposes are of the rules that were relied on, and of no other that holds."""
    rules = [FACT, give("name", "police", oblige="tell-nobody"), withhold("name", "police")]

    assert () == decided(rules).obligations


def test_plain_is_given_before_transformed(decided):
    """Whoever may have the whole value gets it, though another rule gives only part."""
    rules = [FACT, give("date-of-birth as year", "police"), give("date-of-birth", "police")]

    assert decided(rules).given["subject.date_of_birth"].transform is None
    assert "year" == decided(rules[:2]).given["subject.date_of_birth"].transform


def test_transform_reaches_its_own_field_alone(decided):
    """A transform of a category gives the field that it is made for, and no other of the category."""
    given = decided([FACT, give("address as district", "police")]).given

    assert {"release.address.postcode"} == {path for path in given if path.startswith("release.address")}


def test_category_given_transformed_is_not_given_whole(decided):
    """The record says that a category was not given whole when only a transform of it was."""
    assert NO_RULE == decided([FACT, give("date-of-birth as year", "police")]).withheld[Category.DATE_OF_BIRTH]


def test_accompaniment_goes_with_something(decided):
    """What accompanies is given only to whoever is given something else."""
    name = give("name", "police", accompanies=True)

    assert not decided([name]).present
    assert "subject.surname" in decided([name, FACT]).given


def test_accompaniment_carries_no_message(decided):
    """What accompanies does not by itself let anybody know that something happened."""
    topic = give("custody-fact", "police", accompanies=True)

    assert not decided([topic, give("name", "police")]).present


def test_accompaniment_of_a_topic_without_leaves_is_no_message(decided):
    """A topic that has no leaf of its own needs a leaf that is given, and not only one that accompanies."""
    rules = [give("concern-ended", "police"), give("name", "police", accompanies=True)]

    assert not decided(rules, kind="concern.ended").present


def test_withheld_topic_is_no_message(decided):
    """Whoever has the topic withheld gets no message, though other leaves of the event are given."""
    decision = decided([FACT, give("name", "police"), withhold("custody-fact", "police")])

    assert not decision.present
    assert {} == decision.given


def test_withheld_marker_is_no_message_about_a_scheme(decided):
    """Whoever has the marker withheld gets no message about a scheme, though its topic is given."""
    rules = [MARKER, give("release-date", "police"), withhold("marker", "police")]

    assert not decided(rules, kind="release.notice").present


def test_message_needs_the_topic(decided):
    """Whoever may not know what the event is about gets no message, whatever else they may see."""
    decision = decided([give("name", "police"), give("offence", "police")])

    assert not decision.present
    assert {} == decision.given
    assert () == decision.purposes
    assert NOT_PRESENT == decision.withheld[Category.OFFENCE]


def test_one_field_is_enough_to_know_the_topic(decided):
    """Whoever is given a field of the topic's category may know of the event."""
    decision = decided([give("custody.in_custody", "police")])

    assert decision.present
    assert {"custody.in_custody"} == set(decision.given)


def test_message_about_a_scheme_needs_the_marker(decided):
    """An event type that runs only for people on a scheme is for those who may know the status."""
    notice = give("release-date", "police")

    assert not decided([notice], kind="release.notice").present
    assert decided([notice, MARKER], kind="release.notice").present


def test_message_that_runs_alike_needs_no_marker(decided):
    """An event type that runs alike for everyone may reach a role that may not know the status."""
    decision = decided([FACT])

    assert decision.present
    assert not decision.knows_status


def test_topic_without_any_leaf_is_no_message(decided):
    """To be allowed the topic alone, with no leaf, makes no message."""
    assert not decided([give("concern-ended", "police")], kind="concern.ended").present


def test_unknown_is_closed(written):
    """A fact of which nothing is said is unknown, and unknown opens least."""
    policy = written.policy(FACT, withhold("everything", "police", when={"restricted": ["yes", "unknown"]}))
    program = policy.program(Role.CUSTODY_OFFICER, CATALOGUE["custody.received"])

    assert not program.decide(tuple(situation(relation="holds"))).present
    assert program.decide(tuple(situation(relation="holds", restricted="no"))).present


@pytest.mark.parametrize("way", FACTS[0].domain)
def test_rows_of_their_own(decided, way):
    """A rule that names no relation holds for whoever is concerned in full, and for nobody else."""
    others = {"further", "partner", "gate", "condition", "marker-holder", "addressed", "asks"}

    assert (way not in others) == decided([FACT], way=way).present


def test_facts_read_are_declared(decided):
    """A decision lists the facts that it looked at, with the words found among those that matter."""
    rules = [FACT, withhold("custody-fact", "police", when={"consent": "withdrawn"})]

    assert (("relation", ("holds",)), ("consent", ())) == decided(rules, consent="given").facts_read
    assert (("relation", ("holds",)), ("consent", ("withdrawn",))) == decided(rules, consent="withdrawn").facts_read


def test_equal_facts_give_the_same_object(written):
    """What no rule reads cannot change a decision, not even its identity."""
    program = written.policy(FACT).program(Role.CUSTODY_OFFICER, CATALOGUE["custody.received"])
    first = program.decide(tuple(situation(relation="holds", risk="high", status="member")))

    assert first is program.decide(tuple(situation(relation="holds", risk="low", status="none")))


def test_regime_is_the_holder_s(written):
    """A role named under the general regime answers to UK GDPR, even under a law enforcement agreement."""
    policy = written.policy(give("custody-fact", ["gp", "police"]), **{"general-regime": "gp"})
    regimes = {
        role: policy.program(role, CATALOGUE["custody.received"]).decide(tuple(situation(relation="holds"))).regime
        for role in (Role.GP, Role.INTELLIGENCE)
    }

    assert {Role.GP: "general", Role.INTELLIGENCE: "law-enforcement"} == regimes


def test_roles_with_the_date_of_birth_go_by_the_birthday(written):
    """Whoever has the date of birth goes by the birthday, everyone else by the recorded hand-over."""
    policy = written.policy(give("date-of-birth", "gp"), give("date-of-birth as year", "police"))

    assert policy.age_by_birthday(Role.GP)
    assert not policy.age_by_birthday(Role.INTELLIGENCE)
    assert written.policy(give("subject.date_of_birth", "gp")).age_by_birthday(Role.GP)


def test_no_agreement_in_force_gives_nothing():
    """When no agreement is in force nothing flows."""
    program = Policy([]).program(Role.COORDINATOR, CATALOGUE["custody.received"])

    assert not program.decide(tuple(situation(relation="lead", restricted="no", age="adult"))).present


AGES = {
    "below, of which no rule speaks": ("17", ()),
    "first": ("18", ("18 to 20",)),
    "last": ("20", ("18 to 20",)),
    "above": ("21", ("21 or more", "unknown")),
    "unknown, which withholds as that does": ("unknown", ("21 or more", "unknown")),
}


@pytest.mark.parametrize(("age", "said"), AGES.values(), ids=AGES)
def test_of_a_number_only_the_interval_is_read(decided, age, said):
    """A decision tells of a number in which of the intervals it is that the rules tell apart, and not which it is."""
    rules = [
        FACT,
        give("date-of-birth", "police"),
        give("photograph", "police", when={"age-years": {"from": 18, "below": 21}}),
        withhold("adjustments", "police", when={"age-years": {"from": 21}}),
    ]
    decision = decided(rules, age_years=age)

    assert ("age-years", said) == decision.facts_read[1]
    assert (age in ("18", "20")) == ("subject.photograph" in decision.given)


def test_numbers_in_one_interval_are_one_answer(written):
    """Two people whose ages no rule tells apart get the very same decision, which keeps answers few."""
    rule = give("custody-fact", "police", when={"age-years": {"from": 18, "below": 21}})
    program = written.policy(rule, give("date-of-birth", "police")).program(
        Role.INTELLIGENCE, CATALOGUE["custody.received"]
    )
    at = {age: program.decide(tuple(situation(relation="holds", age_years=age))) for age in ("18", "20", "21")}

    assert at["18"] is at["20"] is not at["21"]
