"""Why somebody was told what of an event in the store: from its record and its copy, for a stated reason."""

import datetime as dt
import sqlite3

import msgspec
import pytest

from hub.errors import NotFound
from hub.ledger.entry import decode_entry
from hub.pipeline.disclosed import COPY_NOT_KEPT, COPY_SEALED, EVENT_NOT_KEPT, Asked
from schemas.labels import Role
from schemas.record.custody import Custody
from schemas.record.need import DrugTests, Risk
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import adopted, date_set, received, supervised, works_with
from tests.fixtures.people import person
from tests.fixtures.story import Story

WHY = "a complaint about it"
NEIGHBOURHOOD, COORDINATOR = recipient_id(Role.NEIGHBOURHOOD_POLICING), recipient_id(Role.COORDINATOR)
RECEPTION, HOUSING = recipient_id(Role.PRISON_RECEPTION), recipient_id(Role.COUNCIL_HOUSING)


async def live(story):
    """Somebody on a scheme, and somebody on none with a tenancy, are received, and the one gets a date."""
    await adopted(story, person(1))
    await works_with(story, person(2), HOUSING, "tenancy")
    for number in (1, 2):
        await received(story, person(number))
    day = story.now.date() + dt.timedelta(days=20)
    await date_set(story, person(1), day)
    await date_set(story, person(1), day, kind="release.date-changed", change_reason="a recalculation")
    await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="high"))


@pytest.fixture
async def story(tmp_path):
    async with Story(tmp_path) as story:
        await live(story)
        yield story


@pytest.fixture
async def stored(either_store, tmp_path):
    """The same, on each store."""
    async with Story(tmp_path, database=either_store) as story:
        await live(story)
        yield story


def recorded(story):
    with sqlite3.connect(story.path) as db:
        rows = db.execute('SELECT content FROM entries ORDER BY "index"').fetchall()
    db.close()
    return [decode_entry(content) for (content,) in rows]


async def explained(story, event, recipient, source=""):
    asked = Asked(event=event, source=source, recipient=recipient, reason=WHY)
    return await story.hub.told.explain(story.principal("operator"), asked)


async def entry_of(story, kind, recipient):
    """Return the entry that the last copy of a type in a mailbox rests on, and that copy."""
    copy = [c for c in await story.copies(recipient) if c.type == kind][-1]
    return copy.handling["entry"], copy


async def test_each_leaf_with_its_rule(stored):
    """Of an entry each leaf of the copy is told with the rule that gives it, the facts read, and the copy as given."""
    entry, copy = await entry_of(stored, "release.date-set", NEIGHBOURHOOD)

    (found,) = await explained(stored, entry, NEIGHBOURHOOD)

    leaves = {leaf.path: leaf for leaf in found.leaves}
    assert (True, ["release-date"]) == (leaves["release.date"].given, [r.rule for r in leaves["release.date"].reasons])
    assert leaves["release.date"].reasons[0].says
    assert copy.given == msgspec.json.decode(found.copy)
    assert ["area"] == [word for word in found.relation if word == "area"]
    assert found.facts_read
    assert (True, (), (EVENT_NOT_KEPT,)) == (found.told, found.otherwise, found.not_kept)
    assert copy.handling["purposes"] == found.purposes
    assert copy.handling["obligations"] == found.obligations


async def test_what_was_withheld_and_why(story):
    """A leaf that another had and they had not is told as not given, with what stood against it."""
    entry, _ = await entry_of(story, "release.date-changed", COORDINATOR)

    (found,) = await explained(story, entry, NEIGHBOURHOOD)

    reason = next(leaf for leaf in found.leaves if leaf.path == "release.change_reason")
    assert (False, ("date-change-reason",)) == (reason.given, reason.missing)


async def test_what_nobody_was_given_is_told_as_unknown(story):
    """Where only the category is recorded, its leaves are told as what the event may have had."""
    entry, _ = await entry_of(story, "custody.received", HOUSING)

    (found,) = await explained(story, entry, HOUSING)

    assert found.as_for_anybody
    assert "custody.establishment" in {leaf.path for leaf in found.perhaps}
    assert not {leaf.path for leaf in found.perhaps} & {leaf.path for leaf in found.leaves}
    against = next(leaf for leaf in found.perhaps if leaf.path == "custody.establishment")
    assert not against.given
    assert against.reasons or against.missing


async def test_by_the_events_own_id(stored):
    """An event is found by its id and source, or by the reference that entries have, with what followed from it."""
    custody = Custody(in_custody=True, establishment="BMI")
    await stored.tell("custody.received", person(1), event_id="own-4711", custody=custody)
    source = stored.agencies.source("prisons")

    by_id = await explained(stored, "own-4711", str(Role.PRISON_RECEPTION), source)

    assert {"custody.received", "ppo.alert"} >= {each.kind for each in by_id}
    assert RECEPTION in {each.recipient for each in by_id}
    (entry,) = [e for e in recorded(stored) if e.id == by_id[0].entry] if not stored.database else [None]
    if entry is not None:
        assert by_id == await explained(stored, entry.reference, str(Role.PRISON_RECEPTION))
    with pytest.raises(NotFound):
        await explained(stored, "own-4712", RECEPTION, source)


async def test_who_was_told_nothing(story):
    """Who was concerned and told nothing has why; who was not concerned is in none."""
    await supervised(story, person(1))
    await story.tell("drug-test.on-licence", person(1), by="probation", drug_tests=DrugTests(on_licence="taken"))
    silent = next(
        (entry, each)
        for entry in recorded(story)
        if entry.kind == "disclosure"
        for each in entry.auditor
        if each.recipient not in {b.recipient for b in entry.branches}
    )

    (found,) = await explained(story, silent[0].id, silent[1].recipient)

    assert (False, None, (EVENT_NOT_KEPT,)) == (found.told, found.copy, found.not_kept)
    assert found.why_nothing
    assert [] == await explained(story, silent[0].id, recipient_id(Role.PAROLE_BOARD, "2"))


async def test_that_it_was_asked_is_recorded_first(story):
    """Who asked about whom, of which event and person, is an entry of the record; the reason is sealed."""
    entry, _ = await entry_of(story, "release.date-set", NEIGHBOURHOOD)
    await explained(story, entry, NEIGHBOURHOOD)

    told, last = next(e for e in recorded(story) if e.id == entry), recorded(story)[-1]
    assert ("consultation", "policy.explained") == (last.kind, last.event)
    assert (told.person, told.reference) == (last.person, last.reference)
    assert last.by.endswith(f"about {NEIGHBOURHOOD}")
    with sqlite3.connect(story.path) as db:
        assert not [c for (c,) in db.execute("SELECT content FROM entries") if WHY.encode() in c]
    db.close()


GONE = {
    COPY_SEALED: "UPDATE copies SET body = x'00' WHERE entry = ?",
    COPY_NOT_KEPT: "UPDATE copies SET id = id || 'x' WHERE entry = ?",
}


@pytest.mark.parametrize("says", GONE)
async def test_a_copy_that_is_gone(story, says):
    """Where the copy cannot be shown any more, that is said, and its leaves and rules are told from the record."""
    entry, _ = await entry_of(story, "release.date-set", NEIGHBOURHOOD)
    with sqlite3.connect(story.path) as db:
        db.execute(GONE[says], (entry,))
    db.close()

    (found,) = await explained(story, entry, NEIGHBOURHOOD)

    assert (None, (EVENT_NOT_KEPT, says)) == (found.copy, found.not_kept)
    assert "release.date" in {leaf.path for leaf in found.leaves if leaf.given}


async def test_nothing_there(story):
    """What is no event of the record, or asked about nobody known, is refused, and is not in the record."""
    before = len(recorded(story))
    for event, whom in (("0" * 32, NEIGHBOURHOOD), (recorded(story)[0].id, NEIGHBOURHOOD), ("0" * 64, "nobody")):
        with pytest.raises(NotFound):
            await explained(story, event, whom)

    assert before == len(recorded(story))
