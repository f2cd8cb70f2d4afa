"""Whoever may know the status in some cases gets nothing that tells it in the others, whatever the others rest on."""

from __future__ import annotations

import sqlite3

import pytest

from hub.ledger.entry import decode_entry
from hub.pipeline.disclosed import Asked
from hub.policy.status import KEPT
from schemas.labels import Role
from schemas.record.need import Engagement, Health
from tests.fixtures.chapters import adopted, member, recall, received, supervised, works_with
from tests.fixtures.people import person
from tests.fixtures.story import Story

PARTNERSHIP = """
agreement: drug-partnership
title: Drug treatment partnership
owner: Partnership Board
parties: [Health, Police, Schemes]
agreed: 2026-01-01
review: 2027-01-01
regime: general
special-categories: {condition: Schedule 1 paragraph 2, policy-document: First edition}
purposes: {treat: To treat}
gateways: {hsca: Health and Social Care Act 2012}
rules:
  - {id: name, give: name, to: everyone, accompanies: true, purpose: treat, gateway: hsca}
  - {id: status, give: [marker, strands], to: drug-treatment, purpose: treat, gateway: hsca}
  - {id: custody, give: custody-fact, to: drug-treatment, purpose: treat, gateway: hsca}
"""
TREATMENT = "drug-treatment-1"
WITHHELD = {
    "the kind": ("[marker, strands]", "kind: PPO"),
    "the strand": ("[marker, strands]", "strand: catch-and-convict"),
    "the basis": ("[marker, strands]", "basis: statutory"),
    "consent": ("[marker, strands]", "consent: withdrawn"),
    "the marker alone": ("marker", "kind: PPO"),
}
"""What is withheld from treatment, and where: all of it is so here, and nothing of it is of somebody on no scheme."""


@pytest.fixture(params=WITHHELD.values(), ids=WITHHELD)
async def story(request, tmp_path):
    what, where = request.param
    rule = f"  - {{id: not-here, withhold: {what}, from: drug-treatment, when: {{{where}}}}}\n"
    (tmp_path / "agreement.yaml").write_text(PARTNERSHIP + rule)
    async with Story(tmp_path, policies=(tmp_path / "agreement.yaml",)) as story:
        await adopted(story, person(1))
        await supervised(story, person(1), kind="community-order")
        await story.tell("consent.changed", person(1), by="health", health=Health(consent="withdrawn"))
        for number in (1, 2):
            await works_with(story, person(number), TREATMENT)
        await story.settle_mailboxes()
        yield story


def recorded(story):
    with sqlite3.connect(story.path) as db:
        rows = db.execute('SELECT content FROM entries ORDER BY "index"').fetchall()
    db.close()
    return [entry for (content,) in rows if (entry := decode_entry(content)).auditor]


async def test_no_message_and_no_leaf_tells_it(story):
    """A message about a scheme does not come, one that runs alike has no leaf of a scheme, and a question is answered
    as of a stranger.
    """
    await story.tell("ppo.strands-changed", person(1), memberships=[member(strands=["catch-and-convict"])])
    for number in (1, 2):
        await received(story, person(number), memberships=[member(strands=["catch-and-convict"])] * (number == 1))
    on_a_scheme, on_none = await story.news(TREATMENT)

    assert ["custody.received"] * 2 == [on_a_scheme.type, on_none.type]
    assert {"subject", "custody"} == set(on_a_scheme.given) == set(on_none.given)
    assert on_none.handling | {"entry": ""} == on_a_scheme.handling | {"entry": ""}
    assert (
        {} == await story.look_up(Role.DRUG_TREATMENT, person(1)) == await story.look_up(Role.DRUG_TREATMENT, person(3))
    )


async def test_it_is_decided_again_alike(story):
    """The record says that the status was kept, so that the same comes out when it is decided again, and explained."""
    await story.tell("ppo.strands-changed", person(1), memberships=[member(strands=["catch-and-convict"])])
    await received(story, person(1), memberships=[member(strands=["catch-and-convict"])])
    entries, operator = recorded(story), story.principal("operator")
    found = [await story.hub.agreements.again(operator, entry.id, "a complaint") for entry in entries]
    entry = next(entry for entry in entries if entry.event == "custody.received")
    asked = Asked(event=entry.id, source="", recipient=TREATMENT, reason="a complaint")
    (told,) = await story.hub.told.explain(operator, asked)

    assert [] == [each.otherwise for each in found if each.otherwise]
    assert told.as_for_anybody
    assert told.told
    assert () == told.otherwise
    assert next(w.withheld["marker"] for w in entry.auditor if w.recipient == TREATMENT) in {KEPT, "not-here"}


RECALLED = """
  - {id: attending, give: [referral, engagement], to: mentor, when: {relation: referral}, purpose: treat, gateway: hsca}
  - {id: not-when-recalled, withhold: engagement, from: mentor, when: {licence: recalled}}
"""


async def test_what_is_not_known_of_anybody_withholds(tmp_path):
    """Of somebody on no scheme no licence is known: what is withheld by it is withheld from whoever may not know the
    status, and a scheme makes no difference.
    """
    (tmp_path / "agreement.yaml").write_text(PARTNERSHIP + RECALLED)
    async with Story(tmp_path, policies=(tmp_path / "agreement.yaml",)) as story:
        await adopted(story, person(1))
        await supervised(story, person(1))
        for number in (1, 2):
            await works_with(story, person(number), "mentor-1")
            await recall(story, person(number), "authorised", "recall.decided")
        await story.settle_mailboxes()
        for number in (1, 2):
            await story.tell("engagement.reported", person(number), by="health", engagement=Engagement(attending=True))

        assert [] == await story.news("mentor-1")
