"""A draft over what was disclosed: who would have been told less, more or otherwise, and what cannot be told."""

import datetime as dt
from collections import Counter

import msgspec
import pytest
from sqlalchemy import create_engine, text

from hub.cli.policy.simulated import simulated_lines
from hub.errors import DocumentInvalid
from hub.ledger.entry import decode_entry
from hub.policy.load import load_written
from hub.policy.project import output_of
from schemas.labels import Role
from schemas.record.need import Risk
from tests.fixtures.agencies import POLICIES, Agencies, recipient_id
from tests.fixtures.chapters import adopted, date_set, received, released, supervised, works_with
from tests.fixtures.people import person
from tests.fixtures.story import Story

FILE = POLICIES / "west-midlands-offender-management.yaml"
TEXT = FILE.read_text()
NEIGHBOURHOOD, HOUSING = recipient_id(Role.NEIGHBOURHOOD_POLICING), recipient_id(Role.COUNCIL_HOUSING)


def withheld(what, whom, **more):
    """Return the shipped agreement with one more rule that withholds."""
    lines = "".join(f"\n    {name}: {value}" for name, value in more.items())
    return f"{TEXT}\n  - id: draft-rule\n    withhold: {what}\n    from: {whom}{lines}\n"


def varied(old, new):
    """Return the shipped agreement with one thing changed."""
    assert old in TEXT
    return TEXT.replace(old, new, 1)


NO_DATES = withheld("release.date", "neighbourhood-policing")


async def live(story):
    """Let two people on a scheme and one on none be received, get dates, be assessed, and go."""
    for number in (1, 2):
        await adopted(story, person(number))
        await supervised(story, person(number))
    await works_with(story, person(3), HOUSING, "tenancy")
    for number in (1, 2, 3):
        await received(story, person(number))
        await story.tell("risk.assessed", person(number), by="police", risk=Risk(level="high"))
        await date_set(story, person(number), story.now.date() + dt.timedelta(days=20))
        await released(story, person(number))
    await story.later(days=20)


def leaves_in(value, path=""):
    """Yield the paths of the leaves of a copy, each once for each block."""
    for name, member in value.items():
        here = f"{path}.{name}".lstrip(".")
        if isinstance(member, dict):
            yield from leaves_in(member, here)
        elif isinstance(member, list) and member and isinstance(member[0], dict):
            yield from {leaf for each in member for leaf in leaves_in(each, f"{here}[]")}
        else:
            yield here


async def told(story):
    """Return in how many copies each role was given each leaf; of a message the leaf is empty."""
    found = Counter()
    for name, copies in (await story.everybody()).items():
        role = name.rsplit("-", 1)[0]
        found.update((role, leaf) for copy in copies for leaf in ("", *leaves_in(copy.given)))
    return found


def entries(story, count):
    """Return the last entries of the record."""
    engine = create_engine(story.database or f"sqlite:///{story.path}")
    with engine.connect() as db:
        rows = db.execute(
            text('SELECT content FROM entries ORDER BY "index" DESC LIMIT :count'), {"count": count}
        ).all()
    engine.dispose()
    return [decode_entry(content) for (content,) in rows]


async def simulated(story, document, days=30):
    draft = [load_written(FILE, document.encode()).agreement]
    return await story.hub.simulations.simulate(story.principal("operator"), draft, days)


@pytest.fixture
async def story(tmp_path):
    """What happened."""
    async with Story(tmp_path) as story:
        await live(story)
        yield story


@pytest.fixture
async def stored(either_store, tmp_path):
    """The same, on each store."""
    async with Story(tmp_path, database=either_store) as story:
        await live(story)
        yield story


async def test_dates_kept_from_the_police(stored):
    """A draft that withholds release dates from the police says how many copies would have lost one, and where."""
    found = await simulated(stored, NO_DATES)
    copies = [c for c in (await stored.everybody())[NEIGHBOURHOOD] if "date" in c.given.get("release", {})]

    recorded = {entry.id: entry for entry in entries(stored, 1000)}
    (change,) = found.changes
    assert ("leaf", Role.NEIGHBOURHOOD_POLICING, "release.date", "", None) == (
        change.what,
        change.role,
        change.leaf,
        change.before,
        change.after,
    )
    assert (len(copies), 0) == (change.copies, change.perhaps)
    assert Counter(copy.type for copy in copies) == change.about
    assert ((NEIGHBOURHOOD,), ("draft-rule",), 0) == (change.recipients, change.because, found.undecided)
    for example in change.examples:
        entry = recorded[example.entry]
        assert (example.reference, True) == (entry.reference, NEIGHBOURHOOD in {b.recipient for b in entry.branches})


DRAFTS = {
    "a leaf withheld": NO_DATES,
    "everything withheld": withheld("everything", "neighbourhood-policing"),
    "the status withheld": withheld("marker", "[neighbourhood-policing, council-housing]"),
    "a rule dropped": varied(
        "  - id: release-date\n    give: [release-date, release-area]", "  - id: release-date\n    give: release-area"
    ),
    "less than the whole": varied(
        "give: [name, date-of-birth as year]", "give: [name as initials, date-of-birth as year]"
    ),
    "given newly": varied(
        "  - id: release-date-housing\n    give: [release-date, release-area]",
        "  - id: release-date-housing\n    give: [release-date, release-area, risk-level]",
    ),
    "by the hour": withheld("release.date", "everyone", when="{hour: {from: 10, below: 11}}"),
    "by a fact that was read": withheld("release.date", "neighbourhood-policing", when="{restricted: no}"),
    "by the relation": withheld("custody-fact", "everyone", unless="{relation: [lead, tenancy]}"),
}


@pytest.mark.parametrize("document", DRAFTS.values(), ids=DRAFTS)
async def test_as_if_it_had_been_in_force(tmp_path, document):
    """What would have been otherwise is what is otherwise where the same happens under the draft."""
    other = tmp_path / "draft.yaml"
    other.write_text(document)
    async with Story(tmp_path / "before") as before, Story(tmp_path / "after", policies=(other,)) as after:
        await live(before)
        await live(after)
        found = await simulated(before, document)
        was, would_be = await told(before), await told(after)
    certain, perhaps = Counter(), Counter()
    for change in found.changes:
        if change.what in {"leaf", "message"}:
            for way, sign in ((change.before, -1), (change.after, 1)):
                if way is not None:
                    leaf = (change.role, output_of(change.leaf, way or None))
                    certain[leaf] += sign * change.copies
                    perhaps[leaf] += change.perhaps

    assert 0 == found.undecided
    assert found.changes
    for leaf in certain.keys() | was.keys() | would_be.keys():
        assert certain[leaf] <= would_be[leaf] - was[leaf] <= certain[leaf] + perhaps[leaf], leaf


async def test_what_their_adapter_uses(tmp_path):
    """A leaf that goes from somebody whose adapter uses it says whose; of another adapter, or another leaf, nothing."""
    agencies = Agencies()
    agencies.adapters = {"desk": ["release.date"], "other": ["release.area"]}
    for recipient in agencies.recipients:
        recipient["adapter"] = "desk" if recipient["id"] == NEIGHBOURHOOD else "other"
    async with Story(tmp_path, agencies=agencies) as story:
        await live(story)
        dates = (await simulated(story, NO_DATES)).changes
        wider = (await simulated(story, withheld("[release.date, release.area]", "everyone"))).changes

    assert [(NEIGHBOURHOOD,)] == [change.used_by for change in dates]
    by = {(c.role, c.leaf): c.used_by for c in wider}
    assert (NEIGHBOURHOOD,) == by[Role.NEIGHBOURHOOD_POLICING, "release.date"]
    assert () == by[Role.NEIGHBOURHOOD_POLICING, "release.area"] == by[Role.COORDINATOR, "release.date"]
    assert (recipient_id(Role.COORDINATOR),) == by[Role.COORDINATOR, "release.area"]


async def test_what_was_not_read_is_not_guessed(story):
    """Where a draft asks for what was not read, the decisions are counted as open, with the fact and for whom."""
    found = await simulated(story, withheld("release.date", "everyone", when="{consent: given}"))

    assert () == found.changes
    roles = {each.role: each for each in found.left_open}
    assert Role.NEIGHBOURHOOD_POLICING in roles
    assert all("consent" in each.facts for each in roles.values())
    assert found.undecided == sum(each.decisions for each in found.left_open)


async def test_where_the_age_goes_by_something_else(story):
    """Where a draft lets the age go by the hand-over and not by the birthday, the age that was read says nothing."""
    document = varied("give: [date-of-birth, aliases]", "give: [date-of-birth as five-years, aliases]")

    found = await simulated(story, document)

    assert found.left_open
    assert all("age" in each.facts for each in found.left_open)


async def test_nothing_otherwise(story):
    """The agreement that was in force changes nothing, and everything can be told."""
    found = await simulated(story, TEXT)

    assert ((), (), 0) == (found.changes, found.left_open, found.undecided)
    assert found.decisions > found.entries > 0
    assert "Nobody would have been told anything otherwise." in list(simulated_lines(found))


async def test_of_the_last_days_alone(stored):
    """What was disclosed before the days that are asked for is not counted."""
    stored.now += dt.timedelta(days=1)
    await date_set(stored, person(1), stored.now.date() + dt.timedelta(days=9), kind="release.date-changed")
    whole, lately = await simulated(stored, NO_DATES), await simulated(stored, NO_DATES, days=1)

    assert 0 < lately.entries < whole.entries
    assert 0 < sum(change.copies for change in lately.changes) < whole.changes[0].copies


async def test_of_other_terms(story):
    """A draft that asks something more of who has a date says so, with the copies, and no leaf changes."""
    document = varied(
        "    because: Everything on the outside is", "    oblige: delete-by-30-days\n    because: Everything is"
    )

    changes = [c for c in (await simulated(story, document)).changes if c.role is Role.NEIGHBOURHOOD_POLICING]

    assert [("obligation", "delete-by-30-days", None, "")] == [(c.what, c.leaf, c.before, c.after) for c in changes]
    assert changes[0].copies


async def test_that_it_was_asked_is_recorded(story):
    """Who simulates what stands in the record, and that is about nobody."""
    found = await simulated(story, NO_DATES)

    (last,) = entries(story, 1)
    assert ("consultation", "policy.simulated", None) == (last.kind, last.event, last.person)
    assert last.reference.startswith(found.draft[0])


async def test_a_draft_that_cannot_be_in_force(story):
    """What could not be in force beside the rest is refused."""
    with pytest.raises(DocumentInvalid):
        await simulated(story, TEXT.replace("agreement: west", "agreement: east", 1))


async def test_no_word_about_a_person(story):
    """Whatever is told of it has no word of what the copies say."""
    found = await simulated(story, withheld("everything", "neighbourhood-policing"))
    said = msgspec.json.encode(found).decode() + "\n".join(simulated_lines(found))

    for number in (1, 2, 3):
        assert person(number).surname not in said
        assert not [each.value for each in person(number).identifiers if each.value in said]
