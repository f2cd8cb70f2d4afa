"""Agreements in layers: nothing below lifts what stands above, outlives it, or reaches further."""

from __future__ import annotations

import copy
import datetime as dt

import pytest
import yaml

from hub.errors import DocumentInvalid
from hub.policy.decide import Policy
from hub.policy.facts import INDEX, situation
from hub.policy.load import load_agreements
from hub.policy.places import PLACES
from schemas.catalogue import CATALOGUE
from schemas.labels import Role
from tests.unit.policy.conftest import SMALL, give, withhold

DAYS = {"agreed": dt.date(2026, 1, 1), "review": dt.date(2027, 1, 1)}
ENDS = {"ends": dt.date(2027, 6, 1)}
FACT = give("custody-fact", "police")
NEVER = withhold("custody-place", "intelligence", always=True, id="never-the-place")


@pytest.fixture
def layers(tmp_path):
    """Write a region's agreement and an area's under it, and read both."""

    def load(upper=(), lower=(), *, above=ENDS, below=ENDS, under="region"):
        for name, rules, more in (("region", upper, above), ("area", lower, {"under": under, **below})):
            named = [{**rule, "id": f"{name}-{rule['id']}"} for rule in ({**FACT, "id": "fact"}, *rules)]
            document = {**copy.deepcopy(SMALL), **DAYS, **more, "agreement": name, "rules": named}
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
        return load_agreements([tmp_path])

    return load


def decide(agreements, role="intelligence", kind="custody.received", places=(), **facts):
    case = situation(relation="holds", status="member", **facts)
    case[INDEX["at"]] = PLACES.value(places)
    return Policy(agreements).program(Role(role), CATALOGUE[kind]).decide(tuple(case))


def test_a_withholding_above_wins(layers):
    """What the region withholds in some cases the area cannot give in these; in all others it gives it."""
    when = {"custody": "held"}
    agreements = layers([withhold("custody-place", "police", when=when)], [give("custody-place", "police")])

    assert "custody.establishment" not in decide(agreements, custody="held").given
    assert "custody.establishment" in decide(agreements, custody="out").given


def test_a_withholding_below_wins(layers):
    """What the area withholds the region does not give there."""
    agreements = layers([give("custody-place", "police")], [withhold("custody-place", "police")])

    assert "custody.establishment" not in decide(agreements).given


REFUSED = {
    "always withheld": (
        {"upper": [NEVER], "lower": [give("custody-place", "police")]},
        "'custody-place' is always withheld from intelligence by 'region-never-the-place' of 'region'",
    ),
    "a field of what is always withheld": (
        {"upper": [NEVER], "lower": [give("custody.establishment", "police")]},
        "'custody.establishment' is always withheld from intelligence by 'region-never-the-place' of 'region'",
    ),
    "less of what is always withheld": (
        {
            "upper": [withhold("date-of-birth", "police", always=True)],
            "lower": [give("date-of-birth as year", "police")],
        },
        "'date-of-birth' is always withheld from custody-officer, intelligence by",
    ),
    "everything is always withheld": (
        {
            "upper": [withhold("everything", "police", always=True, when={"restricted": "yes"})],
            "lower": [give("photograph", "police", when={"restricted": "yes"})],
        },
        "'photograph' is always withheld from custody-officer, intelligence by",
    ),
    "it outlives what stands above": ({"below": {"ends": dt.date(2027, 6, 2)}}, "must end with 'region'"),
    "it has no end": ({"below": {}}, "must end with 'region'"),
    "it begins before": ({"below": {**ENDS, "agreed": dt.date(2025, 12, 31)}}, "begins on 2025-12-31, before 'region'"),
    "it reaches further": (
        {"above": {**ENDS, "places": ["area/n"]}, "below": {**ENDS, "places": ["area/n", "area/s"]}},
        "names area/s, where 'region', under which it stands, does not reach",
    ),
    "it reaches everywhere": ({"above": {**ENDS, "places": ["area/n"]}}, "must name its places"),
    "nothing stands above": ({"under": "regoin"}, "stands under 'regoin', which is not among these files"),
    "it stands under itself": ({"under": "area"}, "in the end under itself"),
    "they go round": ({"above": {**ENDS, "under": "area"}}, "in the end under itself"),
}


@pytest.mark.parametrize(("said", "why"), REFUSED.values(), ids=REFUSED)
def test_refused_below(layers, said, why):
    """What would lift, outlive or outreach the agreement above is refused, with file and what is wrong."""
    with pytest.raises(DocumentInvalid) as refused:
        layers(**said)

    assert any(why in p.rule and p.field.partition(":")[0].endswith(".yaml") for p in refused.value.problems)


TAKEN = {
    "always, in some other case": {
        "upper": [withhold("custody-place", "police", always=True, when={"restricted": "yes"})],
        "lower": [give("custody-place", "police")],
    },
    "always, from others": {"upper": [NEVER], "lower": [give("custody-place", "custody-officer")]},
    "always, in other events": {
        "upper": [{**NEVER, "about": "release.*"}],
        "lower": [give("custody-place", "police", about="custody.*")],
    },
    "not always": {"upper": [withhold("custody-place", "police")], "lower": [give("custody-place", "police")]},
    "above has no end": {"above": {}, "below": {}},
    "it ends before": {"below": {"ends": dt.date(2027, 5, 1)}},
    "it reaches less": {
        "above": {**ENDS, "places": ["area/n", "area/s"]},
        "below": {**ENDS, "places": ["area/n"]},
    },
}


@pytest.mark.parametrize("said", TAKEN.values(), ids=TAKEN)
def test_taken_below(layers, said):
    """What leaves all that stands above as it is may be said below it."""
    assert ["area", "region"] == [a.name for a in layers(**said)]


def test_an_upper_layer_reaches_the_places_that_it_names(layers):
    """Grants of an agreement that names places reach recipients there, and nobody of whom no place is known."""
    upper = [give("custody-place", "police")]
    agreements = layers(upper, above={**ENDS, "places": ["area/n"]}, below={**ENDS, "places": ["area/n"]})
    places = {"there": ["area/n"], "also there": ["area/s", "area/n"], "elsewhere": ["area/s"], "nowhere": []}

    assert {"there": True, "also there": True, "elsewhere": False, "nowhere": False} == {
        name: "custody.establishment" in decide(agreements, places=some).given for name, some in places.items()
    }


def test_a_withholding_reaches_everywhere(layers):
    """What an agreement of some places withholds it withholds from everybody, unless the rule names places too."""
    lower = [withhold("custody-place", "police"), withhold("custody-fact", "police", when={"at": "area/n"})]
    agreements = layers([give("custody-place", "police")], lower, below={**ENDS, "places": ["area/n"]})

    assert ["custody.in_custody" in decide(agreements, places=[p]).given for p in ("area/n", "area/s")] == [False, True]
    assert "custody.establishment" not in decide(agreements, places=["area/s"]).given


def test_nothing_below_stands_alone(layers):
    """On every day on which the agreement below is in force, the one above is."""
    agreements = layers(below={"ends": dt.date(2027, 5, 1)})
    days = [dt.date(2025, 12, 31) + dt.timedelta(days=n) for n in range(600)]

    for day in days:
        names = {agreement.name for agreement in agreements if agreement.in_force(day)}
        assert "area" not in names or "region" in names
