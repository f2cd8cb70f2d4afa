"""For every agreement: nothing without a rule, withholding only narrows, and the engine reads as a person would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.policy.decide import Policy
from tests.property.agreements import (
    KINDS,
    ROLES,
    agreement,
    agreements,
    read_by_hand,
    read_several_by_hand,
    rules,
    situations,
)

role_and_kind = st.tuples(st.sampled_from(ROLES), st.sampled_from(KINDS))


def decide(policy_rules, asked, situation):
    role, event = asked
    return Policy([agreement(policy_rules)]).program(role, event).decide(situation)


@given(agreements(), role_and_kind, situations())
def test_engine_reads_as_a_person_would(written, asked, situation):
    """The engine gives exactly the leaves, in exactly the way, that a reading of the rules by hand gives."""
    decision = decide(written.rules, asked, situation)
    by_hand = read_by_hand(written.rules, *asked, situation)

    assert (by_hand is not None) == decision.present
    assert (by_hand or {}) == {path: release.transform or "" for path, release in decision.given.items()}


def named_apart(*written, under=""):
    """Return agreements under names of their own, and their rules too; the last may stand under the first."""
    return [
        replace(
            each,
            name=f"agreement-{i}",
            under=under if i and i == len(written) - 1 else "",
            rules=tuple(replace(rule, id=f"{rule.id}-{i}") for rule in each.rules),
        )
        for i, each in enumerate(written)
    ]


@given(agreements(), agreements(), agreements(), st.booleans(), role_and_kind, situations())
def test_several_agreements_read_as_a_person_would(one, other, last, layered, asked, situation):
    """Each agreement opens its own messages and gives in those what it gives; with one above it, both as one.

    A withholding in any of them wins.
    """
    first, second, third = named_apart(one, other, last, under="agreement-0" if layered else "")
    wholes = [[*first.rules, *third.rules], second.rules] if layered else [a.rules for a in (first, second, third)]
    decision = Policy([first, second, third]).program(*asked).decide(situation)
    by_hand = read_several_by_hand(wholes, *asked, situation)

    assert (by_hand is not None) == decision.present
    assert (by_hand or {}) == {path: release.transform or "" for path, release in decision.given.items()}


@given(agreements(), agreements(), role_and_kind, situations())
def test_an_agreement_gives_nothing_in_the_messages_of_another(one, other, asked, situation):
    """What several give is no more than what each gives by itself, with its own rules and for its own purposes."""
    both = named_apart(one, other)
    together = Policy(both).program(*asked).decide(situation)
    alone = [Policy([each]).program(*asked).decide(situation).given for each in both]

    for path, release in together.given.items():
        offered = [given[path] for given in alone if path in given]
        assert set(release.rules) <= {rule for each in offered for rule in each.rules}
        assert release.transform in {each.transform for each in offered}


@given(agreements(), role_and_kind, situations())
def test_nothing_without_a_rule(written, asked, situation):
    """Every leaf given cites rules that are for the role and the type, that give, and that hold."""
    decision = decide(written.rules, asked, situation)
    by_id = {r.id: r for r in written.rules}

    for release in decision.given.values():
        assert release.rules
        for rule in (by_id[name] for name in release.rules):
            assert rule.effect == "give"
            assert asked[0] in rule.roles
            assert asked[1].name in rule.types
            assert rule.holds(situation)


@given(agreements(), rules(effect="withhold", name="added"), role_and_kind, situations())
def test_withholding_never_widens(written, added, asked, situation):
    """One withholding more never gives a leaf that was not given, nor more of one, nor a message that was not sent."""
    before = decide(written.rules, asked, situation)
    after = decide((*written.rules, added), asked, situation)

    assert before.given.items() >= after.given.items()
    assert before.present or not after.present


@given(agreements(), rules(effect="give", name="added"), role_and_kind, situations())
def test_grant_never_narrows(written, added, asked, situation):
    """One grant more never takes a leaf away, so that the order of rules does not matter."""
    before = decide(written.rules, asked, situation)
    after = decide((*written.rules, added), asked, situation)

    assert set(before.given) <= set(after.given)


@given(agreements(), st.randoms(use_true_random=False), role_and_kind, situations())
def test_order_of_rules_does_not_matter(written, random, asked, situation):
    """The same rules in another order come to the same decision."""
    shuffled = list(written.rules)
    random.shuffle(shuffled)

    first, second = (decide(r, asked, situation) for r in (written.rules, shuffled))

    assert first.given == second.given
    assert (first.present, first.obligations, first.purposes) == (second.present, second.obligations, second.purposes)


@given(agreements(), role_and_kind, situations())
def test_obligations_of_every_rule_relied_on_are_owed(written, asked, situation):
    """A copy owes the obligations of all rules that it cites, and of no others."""
    decision = decide(written.rules, asked, situation)
    cited = {name for release in decision.given.values() for name in release.rules}

    assert {o for r in written.rules if r.id in cited for o in r.obligations} == set(decision.obligations)


@given(agreements(), role_and_kind, situations(), situations())
def test_only_the_facts_read_matter(written, asked, first, second):
    """Two situations equal in the facts that a decision declares it read come to the very same decision."""
    program = Policy([agreement(written.rules)]).program(*asked)
    mixed = list(second)
    for fact, mask in program.reads:
        mixed[fact] = (second[fact] & ~mask) | (first[fact] & mask)

    assert program.decide(first) is program.decide(tuple(mixed))


@given(agreements(), role_and_kind, situations())
def test_what_is_not_given_whole_has_a_reason(written, asked, situation):
    """Each category of which a leaf is not given as it is, is accounted for; what is given whole is not."""
    decision = decide(written.rules, asked, situation)
    whole = {path for path, release in decision.given.items() if release.transform is None}
    by_id = {r.id for r in written.rules}

    if len(whole) < len(decision.given) or not decision.present:
        assert decision.withheld
    assert all(reason in by_id or " " in reason for reason in decision.withheld.values())
