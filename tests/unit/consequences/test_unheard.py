"""Who should hear and does not listen."""

import pytest

from hub.consequences.unheard import unheard
from hub.routing.route import route
from schemas.labels import Role
from tests.unit.register.lives import (
    address,
    adopted,
    allocated,
    deselected,
    detained,
    directory,
    expected,
    lived,
    packed,
    recall,
    received,
    recipient,
)


def gaps(state, role, here, kind="custody.received"):
    routes = route(kind, received(9).data, state, state, here)
    return [
        (c.data.gap.role, c.data.gap.place, c.addressed) for c in unheard(kind, state, routes, [(kind, role)], here)
    ]


DEAF = ("ppo.*",)


@pytest.mark.parametrize(
    ("life", "missing", "role", "place"),
    [
        ([received(2)], "reception-bmi", Role.PRISON_RECEPTION, "BMI"),
        ([expected(2)], "reception-bmi", Role.PRISON_RECEPTION, "BMI"),
        ([detained(2)], "custody-desk", Role.CUSTODY_OFFICER, "steelhouse"),
        ([address(2, area="E1")], "neighbourhood-e1", Role.NEIGHBOURHOOD_POLICING, "E1"),
        ([adopted(2, "south")], "coordinator-south", Role.COORDINATOR, "south"),
        ([allocated(2, tier="national")], "officer", Role.NATIONAL_OFFENDER_MANAGER, "officer"),
    ],
)
def test_nobody_registered(life, missing, role, place):
    """Where nobody is registered as a role that must hear, the lead's coordinators are told which and where."""
    state = lived(adopted(1), *life)

    assert [(role, place, {"coordinator"})] == gaps(state, role, directory(without=[missing]))
    assert [] == gaps(state, role, directory())


def test_registered_and_not_listening():
    """Somebody registered who does not subscribe to the event is silent as well."""
    deaf = directory(recipient("reception-bmi", Role.PRISON_RECEPTION, DEAF, establishments=["BMI"]))
    deaf_officer = directory(recipient("officer", Role.NATIONAL_OFFENDER_MANAGER, DEAF))

    assert ["BMI"] == [place for _, place, _ in gaps(lived(adopted(1), received(2)), Role.PRISON_RECEPTION, deaf)]
    assert ["officer"] == [
        place for _, place, _ in gaps(lived(adopted(1), allocated(2)), Role.NATIONAL_OFFENDER_MANAGER, deaf_officer)
    ]


def test_one_that_listens_is_enough():
    """Of several recipients with the role at a place one that listens is enough."""
    two = directory(recipient("night-desk", Role.PRISON_RECEPTION, DEAF, establishments=["BMI"]))

    assert [] == gaps(lived(adopted(1), received(2)), Role.PRISON_RECEPTION, two)


def test_courts_and_those_who_decide():
    """A court that made an order and has no administrator is missed, and so is whoever decides a recall."""
    ordered, recalled = lived(adopted(1), packed(2)), lived(adopted(1), recall(2, "requested", "requested"))
    administrator = recipient("administrator", Role.COURT_ADMINISTRATOR, courts=["crown"])
    court, unit = Role.COURT_ADMINISTRATOR, Role.PUBLIC_PROTECTION_UNIT

    assert [(court, "crown", {"coordinator"})] == gaps(ordered, court, directory(), "breach.presented")
    assert [] == gaps(ordered, court, directory(administrator), "breach.presented")
    assert [] == gaps(ordered, court, directory())
    assert [(unit, "national", {"coordinator"})] == gaps(recalled, unit, directory(without=["ppu"]))
    assert [] == gaps(recalled, unit, directory()) == gaps(ordered, unit, directory(without=["ppu"]))


def test_nobody_concerned():
    """A role that is not concerned is not missed: no prison where nobody is held, no tier that holds no case."""
    state = lived(adopted(1), allocated(2))

    assert [] == gaps(state, Role.PRISON_RECEPTION, directory(without=["reception-bmi"]))
    assert [] == gaps(state, Role.RESPONSIBLE_OFFICER, directory())
    assert [] == gaps(
        lived(adopted(1), allocated(2, tier="national")), Role.RESPONSIBLE_OFFICER, directory(without=["officer"])
    )


def test_a_police_officer_of_the_scheme_or_the_area():
    """An offender manager hears whether registered for the scheme or for the area."""
    state = lived(adopted(1), address(2, area="E1"))

    for places in ({"schemes": ["north"]}, {"areas": ["E1"]}):
        here = directory(recipient("pom", Role.POLICE_OFFENDER_MANAGER, **places))
        assert [] == gaps(state, Role.POLICE_OFFENDER_MANAGER, here)
    assert ["E1"] == [place for _, place, _ in gaps(state, Role.POLICE_OFFENDER_MANAGER, directory())]


@pytest.mark.parametrize("life", [[received(1)], [adopted(1), received(2), deselected(3)]])
def test_of_a_stranger_nobody_is_told(life):
    """Of somebody on no scheme nobody is told who did not hear."""
    assert [] == gaps(lived(*life), Role.PRISON_RECEPTION, directory(without=["reception-bmi"]))


def test_only_what_must_be_heard():
    """A role that must hear of another event type is not missed at this one."""
    state = lived(adopted(1), received(2))
    here = directory(without=["reception-bmi"])

    assert () == unheard("custody.received", state, {}, [("ppo.alert", Role.PRISON_RECEPTION)], here)


def test_no_coordinator_to_tell():
    """Where no coordinator is registered there is nobody to tell."""
    assert [] == gaps(
        lived(adopted(1), received(2)), Role.PRISON_RECEPTION, directory(without=["reception-bmi", "coordinator"])
    )
