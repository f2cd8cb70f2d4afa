"""When somebody on a scheme comes into somebody's hands."""

import pytest

from hub.consequences.rules import consequences
from hub.register.merging import merge
from hub.register.state import PersonState, minimal
from schemas.record.custody import Custody
from schemas.record.need import Health
from tests.unit.register.lives import (
    LATER,
    adopted,
    deselected,
    detained,
    directory,
    expected,
    happens,
    lived,
    member,
    recall,
    received,
    referred,
    released,
    risk,
    transferred,
)

HERE = directory()


def alerts(*events, state=None):
    """What the last event alerts of."""
    before = lived(*events[:-1], state=state)
    made = consequences(before, lived(events[-1], state=before), events[-1], LATER, HERE)
    return [c for c in made if c.kind == "ppo.alert"]


def back(number):
    return happens(number, "custody.returned", custody=Custody(in_custody=True, establishment="BMI"))


def out(number, kind="custody.discharged", **facts):
    return happens(number, kind, custody=Custody(in_custody=False, **facts))


@pytest.mark.parametrize("event", [received(2), expected(2), detained(2), transferred(2, "HEW")], ids=lambda e: e.type)
def test_a_member_in_hand(event):
    """A person on a scheme who is received, expected, detained or transferred is alerted of, once."""
    assert 1 == len(alerts(adopted(1), event))


@pytest.mark.parametrize("event", [received(1), expected(1), detained(1)], ids=lambda e: e.type)
def test_adopted_while_in_hand(event):
    """Somebody adopted while held or expected is alerted of, also when only a stranger's place was kept."""
    assert 1 == len(alerts(adopted(2), state=minimal(lived(event))))


@pytest.mark.parametrize(
    "life",
    [
        [received(1)],
        [adopted(1)],
        [adopted(1), deselected(2), received(3)],
        [happens(1, "ppo.nominated", memberships=[member()]), received(2)],
        [received(1), released(2), adopted(3)],
        [adopted(1), received(2), out(3, expected_back="yes"), back(4)],
        [adopted(1), received(2), happens(3, "release.temporary"), back(4)],
        [adopted(1), received(2), out(3, "custody.died")],
        [adopted(1), received(2), out(3, "custody.to-hospital")],
        [adopted(1), received(2), released(3)],
        [adopted(1), received(2), risk(3, "high")],
        [adopted(1), transferred(3, "HEW"), received(2)],
        [adopted(1), received(2), adopted(3, "south"), deselected(4, "south")],
    ],
)
def test_no_alert(life):
    """There is no alert of a stranger, of one de-selected, of late news, or of one who came back, died or left."""
    assert [] == alerts(*life)


def test_expected_and_then_received():
    """Both the wait and the arrival are alerted of."""
    assert alerts(adopted(1), expected(2))
    assert alerts(adopted(1), expected(2), received(3))


def test_received_again_where_the_release_was_missed():
    """A reception is alerted of even where the register thinks that the person never left."""
    assert alerts(adopted(1), received(2), received(9))


def test_a_further_scheme_while_held():
    """A second scheme's adoption of somebody held gives its contact to those who hold them."""
    assert ["north", "south"] == [
        m.scheme for m in alerts(adopted(1), received(2), adopted(3, "south"))[0].data.memberships
    ]


def test_two_records_come_together():
    """A member and a sighting that turn out to be one person are alerted of with the next event."""
    one = merge(lived(adopted(1)), lived(received(2), state=PersonState(id="p2")))

    assert alerts(risk(3, "low"), state=one)


def test_what_an_alert_says():
    """An alert names the place, whom to call, and the marker for immediate safety; nothing clinical."""
    health = Health(immediate_safety=["open self-harm plan"], diagnosis="secret")
    custody = Custody(in_custody=True, establishment="BMI", reason="remand")
    event = happens(2, "custody.received", custody=custody, health=health)
    alert = alerts(adopted(1), event)[0]

    assert ("BMI", "HMP Birmingham", "remand") == (
        alert.data.custody.establishment,
        alert.data.custody.establishment_name,
        alert.data.custody.reason,
    )
    assert ("Coordinator of north", "0100") == (
        alert.data.memberships[0].contact.name,
        alert.data.memberships[0].contact.telephone,
    )
    assert Health(immediate_safety=["open self-harm plan"]) == alert.data.health
    assert ("Doe", frozenset(), None) == (alert.data.subject.surname, alert.addressed, alert.due)


def test_an_alert_at_a_station_names_it():
    """Somebody detained by the police is alerted of at that station."""
    custody = alerts(adopted(1), detained(2))[0].data.custody

    assert (True, "steelhouse", False) == (custody.in_custody, custody.station, bool(custody.establishment))


def test_an_alert_of_one_expected_names_that_place():
    """Somebody held at a station and expected at a prison is alerted of at the prison."""
    custody = alerts(adopted(1), detained(2), expected(3))[0].data.custody

    assert (False, "BMI", False) == (custody.in_custody, custody.establishment, bool(custody.station))


@pytest.mark.parametrize(
    ("life", "times"),
    [
        ([adopted(1), released(2, "parole"), received(3)], 1),
        ([adopted(1), recall(2, "decided", "authorised"), received(3)], 1),
        ([adopted(1), received(3, reason="recall")], 1),
        ([adopted(1), released(2, "parole"), received(3, reason="remand")], 0),
        ([adopted(1), received(3)], 0),
        ([adopted(1), recall(2, "returned", "returned"), received(3)], 0),
        ([adopted(1), recall(2, "returned", "returned"), received(3, reason="recall")], 0),
        ([adopted(1), released(2, "parole"), recall(3, "returned", "returned")], 0),
        ([adopted(1), released(2, "parole"), received(3), transferred(4, "HEW")], 0),
        ([released(2, "parole"), received(3)], 0),
        ([adopted(1), released(2, "parole"), transferred(9, "HEW"), received(3)], 0),
        ([adopted(1), received(2, reason="recall"), released(3, "parole"), received(4)], 1),
    ],
)
def test_a_recall_that_no_message_says(life, times):
    """A reception of somebody on licence is told as a return on recall, once, and not where somebody else said so."""
    before = lived(*life[:-1])
    made = consequences(before, lived(life[-1], state=before), life[-1], LATER, HERE)

    assert times == len([c for c in made if c.kind == "recall.returned"])


def test_a_recall_known_from_the_register_is_not_for_partners():
    """A return that only a member's register shows is not told to those who know of their own referral alone."""
    before = lived(adopted(1), referred(2), released(3, "parole"))
    event = received(4)
    made = consequences(before, lived(event, state=before), event, LATER, HERE)
    addressed = next(c.addressed for c in made if c.kind == "recall.returned")

    assert {"reception-bmi", "healthcare-bmi", "coordinator", "ppu"} == addressed
