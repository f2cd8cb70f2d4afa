"""The record answers what was told about a person, to an agency, on a ground, and what was never given."""

import asyncio
import csv
import datetime as dt
import io
import json
import secrets
import shutil
from collections import Counter

import pytest
from sqlalchemy import NullPool, create_engine, text

from hub.errors import BadQuestion, NotFound
from hub.ledger.entry import decode_entry
from hub.ledger.questions.exported import cell_of
from hub.ledger.questions.pages import html, markdown
from hub.ledger.questions.restrictions import Restriction
from hub.pipeline.answers import Period
from schemas.labels import Role
from schemas.never import main, verify_never
from schemas.never_file import read_never, write_never
from schemas.note import open_checkpoint
from schemas.record.need import Risk
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import adopted, date_set, received, supervised
from tests.fixtures.people import person
from tests.fixtures.story import MORNING, Story

RECEPTION = recipient_id(Role.PRISON_RECEPTION)
COORDINATOR = recipient_id(Role.COORDINATOR)
WHY = "a request by the person"
DAY = dt.timedelta(days=1)
END = MORNING + 3 * DAY


async def live(story):
    """Two people on a scheme, on three days: received, given dates, looked up, and one of them assessed."""
    for day in range(3):
        story.now = MORNING + day * DAY
        for number in (1, 2):
            if not day:
                await adopted(story, person(number))
                await supervised(story, person(number))
            await received(story, person(number))
            await date_set(story, person(number), story.now.date())
        if day == 1:
            await story.look_up(Role.COORDINATOR, person(1))
            await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="high"))
    story.now = END


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A past that all tests of this module have in common; whoever goes on from it takes a copy of its store."""
    folder, secret = tmp_path_factory.mktemp("past"), secrets.token_bytes(32)

    async def make():
        async with Story(folder, secret=secret) as story:
            await live(story)

    asyncio.run(make())
    return folder, secret


@pytest.fixture
async def story(past, tmp_path):
    folder, secret = past
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    async with Story(tmp_path, secret=secret, now=END) as story:
        yield story


@pytest.fixture
async def stored(either_store, tmp_path):
    """The same past, on each store."""
    async with Story(tmp_path, database=either_store) as story:
        await live(story)
        yield story


def operator(story):
    return story.principal("operator")


def day(number, length=1):
    begins = MORNING - dt.timedelta(hours=1)
    return Period(begins + number * DAY, begins + (number + length) * DAY)


def recorded(story):
    with create_engine(story.database or f"sqlite:///{story.path}", poolclass=NullPool).connect() as db:
        return [
            decode_entry(content) for (content,) in db.execute(text('SELECT content FROM entries ORDER BY "index"'))
        ]


async def test_what_was_told_about_a_person(stored):
    """Every telling about somebody, and no other, is in the statement, up to a checkpoint that opens."""
    found = await stored.hub.ledger.questions.subject(operator(stored), person(1), WHY)

    entries = recorded(stored)
    about = {e.person for e in entries if e.id == found.as_of.question}
    wanted = [(e.id, b.recipient) for e in entries if e.person in about for b in e.branches]
    assert wanted == [(t.entry, t.recipient) for t in found.told]
    assert len(wanted) > 10
    assert {e.id for e in entries if e.kind == "disclosure" and e.person not in about}
    signed = open_checkpoint(found.as_of.checkpoint, *stored.hub.ledger.log.keys().verifiers)
    assert len(entries) == signed.size == found.as_of.size
    assert any("release date" in told.kinds and told.purposes and told.powers for told in found.told)
    assert len([e for e in entries if e.person in about and e.kind == "collection"]) == len(found.collected)


async def test_the_document_is_plain_and_accessible(story):
    """The page and the text name everything told, in words, and repeat no value."""
    found = await story.hub.ledger.questions.subject(operator(story), person(1), WHY)
    page, plain = html(found), markdown(found)

    for document in (page, plain):
        assert str(found.as_of.size) in document
        assert found.told[0].agency in document
        assert person(1).surname not in document
    assert '<html lang="en-GB">' in page
    assert page.count("<h3") == len(found.told) == plain.count("\n### ")
    assert "A prison received somebody" in page


async def test_a_restriction_is_said_and_not_what_it_hides(story):
    """What is left out is said to be left out, on the ground stated for its regime, and nothing else of it."""
    whole = await story.hub.ledger.questions.subject(operator(story), person(1), WHY)
    hidden = Restriction(grounds=("45-4-b", "sch2-2"), recipients=(RECEPTION,))
    leaf = Restriction(grounds=("45-4-e", "sch2-16"), categories=("release-date",))
    found = await story.hub.ledger.questions.subject(operator(story), person(1), WHY, [hidden, leaf])

    assert RECEPTION in {t.recipient for t in whole.told}
    assert RECEPTION not in {t.recipient for t in found.told}
    assert any("criminal offences" in why for why in found.restricted)
    assert not any("release date" in t.kinds for t in found.told)
    left_out = [t for t in found.told if t.left_out]
    assert [t.entry for t in whole.told if "release date" in t.kinds and t.recipient != RECEPTION] == [
        t.entry for t in left_out
    ]
    for document in (html(found), markdown(found)):
        assert "Restricted:" in document.replace("<strong>", "").replace("</strong>", "")
        assert RECEPTION not in document


async def test_a_restriction_needs_a_ground_of_the_same_regime(story):
    """A ground of the other regime leaves nothing out, nor does one that is unknown or says of nothing."""
    general = Restriction(grounds=("sch2-2",), recipients=(RECEPTION,))
    unknown = Restriction(grounds=("no-such",), recipients=(RECEPTION,))
    for wrong in (general, unknown, Restriction(grounds=("45-4-b",))):
        with pytest.raises(BadQuestion):
            await story.hub.ledger.questions.subject(operator(story), person(1), WHY, [wrong])


async def test_what_an_agency_got(stored):
    """Page by page, everything that an agency's recipients got in a period is told once, and nothing of others."""
    agency = next(r["agency"] for r in stored.agencies.recipients if r["id"] == RECEPTION)
    period, after, got = day(0, 2), "", []
    while True:
        page = await stored.hub.ledger.questions.received(operator(stored), agency, period, WHY, after=after, limit=3)
        got += page.given
        if not (after := page.after):
            break
    wanted = [
        (e.id, b.recipient, b.number)
        for e in recorded(stored)
        if period.has(e.at)
        for b in e.branches
        if b.agency == agency
    ]

    assert sorted(wanted) == sorted((g.entry, g.recipient, g.number) for g in got)
    assert len(wanted) > 3
    assert all(g.given and g.agreements and g.person for g in got)


async def test_what_rests_on_a_rule_or_an_agreement(stored):
    """The disclosures of a period that rest on a rule are told with the leaves that do; those of an agreement whole."""
    entries, period = recorded(stored), day(1, 2)
    views = [(e, b, e.views[b.view]) for e in entries if period.has(e.at) for b in e.branches]
    rules = Counter(rule for _, _, v in views for leaf in v.by_path().values() for rule in leaf.rules)
    rule = rules.most_common()[-1][0]
    page = await stored.hub.ledger.questions.resting(operator(stored), f"rule {rule}", period, WHY)

    wanted = [
        (e.id, b.recipient, tuple(p for p, leaf in v.by_path().items() if rule in leaf.rules))
        for e, b, v in views
        if any(rule in leaf.rules for leaf in v.by_path().values())
    ]
    assert wanted == [(g.entry, g.recipient, tuple(g.given)) for g in page.given]
    for name in (views[0][2].agreements[0], views[0][2].agreements[0].partition("@")[0]):
        page = await stored.hub.ledger.questions.resting(operator(stored), f"agreement {name}", period, WHY)
        assert len([v for _, _, v in views if v.agreements]) == len(page.given)
    nothing = await stored.hub.ledger.questions.resting(operator(stored), "rule no-such-rule", period, WHY)
    assert () == nothing.given


async def test_every_question_is_recorded(story):
    """Each question stands in the record with who asked, under which regime, before it is answered."""
    period, asks = day(0), story.hub.ledger.questions
    await asks.subject(operator(story), person(1), WHY)
    await asks.received(operator(story), "prisons", period, WHY)
    await asks.resting(operator(story), "rule x", period, WHY)
    await asks.never(operator(story), RECEPTION, "clinical", period, WHY)
    assert [line async for line in asks.export(operator(story), period, "csv", WHY)]
    last = recorded(story)[-5:]

    assert [
        "ledger.subject", "ledger.received", "ledger.resting-on", "ledger.never-given", "ledger.exported",
    ] == [e.event for e in last]  # fmt: skip
    assert {("consultation", story.agencies.client_id("operator"))} == {(e.kind, e.by) for e in last}
    assert person(1).surname not in str(last)


async def test_an_agency_asks_of_its_own_alone(story):
    """An agency sees what it was given itself, without the hub's id of a person, and nothing of anybody else's."""
    mine, period = story.principal("prisons"), day(0, 3)
    page = await story.hub.ledger.questions.resting(mine, f"agreement {recorded_agreement(story)}", period, WHY)

    assert {"prisons"} == {g.agency for g in page.given}
    assert {""} == {g.person for g in page.given}
    assert (await story.hub.ledger.questions.received(mine, "prisons", period, WHY)).given
    with pytest.raises(NotFound):
        await story.hub.ledger.questions.received(mine, "police", period, WHY)
    with pytest.raises(NotFound):
        await story.hub.ledger.questions.never(mine, COORDINATOR, "clinical", period, WHY)
    with pytest.raises(NotFound):
        await story.hub.ledger.questions.subject(mine, person(1), WHY)
    with pytest.raises(NotFound):
        await anext(story.hub.ledger.questions.export(mine, period, "csv", WHY))


def recorded_agreement(story):
    return next(v.agreements[0].partition("@")[0] for e in recorded(story) for v in e.views if v.agreements)


async def test_what_a_collection_says(story):
    """What was published is recorded with the regime of who did, what of the register it altered, and of whom."""
    collected = {(e.event, e.by): e for e in recorded(story) if e.kind == "collection"}
    (adopted_entry,) = [e for (event, _), e in collected.items() if event == "ppo.adopted"]
    (assessed,) = [e for (event, _), e in collected.items() if event == "risk.assessed"]
    (asked,) = [e for e in recorded(story) if e.event == "person.looked-up"]

    assert {"memberships", "details"} <= set(adopted_entry.processing.altered)
    assert ("law-enforcement", ("risk",)) == (assessed.processing.regime, assessed.processing.altered)
    assert {"law-enforcement"} == {e.processing.regime for e in collected.values()} | {asked.processing.regime}
    assert {asked.category} == {e.category for e in recorded(story) if e.kind == "disclosure"} - {"unknown"}


async def test_a_question_that_told_nothing_says_why(story):
    """Of a look-up that was answered with nothing the auditor's part has what was withheld, and the chain no branch."""
    assert {} == await story.look_up(Role.COUNCIL_HOUSING, person(1))
    entry = recorded(story)[-1]

    assert ((), ()) == (entry.branches, entry.views)
    assert ("person.looked-up", person_of(story)) == (entry.event, entry.person)


def person_of(story):
    return next(e.person for e in recorded(story) if e.event == "person.looked-up")


async def never(story, recipient, category, period):
    return await story.hub.ledger.questions.never(operator(story), recipient, category, period, WHY)


async def test_what_was_never_given_is_proved(stored, tmp_path):
    """A file shows that a recipient never got something in a period, at the chain's beginning, middle and end."""
    file, key = tmp_path / "never.json", str(stored.hub.ledger.log.keys().verifiers[-1])
    for period, to_the_end in ((day(0), False), (day(1), False), (day(2), True), (day(0, 3), True)):
        file.write_text(write_never(await never(stored, RECEPTION, "clinical", period)))
        said = []
        assert 0 == main([key, str(file)], said.append), said
        assert f"no recorded disclosure gave {RECEPTION} anything of the category 'clinical'." in said
        assert to_the_end == (read_never(file.read_text()).end is not None)


async def test_what_was_given_is_not_shown_as_never_given(story, tmp_path):
    """Of what a recipient got, in a copy or in the answer to a look-up, the file shows that it was given."""
    file, key = tmp_path / "never.json", str(story.hub.ledger.log.keys().verifiers[-1])
    (looked_up,) = [e for e in recorded(story) if e.event == "person.looked-up"]
    answered = Period(looked_up.at, looked_up.at + dt.timedelta(microseconds=1))
    for recipient, category, period, why in (
        (RECEPTION, "custody-fact", day(1), "'custody-fact' by being there"),
        (COORDINATOR, "scheme-contact", answered, "is of 'scheme-contact'"),
    ):
        file.write_text(write_never(await never(story, recipient, category, period)))
        said = []
        assert 1 == main([key, str(file)], said.append)
        assert any(why in line for line in said if line.startswith("DOES NOT HOLD")), said


async def test_somebody_who_never_got_anything(story):
    """Of a recipient without any branch the file shows by the question alone that nothing was given."""
    told = {b.recipient for e in recorded(story) for b in e.branches}
    nobody = next(r["id"] for r in story.agencies.recipients if r["id"] not in told)
    found = await never(story, nobody, "name", day(0, 3))
    steps = verify_never(found, story.hub.ledger.log.keys().verifiers)

    with pytest.raises(NotFound):
        await never(story, "no-such-recipient", "name", day(0, 3))
    assert () == found.branches
    assert [] == [step for step in steps if not step.holds]


async def test_a_period_that_is_not_over(story):
    """Of what is to come nothing is shown, so it is not asked."""
    ahead = Period(story.now - DAY, story.now + DAY)
    with pytest.raises(BadQuestion):
        await never(story, RECEPTION, "clinical", ahead)


async def export(story, form, period):
    return b"".join([part async for part in story.hub.ledger.questions.export(operator(story), period, form, WHY)])


async def test_export_in_the_national_shape(stored):
    """Each log of a period is one line of the published shape; a disclosure has one for each recipient."""
    period = day(1)
    lines = [json.loads(line) for line in (await export(stored, "national", period)).splitlines()]
    entries = [e for e in recorded(stored) if period.has(e.at) and e.person and e.kind != "policy"]
    wanted = "created_by created_at business_identifier ip_address category recipient individuals"

    assert sum(max(len(e.branches), 1) for e in entries) == len(lines)
    assert set(wanted.split()) == set(lines[0])
    assert all(line["recipient"] for line in lines if line["category"] == "disclosure")
    assert {"collection", "disclosure"} <= {line["category"] for line in lines}
    assert all(line["individuals"] for line in lines)


async def test_export_as_csv(story):
    """The same period as CSV has every entry, and under which regime it was processed."""
    period = day(1)
    lines = (await export(story, "csv", period)).decode()
    rows = list(csv.DictReader(io.StringIO(lines, newline="")))
    entries = [e for e in recorded(story) if period.has(e.at)]

    assert lines.endswith("\r\n")
    assert [e.id for e in entries for _ in range(max(len(e.branches), 1))] == [row["entry"] for row in rows]
    assert "law-enforcement" in {row["regime"] for row in rows}


def test_no_cell_is_a_formula():
    """What a spreadsheet would work out is shown as it is."""
    assert ["'=1+1", "'@x", "'-1", "'+1", "'\t=x", "a=b", ""] == [
        cell_of(cell) for cell in ("=1+1", "@x", "-1", "+1", "\t=x", "a=b", "")
    ]
