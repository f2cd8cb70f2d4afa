"""Recall and breach: at once to those who act, the papers to the court, and the status never to the bench."""

import datetime as dt

from schemas.labels import Role
from schemas.record.case import Case
from schemas.record.custody import Custody
from schemas.record.enforcement import Breach, BreachPack, MissedAppointment, OrderProgress, Recall
from schemas.record.need import Health, Risk
from tests.fixtures.chapters import adopted, recall, received, released, supervised
from tests.fixtures.people import only_number, person


async def on_licence(story):
    """Somebody on a scheme has been released on licence to the northern area."""
    await adopted(story, person(1))
    await supervised(story, person(1))
    await received(story, only_number(1), reason="sentence")
    await released(story, only_number(1), area="N1")
    await story.settle_mailboxes()


async def test_a_recall_from_request_to_return(story):
    """A recall reaches police and ministry at once; at large, the police of the area where the person is thought to
    be; and its end, when a prison receives them.
    """
    await on_licence(story)

    await recall(story, person(1), "requested", "recall.requested", reasons="missed three appointments")
    requested = await story.everybody()
    await recall(story, person(1), "authorised", "recall.decided", kind="standard")
    decided = await story.everybody()
    await recall(
        story,
        person(1),
        "unlawfully-at-large",
        "recall.at-large",
        likely_whereabouts="with a friend",
        thought_in_area="S1",
    )
    at_large = await story.everybody()
    await received(story, only_number(1), "ONI", reason="unknown")
    back = await story.everybody()

    assert {
        "public-protection-unit-1",
        "police-offender-manager-1",
        "neighbourhood-policing-1",
        "coordinator-1",
    } <= set(requested)
    assert "reasons" not in requested["neighbourhood-policing-1"][0].given["recall"]
    assert "missed three appointments" == requested["police-offender-manager-1"][0].given["recall"]["reasons"]
    assert "urgent" == requested["neighbourhood-policing-1"][0].lane
    assert "neighbourhood-policing-1" in decided
    assert "with a friend" == at_large["neighbourhood-policing-2"][0].given["recall"]["likely_whereabouts"]
    returned = [c for c in back["coordinator-1"] if c.type == "recall.returned"]
    assert "returned" == returned[0].given["recall"]["stage"]
    assert {"recall.returned", "ppo.alert"} <= {c.type for c in back["prison-reception-2"]}


async def test_a_recall_that_no_message_says(story):
    """A reception of somebody on licence is told as a return on recall, though neither reason nor request says so."""
    await on_licence(story)

    await received(story, only_number(1), reason="unknown")

    assert "recall.returned" in await story.types(Role.NATIONAL_OFFENDER_MANAGER)


async def test_a_refused_recall_leaves_the_licence(story):
    """After a refusal nobody decides any more, and a new reception is still known as a return."""
    await on_licence(story)
    await recall(story, person(1), "requested", "recall.requested")
    await recall(story, person(1), "refused", "recall.decided")
    await story.settle_mailboxes()

    await story.tell("risk.assessed", person(1), by="probation", risk=Risk(level="high"))

    assert "public-protection-unit-1" not in await story.everybody()


def pack(**more):
    return BreachPack(
        court="north-court",
        order_reference="ORDER-7",
        requirement_breached="to comply with supervision",
        statement="missed twice",
        statement_declared_free=True,
        missed=[MissedAppointment(on=dt.date(2026, 9, 1))],
        hearing_on=dt.date(2026, 11, 2),
        **more,
    )


async def test_breach_papers_reach_the_court(story):
    """The court of the order gets the pack, its sentencer too, without scheme wording, clinical note or
    intelligence.
    """
    await adopted(story, person(1))
    await supervised(story, person(1), kind="community-order")
    await story.settle_mailboxes()
    secret = {
        "scheme_requirement": "to work with the PPO scheme",
        "clinical_note": "a clinical fact",
        "intelligence_note": "a source said",
    }

    papers = Breach(stage="presented", of_what="community-order", pack=pack(**secret))
    await story.tell(
        "breach.presented", person(1), by="probation", breach=papers, health=Health(diagnosis="a clinical fact")
    )
    everybody = await story.everybody()

    (bench,) = everybody["sentencer-1"]
    assert "breach.presented" == bench.type
    assert "to comply with supervision" == bench.given["breach"]["pack"]["requirement_breached"]
    assert not {"scheme_requirement", "clinical_note", "intelligence_note"} & set(bench.given["breach"]["pack"])
    assert "memberships" not in bench.given
    for word in (b"PPO", b"scheme", b"clinical fact", b"Northtown", b"Nia North"):
        assert word not in bench.body
    assert bench.given["breach"] == everybody["court-administrator-1"][0].given["breach"]
    assert "sentencer-2" not in everybody


async def test_the_progress_of_an_order_reaches_its_court_alone(story):
    """The court that made an order hears of attendance under it; test results only where the order requires testing."""
    await adopted(story, person(1))
    await supervised(story, person(1), kind="community-order")
    await story.settle_mailboxes()
    progress = OrderProgress(
        court="north-court", order_reference="ORDER-7", attended=4, missed=1, complying=True, ordered_tests=["negative"]
    )

    await story.tell("order.progress", person(1), by="probation", order_progress=progress)
    (without,) = await story.news(Role.SENTENCER)
    await supervised(story, person(1), kind="community-order", testing_required=True)
    await story.tell("order.progress", person(1), by="probation", order_progress=progress)

    assert {"court", "order_reference", "attended", "missed", "complying"} == set(without.given["order_progress"])
    assert b"PPO" not in without.body
    assert "sentencer-2" not in await story.everybody()


async def test_ordered_tests_reach_the_court_where_the_order_requires_them(story):
    """The report itself says that its order requires testing: then its court has the results, of whomever it is."""
    await adopted(story, person(1))
    await supervised(story, person(1), kind="community-order", testing_required=True)
    await story.settle_mailboxes()
    progress = OrderProgress(court="north-court", order_reference="ORDER-7", ordered_tests=["negative"])
    order = {"reference": "CASE-1", "kind": "community-order"}
    for number, required in ((1, True), (2, True), (1, False), (2, False)):
        cases = [Case(**order, testing_required=required)]
        await story.tell("order.progress", person(number), by="probation", order_progress=progress, cases=cases)
    tested = [copy.given["order_progress"].get("ordered_tests") for copy in await story.news(Role.SENTENCER)]

    assert [["negative"], ["negative"], None, None] == tested


async def test_unlawfully_at_large_from_prison(story):
    """Somebody who escapes is no longer the prison's: police and officer hear, and no release is told."""
    await adopted(story, person(1))
    await supervised(story, person(1))
    await received(story, only_number(1), reason="sentence")
    await story.settle_mailboxes()

    await story.tell(
        "recall.at-large",
        only_number(1),
        by="prisons",
        recall=Recall(stage="unlawfully-at-large"),
        custody=Custody(in_custody=False, left_because="absconded"),
    )
    everybody = await story.everybody()

    assert "recall.at-large" in [c.type for c in everybody["coordinator-1"]]
    assert "concern.ended" in [c.type for c in everybody["prison-reception-1"]]
    assert not [c for copies in everybody.values() for c in copies if c.type.startswith("release.")]
