"""What partners declare, and when their work pauses."""

import pytest
from msgspec.structs import replace

from schemas.events.occurrence import Merge, Restriction
from schemas.labels import Role
from schemas.record.person import Child, Identifier, Person
from tests.unit.register.lives import (
    adopted,
    conditions,
    consent,
    happens,
    lived,
    marker,
    packed,
    progress,
    recall,
    received,
    referred,
    released,
    risk,
    youth,
)


def relation(state):
    return next(iter(state.relations))


def test_a_relation_in_the_holders_own_words():
    """A declared relation keeps the holder's reference and the details as it was told with."""
    kept = relation(lived(referred(1, reference="R1", subject=Person(surname="Do"))))

    assert ("charity", "referral", "open", "R1", "Do") == (
        kept.holder,
        kept.kind,
        kept.state,
        kept.reference,
        kept.name.surname,
    )


def test_a_later_word_keeps_what_it_does_not_say():
    """An update without reference or name leaves both as they were."""
    state = lived(referred(1, reference="R1"), referred(2, state="accepted", subject=Person()))

    assert ("accepted", "R1", "Doe") == (relation(state).state, relation(state).reference, relation(state).name.surname)


def test_a_closed_relation_keeps_no_name():
    """Of a relation that has ended neither name nor reference is kept, and a late word does not open it again."""
    state = lived(referred(2, state="closed"), referred(1, reference="R1"))

    assert ("closed", None, "") == (relation(state).state, relation(state).reference, relation(state).name.surname)
    assert not state.open_relations


@pytest.mark.parametrize(
    "cause",
    [
        received(2),
        happens(2, "custody.died"),
        happens(2, "custody.to-hospital"),
        recall(2, "decided", "authorised"),
        recall(2, "at-large", "unlawfully-at-large"),
        packed(2),
    ],
    ids=lambda event: event.type,
)
def test_work_is_suspended_alike_for_every_cause(cause):
    """Custody, recall, breach, death and hospital suspend a partner's work, and the relation does not say which."""
    assert relation(lived(referred(1), received(2))) == relation(lived(referred(1), cause))


@pytest.mark.parametrize(
    ("life", "state"),
    [
        ([released(3)], "resumed"),
        ([happens(3, "custody.discharged")], "resumed"),
        ([happens(3, "custody.died"), happens(4, "breach.withdrawn")], "suspended"),
        ([happens(3, "breach.concluded")], "suspended"),
        ([recall(3, "decided", "refused")], "suspended"),
    ],
)
def test_work_resumes_when_nothing_stands_in_its_way(life, state):
    """Work that was suspended by a reception resumes with a release, and not while the person is held or dead."""
    assert state == relation(lived(referred(1), received(2), *life)).state


def test_a_late_reception_suspends_nothing():
    """A reception from before a release that is known already suspends no work."""
    assert "open" == relation(lived(referred(1), released(3), received(2))).state


@pytest.mark.parametrize("kind", ["report", "own-order"])
def test_a_report_or_an_order_goes_on(kind):
    """What is owed to a court is not suspended by custody."""
    assert "open" == relation(lived(referred(1, kind=kind), received(2))).state


def test_risk_that_was_high():
    """That the level was high before is kept, so that one can say later that it no longer is."""
    state = lived(risk(1, "high"), risk(2, "medium"))

    assert ("medium", True) == (state.risk, state.was_high)
    assert lived(risk(1, "low", previous_level="very-high")).was_high
    assert not lived(risk(1, "high")).was_high


def test_words_that_conditions_read():
    """Consent, youth, restriction and child are kept by the latest word."""
    state = lived(
        consent(1, "given"),
        consent(2, "withdrawn"),
        youth(1, voluntary_agreed=True, handover="open"),
        happens(1, "record.restricted", restriction=Restriction(restricted=True)),
        happens(
            1,
            "risk.assessed",
            risk=risk(1, "low").data.risk,
            children=[Child(at_address="none"), Child(at_address="stays")],
        ),
    )

    assert ("withdrawn", "party", True, "open") == (state.consent, state.yot, state.yot_agreed, state.handover)
    assert ("yes", "stays") == (state.restricted, state.child)


def test_courts_that_made_orders():
    """The court of a breach pack or of an order's progress is known to have made an order."""
    assert {"crown", "county"} == lived(packed(1), progress(2, "county")).order_courts


def test_roles_that_conditions_name():
    """The latest licence conditions say which roles are named."""
    assert {Role.VOLUNTARY} == lived(conditions(1, Role.MENTOR), conditions(2, Role.VOLUNTARY)).condition_roles


def test_who_holds_the_marker():
    """Who was given the marker holds it until it says that it is removed; to say that it is set makes no holder."""
    given = replace(lived(adopted(1)), marker_holders=frozenset({"custody-desk", "reception-bmi"}))
    state = lived(marker(2, "custody-desk", "set"), marker(2, "landlord", "confirmed"), state=given)

    assert {"custody-desk", "reception-bmi"} == state.marker_holders
    assert {"reception-bmi"} == lived(marker(3, "custody-desk", "removed"), state=state).marker_holders
    assert {"custody-desk", "reception-bmi"} == lived(marker(1, "custody-desk", "removed"), state=state).marker_holders


@pytest.mark.parametrize("life", [[], [referred(1), referred(2, state="closed")]])
def test_an_answer_to_what_nobody_asked(life):
    """To accept a referral that was never made, or that is closed, opens nothing."""
    assert not lived(*life, referred(3, state="accepted")).open_relations


def test_merged_numbers_are_both_the_persons():
    """Both numbers of a merge are kept."""
    one, two = Identifier(kind="crn", value="A000001"), Identifier(kind="crn", value="A000002")

    assert (one, two) == lived(happens(1, "identity.merged", merge=Merge(kept=one, removed=two))).identifiers
