"""Two agreements in force together, through the whole path: levels, terms, places and pseudonyms."""

from __future__ import annotations

import json

import pytest
import yaml

from schemas.events.occurrence import Restriction
from schemas.record.need import CarePlan, Engagement, PublicProtection, Risk
from schemas.record.person import Child
from tests.fixtures.agencies import POLICIES
from tests.fixtures.chapters import adopted, received, supervised, works_with
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story

SECOND = POLICIES / "public-protection"


@pytest.fixture
async def story(tmp_path):
    async with Story(tmp_path, policies=(POLICIES, SECOND)) as story:
        yield story


async def level(story, n, **facts):
    """Set the level, and return who is told."""
    await story.settle_mailboxes()
    await story.tell("mappa.level-set", person(1), by="probation", public_protection=PublicProtection(level=n, **facts))
    return await story.everybody()


async def begun(story):
    await adopted(story, person(1))
    await supervised(story, person(1))
    await received(story, only_number(1))


async def test_level_one_stays_with_the_agency_that_leads(story):
    """At level 1 only the officer who holds the case is told, and later copies to others do not say it."""
    await begun(story)
    await works_with(story, person(1), "mental-health-1", "treatment")
    told = await level(story, "1")
    await story.settle_mailboxes()
    await story.tell("risk.assessed", person(1), by="probation", risk=Risk(level="high"))

    assert {"national-offender-manager-1"} == set(told)
    assert "mental-health-1" not in await story.everybody()


async def test_level_two_is_shared_on_its_terms(story):
    """At level 2 the responsible authority is told, with the strictest terms; who treats the person, of the risk."""
    await begun(story)
    await works_with(story, person(1), "mental-health-1", "treatment")
    told = await level(story, "2")
    await story.settle_mailboxes()
    await story.tell("risk.assessed", person(1), by="probation", risk=Risk(level="high"))
    assessed = await story.everybody()

    assert {"national-offender-manager-1", "prison-offender-management-1", "prison-security-1"} == set(told)
    for copies in told.values():
        assert {"level": "2", "ended": False} == copies[0].given["public_protection"]
        assert {
            "delete_days_after_concern": 90,
            "marking": "OFFICIAL-SENSITIVE",
            "do_not_pass_on": True,
            "not_in_reports": True,
        } == copies[0].handling["terms"]
    assert {"level": "high"} == assessed["mental-health-1"][0].given["risk"]
    assert "public_protection" not in assessed["mental-health-1"][0].given


async def test_level_three_is_acknowledged(story):
    """At level 3 whoever is told that it was set has a day to acknowledge it."""
    await begun(story)
    told = await level(story, "3")

    assert {24 * 60} == {copies[0].handling["terms"]["acknowledge_within_minutes"] for copies in told.values()}


async def test_what_has_ended_is_level_one_again(story):
    """When the arrangements end, who holds the case is told, and nobody else."""
    await begun(story)
    await level(story, "3")

    assert {"national-offender-manager-1"} == set(await level(story, "3", ended=True))


async def test_a_withholding_of_either_wins(story):
    """A restricted record is withheld from all but supervising officers, at whatever level."""
    await begun(story)
    await level(story, "2")
    await story.tell("record.restricted", person(1), by="probation", restriction=Restriction(restricted=True))

    assert {"national-offender-manager-1"} == set(await level(story, "3"))


@pytest.mark.parametrize(("child", "whole"), [("none", False), ("lives", True)])
async def test_an_agreement_gives_nothing_in_the_messages_of_another(story, child, whole):
    """Where only the second agreement sends children's services a risk, the first gives nothing beside it; where the
    first sends it as well, because a child lives there, the copy has what both give.
    """
    await begun(story)
    await works_with(story, person(1), "childrens-services-1")
    await level(story, "2")
    await story.settle_mailboxes()
    assessed = Risk(level="high", to_children="Not alone with them.")
    who, children = person(1, vulnerability="Easily led."), [Child(at_address=child)]
    await story.tell("risk.assessed", who, by="probation", risk=assessed, children=children)
    (copy,) = (await story.everybody())["childrens-services-1"]

    assert "high" == copy.given["risk"]["level"]
    assert whole == ("to_children" in copy.given["risk"])
    assert whole == ("vulnerability" in copy.given["subject"])
    assert ("west-midlands-offender-management" in str(copy.handling["agreements"])) == whole
    assert "west-midlands-public-protection" in str(copy.handling["agreements"])


EXTRA = {
    "agreement": "north",
    "title": "An area's own",
    "owner": "Board",
    "parties": ["Police"],
    "agreed": "2026-04-01",
    "review": "2027-03-01",
    "ends": "2027-09-30",
    "under": "west-midlands-offender-management",
    "regime": "law-enforcement",
    "purposes": {"count": "To count people", "find": "To find people"},
    "gateways": {"cda-115": "Crime and Disorder Act 1998, section 115 (power to disclose)"},
}


def area(folder, *rules, **more):
    """Write an area's agreement that stands under the default one."""
    rules = [{"id": f"area-{i}", "gateway": "cda-115", "purpose": "count", **rule} for i, rule in enumerate(rules)]
    path = folder / "north.yaml"
    text = yaml.safe_dump(json.loads(json.dumps({**EXTRA, **more, "rules": rules})), sort_keys=False)
    for day in ("agreed", "review", "ends"):
        text = text.replace(f"'{EXTRA[day]}'", EXTRA[day])
    path.write_text(text)
    return path


async def test_an_area_gives_in_its_own_places(tmp_path):
    """What an agreement of one establishment gives, the desks there get, and those of another do not."""
    rule = {"give": "photograph", "to": "prison-security", "about": "custody.received"}
    policies = (POLICIES, area(tmp_path, rule, places=["establishment/BMI"]))
    async with Story(tmp_path, policies=policies) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        seen = {}
        for place, desk in (("BMI", "prison-security-1"), ("ONI", "prison-security-2")):
            await received(story, person(1, photograph="https://photographs.example/1"), place)
            copies = (await story.everybody())[desk]
            seen[place] = any("photograph" in c.given.get("subject", {}) for c in copies)

    assert {"BMI": True, "ONI": False} == seen


WORKING = {"relation": ["treatment", "referral"]}
PSEUDONYMS = [
    {"give": given, "to": ["gp", "contracted-provider"], "about": about, "when": WORKING, "purpose": purpose}
    for purpose, about, topic in (
        ("count", "engagement.reported", "engagement"),
        ("find", "care-plan.updated", "care-plan"),
    )
    for given in (topic, "references as pseudonym")
]


async def test_pseudonyms_of_two_agencies_and_purposes(tmp_path):
    """Two agencies get other pseudonyms of one person, each the same again; for another purpose each gets others."""
    async with Story(tmp_path, policies=(POLICIES, area(tmp_path, *PSEUDONYMS))) as story:
        await adopted(story, person(1))
        await works_with(story, person(1), "gp-1", "treatment")
        await works_with(story, person(1), "contracted-provider-1")
        first = await pseudonyms(story, "engagement.reported", engagement=Engagement(engaging=True))
        again = await pseudonyms(story, "engagement.reported", engagement=Engagement(engaging=False))
        other = await pseudonyms(story, "care-plan.updated", care_plan=CarePlan(courses=["bricklaying"]))

    assert first == again
    sets = [*first.values(), *other.values()]
    assert [2, 2, 2, 2] == [len(each) for each in sets]
    assert 8 == len(set().union(*sets))


async def pseudonyms(story, kind, **blocks):
    """Tell something, and return the pseudonyms that each of the two gets, of whom neither gets a reference."""
    await story.settle_mailboxes()
    await story.tell(kind, person(1), **blocks)
    everybody = await story.everybody()
    found = {}
    for desk in ("gp-1", "contracted-provider-1"):
        (copy,) = everybody[desk]
        assert all(identifier.value.encode() not in copy.body for identifier in person(1).identifiers)
        found[desk] = {each["pseudonym"] for each in copy.given["subject"]["identifiers"]}
    return found
