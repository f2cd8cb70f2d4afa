"""What the register, routing and consequences promise of any life, however its news comes in."""

import datetime as dt

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.consequences.rules import consequences
from hub.policy.facts import mask_of
from hub.register.merging import merge
from hub.register.state import PersonState, minimal
from hub.routing.route import route
from schemas.record.custody import Custody, Release
from tests.unit.register.lives import (
    LATER,
    address,
    adopted,
    allocated,
    conditions,
    consent,
    date_set,
    deselected,
    detained,
    directory,
    expected,
    happens,
    lived,
    marker,
    packed,
    recall,
    received,
    referred,
    released,
    risk,
    supervision,
    transferred,
    youth,
)

HERE = directory()
JULY = dt.date(2026, 7, 1)
NEEDS_A_MEMBERSHIP = mask_of(
    "relation", ["holds", "awaits", "lead", "further", "partner", "area", "gate", "decides", "marker-holder"]
)


def out(number, kind, **facts):
    return happens(number, kind, custody=Custody(in_custody=False, **facts))


CUSTODY = (
    detained,
    expected,
    lambda n: expected(n, "HEW"),
    received,
    lambda n: transferred(n, "HEW"),
    lambda n: released(n, "parole", area="W2"),
    lambda n: out(n, "custody.discharged"),
    lambda n: out(n, "custody.died"),
    lambda n: out(n, "custody.to-hospital"),
)
MEMBERSHIP = (
    adopted,
    lambda n: adopted(n, "south"),
    deselected,
    lambda n: deselected(n, "south"),
    lambda n: happens(n, "ppo.reviewed", memberships=adopted(n).data.memberships),
)
OTHERS = (
    lambda n: date_set(n, JULY, area="E1"),
    lambda n: address(n, area="E1"),
    lambda n: address(n, "unknown"),
    lambda n: happens(n, "release.gate-meeting-arranged", release=Release(met_by="hostel")),
    lambda n: recall(n, "requested", "requested"),
    lambda n: recall(n, "decided", "authorised"),
    lambda n: recall(n, "at-large", "unlawfully-at-large", thought_in_area="W2"),
    allocated,
    lambda n: supervision(n, "began", kind="licence"),
    lambda n: supervision(n, "ended"),
    lambda n: referred(n, reference="R1"),
    lambda n: referred(n, state="closed"),
    lambda n: referred(n, "hostel", "stay"),
    packed,
    lambda n: happens(n, "breach.withdrawn"),
    lambda n: risk(n, "high"),
    lambda n: consent(n, "given"),
    youth,
    conditions,
    lambda n: marker(n, "custody-desk", "set"),
)


def lives(*families, most=8):
    """Events of some families, each at an hour of its own, in the order in which they become known."""
    makers = [maker for family in families for maker in family]
    told = st.tuples(st.integers(1, 500), st.sampled_from(makers))
    return st.lists(told, max_size=most, unique_by=lambda pair: pair[0]).map(
        lambda pairs: [make(n) for n, make in pairs]
    )


ANY = lives(CUSTODY, MEMBERSHIP, OTHERS)


def known(state):
    """What the register promises in any order: where held and expected, and of which schemes a member."""
    custody = state.custody
    return (
        custody.standing,
        custody.establishment,
        custody.station,
        custody.expected_at,
        {m.scheme for m in state.active},
        state.lead and state.lead.scheme,
    )


@given(ANY)
def test_the_same_news_comes_to_the_same(life):
    """What the register knows depends on nothing but the events."""
    assert lived(*life) == lived(*life)


@given(lives(CUSTODY[:7], MEMBERSHIP[:2], [MEMBERSHIP[4]]), st.randoms(use_true_random=False))
def test_news_in_any_order(life, random):
    """Where somebody is held and who their schemes are does not depend on the order in which news comes."""
    adopted_at = {}
    in_order = sorted(life, key=lambda e: e.time)
    for event in in_order:
        if event.type.startswith("ppo."):
            scheme = event.data.memberships[0].scheme
            assume((event.type == "ppo.adopted") == (scheme not in adopted_at))
            adopted_at[scheme] = event.time
    shuffled = random.sample(life, len(life))

    assert known(lived(*in_order)) == known(lived(*shuffled))


@given(ANY, st.sampled_from(CUSTODY))
def test_late_movements_change_nothing(life, late):
    """A movement from before everything that is known of custody leaves custody as it is."""
    state = lived(received(1), *(replace(e, time=e.time + dt.timedelta(hours=10)) for e in life), expected(600))
    movement = late(0)

    assert state.custody == lived(movement, state=state).custody


@given(ANY, st.sampled_from(MEMBERSHIP))
def test_late_words_on_a_membership_change_nothing(life, late):
    """Word from before everything that is known of a membership neither begins nor ends it."""
    settled = [adopted(600), deselected(601, "south")]
    state = lived(*life, *settled)

    assert known(state) == known(lived(late(0), state=state))


@given(ANY)
def test_no_alert_of_a_stranger(life):
    """Nobody who is on no scheme after an event is alerted of, nor is anything else said that only members have."""
    state = PersonState(id="p1")
    for event in life:
        after = lived(event, state=state)
        made = {c.kind for c in consequences(state, after, event, LATER, HERE)}
        if not after.on_scheme:
            assert made <= {"referral.updated", "concern.ended", "ppo.remove-marker"}
        state = after if after.known else minimal(after)


@given(lives(CUSTODY, OTHERS))
def test_a_stranger_is_routed_by_declaration_alone(life):
    """Somebody on no scheme concerns nobody by place, area or scheme, whatever happened before."""
    state = PersonState(id="p1")
    for event in life:
        after = lived(event, state=state)
        routes = route(event.type, event.data, state, after, HERE)
        assert not [r for r, mask in routes.items() if mask & NEEDS_A_MEMBERSHIP]
        state = minimal(after)


@given(lives(CUSTODY, OTHERS, most=6), lives(CUSTODY, OTHERS, most=6))
def test_former_members_are_strangers(before, after):
    """Of somebody de-selected nobody hears by place or scheme what happens afterwards."""
    state = lived(*before, adopted(600), deselected(601))
    for event in after:
        then = lived(event, state=state)
        routes = route(event.type, event.data, state, then, HERE)
        assert not [r for r, mask in routes.items() if mask & NEEDS_A_MEMBERSHIP]
        state = then


@given(lives(CUSTODY, OTHERS), st.integers(0, 3))
def test_partners_are_told_alike(life, adopted_after):
    """What a partner is told of its own work, and that it is over, is the same of a member as of a stranger."""
    alike = {"referral.updated", "concern.ended"}
    member = _told([*life[:adopted_after], adopted(0), *life[adopted_after:]], alike)

    assert _told(life, alike) == member


def _told(life, kinds):
    state, told = PersonState(id="p1"), []
    for event in life:
        after = lived(event, state=state)
        made = consequences(state, after, event, LATER, HERE)
        told += [(c.kind, c.data) for c in made if c.kind in kinds and "charity" in c.addressed]
        state = replace(after if after.known else minimal(after), told=frozenset({"charity"}))
    return told


@given(ANY, ANY)
def test_merging_either_way(one, other):
    """Two records come to the same facts whichever of them is kept."""
    first = lived(*(replace(e, time=e.time + dt.timedelta(minutes=1)) for e in one))
    second = lived(*other, state=PersonState(id="p2"))

    assert replace(merge(first, second), id="p") == replace(merge(second, first), id="p")


@given(ANY)
def test_merging_with_nothing(life):
    """A record that knows nothing adds nothing and takes nothing away."""
    state, nothing = lived(*life), PersonState(id="p1")

    assert merge(nothing, state) == state == merge(state, nothing)


@given(ANY)
def test_one_leads(life):
    """Whoever is on a scheme has exactly one membership that leads."""
    state = lived(*life)

    assert [m for m in state.active if m.lead] == ([state.lead] if state.on_scheme else [])


@given(ANY)
def test_nothing_of_a_stranger_is_text(life):
    """What is kept of a stranger holds no details, references, cases or dates of release."""
    kept = minimal(lived(*life))

    assert (None, (), (), (), ()) == (kept.details, kept.identifiers, kept.names, kept.cases, kept.memberships)
    assert kept.release == PersonState(id="p").release
