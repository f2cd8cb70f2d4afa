"""What was decided can be made again from its entry, and whatever is otherwise is named."""

import datetime as dt
import sqlite3

import msgspec
import pytest
from msgspec.structs import replace

from hub.errors import NotFound
from hub.ledger.again import decided_again
from hub.ledger.entry import Entry, decode_entry
from hub.policy.decide import Policy
from hub.policy.load import load_agreement
from schemas.labels import Role
from schemas.record.need import Risk
from tests.fixtures.agencies import POLICIES
from tests.fixtures.chapters import adopted, date_set, received, released, supervised
from tests.fixtures.people import person
from tests.fixtures.signing import Signing
from tests.fixtures.story import Story

FILE = POLICIES / "west-midlands-offender-management.yaml"
RECEPTION = "prison-reception-1"
WHY = "a complaint about it"


@pytest.fixture
async def story(tmp_path):
    """A story in which much is told: of people on a scheme and on none, received, released, looked up."""
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        await supervised(story, person(1))
        for number in (1, 2):
            await received(story, person(number))
            await story.tell("risk.assessed", person(number), by="police", risk=Risk(level="high"))
            await date_set(story, person(number), story.now.date() + dt.timedelta(days=40))
            await story.look_up(Role.COORDINATOR, person(number))
            await story.look_up(Role.SENTENCER, person(number))
            await released(story, person(number))
        await story.later(days=40)
        yield story


def recorded(story):
    with sqlite3.connect(story.path) as db:
        rows = db.execute('SELECT content FROM entries ORDER BY "index"').fetchall()
    db.close()
    return [decode_entry(content) for (content,) in rows]


def alert(story):
    """Return the entry of the alert that a reception got."""
    return next(e for e in recorded(story) if e.event == "ppo.alert" and e.views)


async def again(story, entry):
    return await story.hub.agreements.again(story.principal("operator"), entry, WHY)


async def test_everything_comes_out_the_same(story):
    """Every decision of a long story comes to the same leaves by the same rules, for who was told and who was not."""
    entries = [entry for entry in recorded(story) if entry.auditor]
    found = [await again(story, entry.id) for entry in entries]

    assert [] == [each for each in found if each.otherwise]
    assert sum(each.compared for each in found) == sum(len(entry.auditor) for entry in entries)
    silent = [
        w for e in entries if e.branches for w in e.auditor if w.recipient not in {b.recipient for b in e.branches}
    ]
    assert {"disclosure", "consultation"} == {entry.kind for entry in entries}
    assert silent


async def test_under_what_was_in_force_then(story):
    """After another version came into force, what was told under the former one is made again under that."""
    sign = Signing(story.hub.agreements, story.principal("operator"), story.agencies.signatories)
    changed = FILE.read_bytes().replace(b"give: [name, date-of-birth as year]", b"give: [name]", 1)
    before = alert(story)
    for document in (FILE.read_bytes(), changed):
        name = await sign.propose(document)
        await sign.approve(name)
        story.now += dt.timedelta(minutes=1)
        await received(story, person(1))
    after = [entry for entry in recorded(story) if entry.event == "custody.received"][-1]

    assert before.versions != after.versions == (name,)
    assert () == (await again(story, before.id)).otherwise == (await again(story, after.id)).otherwise


async def test_to_ask_is_recorded(story):
    """Who asks for a decision to be made again is in the record, with what was asked about."""
    entry = alert(story)
    await again(story, entry.id)

    last = recorded(story)[-1]
    assert ("consultation", "policy.again", entry.id, entry.person) == (
        last.kind,
        last.event,
        last.reference,
        last.person,
    )


async def test_nothing_to_make_again(story):
    """There is nothing to compare in what is no entry, or one in which nothing was decided, or of unknown versions."""
    collected = next(entry for entry in recorded(story) if entry.kind == "collection")

    for entry in ("0" * 32, collected.id):
        with pytest.raises(NotFound):
            await again(story, entry)


def _leaf(entry: Entry, **changed):
    view = entry.views[0]
    leaves = view.by_path()
    path = next(path for path, leaf in leaves.items() if len(leaf.rules) == 1 and leaf.transform is None)
    altered = msgspec.Raw(msgspec.json.encode(leaves | {path: replace(leaves[path], **changed)}))
    return replace(entry, views=(replace(view, leaves=altered), *entry.views[1:]))


def _reception(entry: Entry, **changed):
    auditor = (replace(each, **changed) if each.recipient == RECEPTION else each for each in entry.auditor)
    return replace(entry, auditor=tuple(auditor))


ALTERED = {
    "another rule": (lambda e: _leaf(e, rules=("photograph",)), "was given by photograph, and again:"),
    "another transform": (lambda e: _leaf(e, transform="year"), "as year, and again:"),
    "another reason": (
        lambda e: _reception(e, withheld={"offence": "engagement-stops-with-consent"}),
        "offence was withheld (engagement-stops-with-consent), and again:",
    ),
    "other facts": (lambda e: _reception(e, facts_read={"relation": ("holds",)}), "reads other facts"),
    "an unknown fact": (lambda e: _reception(e, facts_read={"weather": ("fair",)}), "does not know"),
    "not told": (lambda e: replace(e, views=(), branches=()), "was not told, and would be"),
    "another engine": (lambda e: replace(e, engine="0"), "engine 0"),
    "other obligations": (
        lambda e: replace(e, views=tuple(replace(v, obligations=("speak-first",)) for v in e.views)),
        "obligations were speak-first, and again:",
    ),
}


@pytest.mark.parametrize(("alter", "told"), ALTERED.values(), ids=ALTERED)
async def test_what_is_otherwise_is_named(story, alter, told):
    """Whatever part of an entry is altered, to make it again says where it differs."""
    entry, policy = alert(story), Policy([load_agreement(FILE)])
    roles = {RECEPTION: Role.PRISON_RECEPTION}

    assert () == decided_again(entry, policy, roles).otherwise
    assert any(told in each.what for each in decided_again(alter(entry), policy, roles).otherwise)


async def test_another_agreement_comes_out_otherwise(story, tmp_path):
    """Made again under an agreement without a rule, the leaves of that rule are named."""
    other = tmp_path / "other.yaml"
    text = FILE.read_text()
    other.write_text(text.replace("give: [name, date-of-birth as year]", "give: [date-of-birth as year]", 1))
    entry = alert(story)

    found = decided_again(entry, Policy([load_agreement(other)]), {RECEPTION: Role.PRISON_RECEPTION}).otherwise

    assert {"subject.surname", "subject.forename"} <= {each.what.split()[0] for each in found}
