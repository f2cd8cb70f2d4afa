"""Whom an event concerns, and how."""

import pytest
from msgspec.structs import replace

from hub.policy.facts import mask_of, words_of
from hub.register.state import minimal
from hub.routing.route import listening, route, route_addressed
from schemas.labels import Role
from tests.unit.register.lives import (
    address,
    adopted,
    allocated,
    conditions,
    date_set,
    deselected,
    detained,
    directory,
    expected,
    happens,
    lived,
    marker,
    packed,
    progress,
    recall,
    received,
    recipient,
    referred,
    released,
    supervision,
    transferred,
)

HERE = directory()


def concerned(*events, here=HERE, known=()):
    """Who is concerned with the last event, and how."""
    before = lived(*known, *events[:-1])
    return by_words(route(events[-1].type, events[-1].data, before, lived(events[-1], state=before), here))


def by_words(routes):
    return {r: set(words_of("relation", mask)) for r, mask in routes.items()}


MEMBER = adopted(1)
ASSESSED = happens(9, "custody.assessed")


@pytest.mark.parametrize(
    ("life", "who", "how"),
    [
        ([received(2)], "reception-bmi", {"holds"}),
        ([detained(2)], "custody-desk", {"holds"}),
        ([expected(2)], "reception-bmi", {"awaits"}),
        ([], "coordinator", {"lead"}),
        ([adopted(2, "south")], "coordinator-south", {"further"}),
        ([adopted(2, partners=["treatment"])], "treatment", {"partner"}),
        ([allocated(2)], "officer", {"case"}),
        ([allocated(2)], "enforcement", {"case"}),
        ([address(2, area="E1")], "neighbourhood-e1", {"area"}),
        ([address(2, area="E1"), address(3, "unknown")], "neighbourhood-e1", {"area"}),
        (
            [address(2, area="E1"), recall(3, "at-large", "unlawfully-at-large", thought_in_area="W2")],
            "neighbourhood-w2",
            {"area"},
        ),
        ([referred(2, kind="tenancy"), referred(3)], "charity", {"referral", "tenancy"}),
        ([recall(2, "requested", "requested")], "ppu", {"decides"}),
        ([recall(2, "decided", "authorised")], "ppu", {"decides"}),
        (
            [
                date_set(2, received(1).time.date(), met_by="charity"),
                happens(
                    3,
                    "release.gate-meeting-arranged",
                    release=date_set(2, received(1).time.date(), met_by="charity").data.release,
                ),
            ],
            "charity",
            {"gate"},
        ),
    ],
)
def test_concerned_now(life, who, how):
    """Somebody on a scheme concerns those who hold, await, supervise, lead, police, work with or decide."""
    assert how == concerned(MEMBER, *life, ASSESSED).get(who)


@pytest.mark.parametrize(
    ("life", "who"),
    [
        ([received(2), transferred(3, "HEW")], "reception-bmi"),
        ([received(2), released(3)], "reception-bmi"),
        ([allocated(2), supervision(3, "ended")], "officer"),
        ([address(2, area="E1"), address(3, area="W2")], "neighbourhood-e1"),
        ([address(2, area="E1")], "housing-e1"),
        ([referred(2), referred(3, state="closed")], "charity"),
        ([recall(2, "requested", "requested"), recall(3, "rescinded", "rescinded")], "ppu"),
        ([recall(2, "requested", "requested"), recall(3, "decided", "refused")], "ppu"),
        ([packed(2)], "sentencer"),
    ],
)
def test_not_concerned_any_more(life, who):
    """Who no longer holds, supervises, polices or works with the person is not concerned with what comes next."""
    assert who not in concerned(MEMBER, *life, ASSESSED)


@pytest.mark.parametrize(
    ("life", "who", "how"),
    [
        ([received(2), released(3)], "reception-bmi", {"holds"}),
        ([received(2), happens(3, "custody.died")], "reception-bmi", {"holds"}),
        ([deselected(2)], "coordinator", {"lead"}),
        ([allocated(2), supervision(3, "ended", supervised_by="officer")], "officer", {"case"}),
        ([referred(2), referred(3, state="closed")], "charity", {"referral"}),
        ([recall(2, "requested", "requested"), recall(3, "rescinded", "rescinded")], "ppu", {"decides"}),
    ],
)
def test_whose_concern_ends_hears_what_ended_it(life, who, how):
    """Those whose concern an event ends still hear that event itself."""
    assert how == concerned(MEMBER, *life).get(who)


@pytest.mark.parametrize(
    ("life", "who"),
    [
        ([address(2, area="E1"), address(3, area="W2")], "neighbourhood-e1"),
        ([received(2), transferred(3, "HEW")], "reception-bmi"),
        ([allocated(2), allocated(3, supervised_by="other")], "officer"),
    ],
)
def test_nobody_learns_where_somebody_went(life, who):
    """A former area, prison or officer does not hear the event that says who has the person now."""
    assert who not in concerned(MEMBER, *life)


@pytest.mark.parametrize("event", [packed(2), progress(2)], ids=["pack", "progress"])
def test_the_court_of_the_event(event):
    """A court hears of its own order by the event that names it, of somebody on a scheme and of a stranger alike."""
    assert {"own-order"} == concerned(MEMBER, event).get("sentencer") == concerned(event).get("sentencer")


def test_a_stranger_concerns_few():
    """A stranger concerns holders of relations, and the court and the case holder that the event names."""
    life = [referred(1), received(2), address(3, area="E1"), recall(4, "requested", "requested"), allocated(5)]
    named = packed(6)
    before = minimal(lived(*life))

    assert {"charity": {"referral"}, "sentencer": {"own-order"}} == by_words(
        route(named.type, named.data, before, lived(named, state=before), HERE)
    )
    assert {"officer": {"case"}, "enforcement": {"case"}} == concerned(allocated(5))


@pytest.mark.parametrize(
    ("role", "of_the_team"),
    [
        (Role.CUSTODY_OFFICER, True),
        (Role.POLICE_OFFENDER_MANAGER, True),
        (Role.NEIGHBOURHOOD_POLICING, True),
        (Role.INTELLIGENCE, True),
        (Role.ARREST_REFERRAL, False),
        (Role.HOSTEL, False),
    ],
)
def test_the_police_team_of_an_area(role, of_the_team):
    """By an area only the police team's roles are concerned."""
    here = directory(recipient("someone", role, areas=["E1"]))

    assert of_the_team == ("someone" in concerned(MEMBER, address(2, area="E1"), here=here))


def test_a_condition_that_names_a_role():
    """A partner who works with the person hears of a condition that names its role; one who does not, hears nothing."""
    named = conditions(3, Role.VOLUNTARY, Role.HOSTEL)

    assert (
        {"referral", "condition"}
        == concerned(MEMBER, referred(2), named)["charity"]
        == concerned(referred(2), named)["charity"]
    )
    assert "hostel" not in concerned(MEMBER, referred(2), named)


def test_an_alert_is_for_whose_hands():
    """An alert goes to who holds or awaits the person, and to the scheme that leads."""
    state = lived(MEMBER, received(2), allocated(3), address(4, area="E1"))

    assert {"reception-bmi", "healthcare-bmi", "coordinator"} == set(
        route("ppo.alert", ASSESSED.data, state, state, HERE)
    )


def test_notice_of_release_is_for_the_area():
    """Notice of a release goes to the area's police, the case's holder and the lead."""
    state = lived(MEMBER, received(2), allocated(3), address(4, area="E1"))

    assert {"neighbourhood-e1", "officer", "enforcement", "coordinator"} == set(
        route("release.notice", ASSESSED.data, state, state, HERE)
    )


def test_those_who_are_not_in_the_directory():
    """A partner, holder or officer that nobody registered gets nothing."""
    life = [MEMBER, allocated(2, supervised_by="unknown"), referred(3, "stranger"), marker(4, "ghost", "set"), ASSESSED]
    routes = concerned(*life)

    assert not {"unknown", "stranger", "ghost"} & set(routes)
    assert {} == listening({"ghost": 1}, "custody.received", HERE)


def test_who_listens():
    """Only those who subscribe to the event type get it."""
    deaf = directory(recipient("deaf", Role.PRISON_RECEPTION, listens=["ppo.*"], establishments=["BMI"]))
    event = received(2)
    state = lived(MEMBER, event)
    routes = route(event.type, event.data, state, state, deaf)

    assert "deaf" in routes
    assert routes.keys() - {"deaf"} == listening(routes, event.type, deaf).keys()


def test_addressed_by_the_hub():
    """Whom the hub addresses keeps the relation by which a rule may give it something."""
    state = replace(lived(MEMBER, referred(2)), marker_holders=frozenset({"custody-desk"}))
    routes = route_addressed(
        {"charity", "custody-desk", "ghost"}, "referral.updated", ASSESSED.data, state, state, HERE
    )

    assert {"charity": {"referral", "addressed"}, "custody-desk": {"marker-holder", "addressed"}} == by_words(routes)


def test_the_cost_does_not_grow_with_the_country():
    """Routing asks the directory only by place, so recipients elsewhere are never looked at."""

    class Counting(dict):
        asked = 0

        def __getitem__(self, key):
            Counting.asked += 1
            return super().__getitem__(key)

        def __iter__(self):
            raise AssertionError

        def values(self):
            raise AssertionError

    here = directory()
    here.by_place, here.national  # noqa: B018 - made once
    counted = type(here)(agencies={}, recipients=Counting(here.recipients), systems={}, schemes={}, establishments={})
    counted.__dict__.update(by_place=here.by_place, national=here.national)
    state = lived(MEMBER, received(2), allocated(3))

    assert "reception-bmi" in listening(
        route("custody.received", received(2).data, state, state, counted), "custody.received", counted
    )
    assert Counting.asked < 20
    assert (
        mask_of("relation", ["holds"])
        == route("custody.received", received(2).data, state, state, counted)["reception-bmi"]
    )
