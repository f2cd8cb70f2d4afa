"""What partners and former holders are told: neutrally, and alike for every cause."""

import pytest
from msgspec.structs import replace

from hub.consequences.rules import consequences
from hub.register.state import minimal
from schemas.record.custody import Release
from schemas.record.need import Referral
from schemas.record.scheme import Contact
from tests.unit.register.lives import (
    LATER,
    address,
    adopted,
    allocated,
    deselected,
    directory,
    happens,
    lived,
    packed,
    recall,
    received,
    referred,
    released,
    risk,
    transferred,
)

HERE = directory()
EVERYBODY = frozenset(HERE.recipients)
HOLDERS = EVERYBODY - {"charity", "healthcare-bmi"}
"""Those who may know the status, and so were given the marker."""


def gate(number, who):
    return happens(number, "release.gate-meeting-arranged", release=Release(met_by=who))


def follows(kind, *events, told=EVERYBODY, markers=frozenset()):
    before = replace(lived(*events[:-1]), told=told, marker_holders=markers)
    made = consequences(before, lived(events[-1], state=before), events[-1], LATER, HERE)
    return [c for c in made if c.kind == kind]


def ended(*events, **kept):
    return {r for c in follows("concern.ended", *events, **kept) for r in c.addressed}


def updated(*events):
    return [(c.addressed, c.data) for c in follows("referral.updated", *events)]


@pytest.mark.parametrize(
    "cause",
    [
        received(3),
        recall(3, "decided", "authorised"),
        packed(3),
        happens(3, "custody.died"),
        happens(3, "custody.to-hospital"),
    ],
    ids=lambda event: event.type,
)
def test_suspended_alike_for_every_cause(cause):
    """The holder is told that its referral is suspended in the same words for every cause, on a scheme and on none."""
    ((holders, said),) = updated(referred(1, reference="R1"), cause)

    assert {"charity"} == holders
    assert [Referral(holder="charity", kind="referral", state="suspended", reference="R1")] == said.referrals
    assert updated(referred(1, reference="R1"), received(3)) == updated(adopted(0), referred(1, reference="R1"), cause)


def test_resumed():
    """After the release the holder is told that the referral is resumed."""
    ((_, said),) = updated(referred(1), received(2), released(3))

    assert "resumed" == said.referrals[0].state


@pytest.mark.parametrize(
    "life",
    [
        [referred(1), received(2), transferred(3, "HEW")],
        [referred(1), risk(2, "high")],
        [referred(1, kind="report"), received(2)],
        [referred(1), released(2)],
    ],
)
def test_nothing_changed_under_the_holders_hands(life):
    """Where work neither stops nor goes on again the holder hears nothing."""
    assert [] == updated(*life)


def test_a_referral_reaches_its_holder():
    """The holder is given the referral that was made to it, without where it came from."""
    event = referred(1, reference="R1", source="court", visit_at="Office")
    ((holders, said),) = updated(event)

    assert {"charity"} == holders
    assert [replace(event.data.referrals[0], source=said.referrals[0].source)] == said.referrals
    assert not said.referrals[0].source


@pytest.mark.parametrize(
    ("life", "who"),
    [
        ([received(2), transferred(3, "HEW")], {"reception-bmi"}),
        ([received(2), released(3)], {"reception-bmi"}),
        ([address(2, area="E1"), address(3, area="W2")], {"neighbourhood-e1"}),
        ([allocated(2), allocated(3, supervised_by="other")], {"officer", "enforcement"}),
        ([referred(2), referred(3, state="closed")], {"charity"}),
        ([received(2), risk(3, "high")], set()),
        ([packed(2), risk(3, "high")], set()),
        ([allocated(2), deselected(3)], {"coordinator", "enforcement"}),
    ],
)
def test_no_longer_yours(life, who):
    """Who was told and stops being concerned by an event gets one notice; who never was concerned gets none."""
    assert who == ended(adopted(1), *life, markers=HOLDERS)


@pytest.mark.parametrize(
    "life",
    [
        [allocated(2), allocated(3, supervised_by="other")],
        [gate(2, "charity"), gate(3, "officer")],
        [received(2), released(3)],
    ],
)
def test_whoever_never_had_the_marker_is_not_told_of_a_member_alone(life):
    """A case, the gate and the place count for members only: their end is told to nobody who never had the marker."""
    assert set() == ended(adopted(1), *life, markers=frozenset())


def test_only_whoever_was_told():
    """Somebody who was never told anything gets no notice that it is over."""
    assert set() == ended(adopted(1), received(2), released(3), told=frozenset())


def test_one_notice():
    """The event after the one that ended a concern ends nothing again."""
    assert set() == ended(adopted(1), received(2), released(3), risk(4, "high"))


def test_whom_to_ask():
    """The notice names the supervising officer without a team, else the number of the scheme's contact."""
    officer = Contact(name="An Officer", telephone="0121", team="PPO team")
    (known,) = follows(
        "concern.ended", adopted(1), allocated(2, officer=officer), received(3), released(4), markers=HOLDERS
    )
    (unknown,) = follows("concern.ended", adopted(1), received(3), released(4), markers=HOLDERS)

    assert Contact(name="An Officer", telephone="0121") == known.data.contact
    assert Contact(name="Coordinator of north", telephone="0100") == unknown.data.contact


def test_a_partner_without_the_marker_is_told_alike():
    """A partner that never had the marker gets the same notice of somebody on a scheme as of a stranger."""
    officer = Contact(name="An Officer", telephone="0121")
    closing = referred(9, state="closed")
    member = follows("concern.ended", adopted(1), allocated(2, officer=officer), referred(3, reference="R1"), closing)
    stranger = follows("concern.ended", referred(3, reference="R1"), closing)

    assert 1 == len(member)
    assert stranger == member


def test_a_partner_without_the_marker_hears_when_its_own_work_ends():
    """Work that ends is told to a partner without the marker, even while the person is also in its place."""
    life = [
        adopted(1),
        received(2),
        referred(3, "healthcare-bmi", "treatment"),
        referred(4, "healthcare-bmi", "treatment", "closed"),
    ]

    assert {"healthcare-bmi"} == ended(*life)
    assert set() == ended(*life, markers=frozenset({"healthcare-bmi"}))


def test_the_marker_is_to_be_removed():
    """When the last membership ends each holder of the marker is asked to remove it."""
    (asked,) = follows(
        "ppo.remove-marker", adopted(1), deselected(2, end_reason="moved away"), markers=frozenset({"custody-desk"})
    )

    assert {"custody-desk"} == asked.addressed
    assert ("Doe", "north", False) == (
        asked.data.subject.surname,
        asked.data.memberships[0].scheme,
        bool(asked.data.memberships[0].end_reason),
    )


@pytest.mark.parametrize(
    "life",
    [
        [adopted(1), adopted(2, "south"), deselected(3)],
        [adopted(1), happens(2, "custody.died")],
        [adopted(1), deselected(2), deselected(3)],
    ],
)
def test_the_marker_stays(life):
    """While a membership is left, after a death, or when it was asked already, nobody is asked to remove the marker."""
    assert [] == follows("ppo.remove-marker", *life, markers=frozenset({"custody-desk"}))


def test_a_stranger_leads_to_nothing_but_partners_work():
    """Of somebody on no scheme nothing follows but what partners are told of their own work."""
    life = [
        referred(1),
        received(2),
        address(3, area="E1"),
        released(4, "parole"),
        received(5),
        happens(6, "custody.died"),
    ]
    kinds, state = set(), lived()
    for event in life:
        after = lived(event, state=state)
        kinds |= {c.kind for c in consequences(state, after, event, LATER, HERE)}
        state = replace(minimal(after), told=EVERYBODY)

    assert {"referral.updated"} == kinds
