"""A version that comes into force withholds what copies have that were not sent yet: they go out without it, or not."""

import asyncio
import datetime as dt

import msgspec
import pytest
from sqlalchemy import create_engine, text

from hub.ledger.entry import Commitments, Secrets, decode_entry
from hub.pipeline.standing import Broker
from schemas.exchange import Receipt
from schemas.labels import Role
from schemas.proof import verify
from tests.fixtures.agencies import POLICIES, recipient_id
from tests.fixtures.chapters import adopted, date_set
from tests.fixtures.people import person
from tests.fixtures.signing import Signing
from tests.fixtures.story import Story

FIRST = (POLICIES / "west-midlands-offender-management.yaml").read_text()
NEIGHBOURHOOD, COORDINATOR = recipient_id(Role.NEIGHBOURHOOD_POLICING), recipient_id(Role.COORDINATOR)
CUSTODY = recipient_id(Role.CUSTODY_OFFICER)


def with_rule(what, whom, **more):
    lines = "".join(f"\n    {name}: {value}" for name, value in more.items())
    return f"{FIRST}\n  - id: new-rule\n    withhold: {what}\n    from: {whom}{lines}\n"


NO_DATES = with_rule("release.date", "neighbourhood-policing")
NOTHING = with_rule("everything", "neighbourhood-policing")


def a_while_ago():
    """Return when a story begins whose every event is a second later, so that it is not ahead of the true clock."""
    return true_time() - dt.timedelta(minutes=1)


def true_time():
    return dt.datetime.now(dt.UTC)


@pytest.fixture
async def story(either_store, tmp_path):
    """Somebody on a scheme gets a release date, and nobody has taken the copies, on each store, by the true clock.

    Whatever is made of them, the record and the mailboxes fit together afterwards.
    """
    async with Story(tmp_path, database=either_store, now=a_while_ago()) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        story.hub.standing.broker = Broker("amqp://broker", "vhost", 4)
        yield story
        assert [] == await checked(story)


async def dated(story, days=60):
    """A release date is set, far off, so that nothing else follows."""
    await date_set(story, person(1), story.now.date() + dt.timedelta(days=days))


async def publish(story, document):
    """Let a version come into force; return when its moment has come, and nothing was applied yet."""
    desk = Signing(story.hub.agreements, story.principal("operator"), story.agencies.signatories)
    reference = await desk.propose(document.encode())
    (approved,) = await desk.approve(reference)
    await asyncio.sleep(max((approved.since - true_time()).total_seconds(), 0) + 0.05)
    story.now = max(true_time(), story.now)
    return reference


async def in_force(story, document):
    """Let a version come into force, and be applied to what waits."""
    reference = await publish(story, document)
    await story.hub.reviews.apply()
    return reference


async def by_broker(story, recipient):
    """Give a recipient the broker's door, as a worker does."""
    await story.hub.standing.ask(recipient, "amqp")
    for _ in range(2):
        (door,) = [d for d in await story.hub.standing.rows() if d.recipient == recipient]
        await story.hub.standing.opened(door)


def rows(story, statement, **given):
    engine = create_engine(story.database or f"sqlite:///{story.path}")
    with engine.connect() as db:
        found = db.execute(text(statement), given).all()
    engine.dispose()
    return found


async def checked(story):
    """Return what a check of the whole record finds."""
    return [each.what for each in (await story.hub.ledger.check(lambda *_: None)).findings]


def recorded(story):
    return [decode_entry(content) for (content,) in rows(story, 'SELECT content FROM entries ORDER BY "index"')]


async def test_made_again_without_it(story):
    """An unsent copy goes out without the leaf, under its number and in its place; nobody else's is touched."""
    await dated(story)
    before = {r: await story.copies(r) for r in (NEIGHBOURHOOD, CUSTODY)}
    reference = await in_force(story, NO_DATES)
    after = {r: await story.copies(r) for r in (NEIGHBOURHOOD, CUSTODY)}

    (old,), (new,) = before[NEIGHBOURHOOD], after[NEIGHBOURHOOD]
    assert before[CUSTODY] == after[CUSTODY]
    assert (old.number, old.type, old.lane) == (new.number, new.type, new.lane)
    assert old.delivery != new.delivery
    expected = {**old.given, "release": {k: v for k, v in old.given["release"].items() if k != "date"}}
    assert "date" in old.given["release"]
    assert expected == new.given
    assert [reference] == new.handling["agreements"]
    proof = await story.hub.ledger.prove(story.principal("operator"), new.delivery, NEIGHBOURHOOD, "a check")
    assert all(step.holds for step in verify(proof, story.hub.ledger.log.keys().verifiers, new.body))
    assert 1 == await story.hub.receive(Receipt(recipient=NEIGHBOURHOOD, deliveries=[new.delivery]))
    assert [] == await story.copies(NEIGHBOURHOOD)


async def test_dropped_whole(story):
    """Where nothing may be told any more the copy is dropped; a gap is left, and what follows has the next number."""
    await dated(story)
    (old,) = await story.copies(NEIGHBOURHOOD)
    await in_force(story, NOTHING)

    assert [] == await story.copies(NEIGHBOURHOOD)
    assert old.delivery not in {d.delivery for d in await story.hub.deliveries(NEIGHBOURHOOD)}
    await in_force(story, FIRST)
    await dated(story, days=90)
    (following,) = await story.copies(NEIGHBOURHOOD)
    assert old.number + 1 == following.number


async def test_nothing_goes_out_in_between(story):
    """From the moment on nothing that was made before it is handed over until it was looked at; what is new goes."""
    await dated(story)
    await by_broker(story, COORDINATOR)
    await publish(story, NO_DATES)

    assert [] == await story.copies(NEIGHBOURHOOD) == await story.copies(CUSTODY)
    assert [] == await story.hub.unsent("", limit=10)
    await dated(story, days=90)
    (fresh,) = await story.copies(NEIGHBOURHOOD)
    assert "date" not in fresh.given["release"]
    await story.hub.reviews.apply()
    assert [2, 2] == [len(await story.copies(r)) for r in (NEIGHBOURHOOD, CUSTODY)]
    assert await story.hub.unsent("", limit=10)


async def test_at_the_brokers_door(story):
    """What waits to go to the broker goes as it is made again, in its place, and to each his own."""
    for recipient in (NEIGHBOURHOOD, CUSTODY):
        await by_broker(story, recipient)
    await dated(story)
    await dated(story, days=90)
    first, second = await story.hub.unsent("", limit=10)
    await in_force(story, NO_DATES)
    again = await story.hub.unsent("", limit=10)

    assert [first.id, second.id] == [each.id for each in again]
    queues = {door.recipient: door.queue for door in await story.hub.standing.rows()}
    for before, after in zip((first, second), again, strict=True):
        body = {queue.partition(".")[0]: parcel.body for parcel in after.parcels for queue in parcel.queues}
        assert b'"date":' not in body[queues[NEIGHBOURHOOD]]
        assert b'"date":' in body[queues[CUSTODY]]
        assert {q for p in before.parcels for q in p.queues} == {q for p in after.parcels for q in p.queues}
    numbers = [d.number for d in await story.hub.deliveries(NEIGHBOURHOOD)][-2:]
    await story.hub.departed([each.id for each in again])
    assert [numbers[0], numbers[0] + 1] == numbers
    assert [True, True] == [bool(d.left_at) for d in (await story.hub.deliveries(NEIGHBOURHOOD))[-2:]]


async def test_what_was_read_before_the_moment_does_not_go(story):
    """A departure that is in memory since before a change is read again; one that was read after it goes."""
    await by_broker(story, NEIGHBOURHOOD)
    await dated(story)
    (before,) = await story.hub.unsent("", limit=10)
    assert not story.hub.reviews.outdated(before)
    await in_force(story, NO_DATES)
    await story.hub.agreements.refresh()
    (after,) = await story.hub.unsent("", limit=10)

    assert story.hub.reviews.outdated(before)
    assert not story.hub.reviews.outdated(after)


async def test_what_left_is_withdrawn(story):
    """A copy that has left stays as it is, and a withdrawal that names it follows; what was received stays alone."""
    await dated(story)
    await story.news(NEIGHBOURHOOD)
    await dated(story, days=90)
    (left,) = await story.copies(NEIGHBOURHOOD)
    await story.hub.sent(NEIGHBOURHOOD, [left.delivery])
    await in_force(story, NO_DATES)

    copy, withdrawal = await story.copies(NEIGHBOURHOOD)
    assert left == copy
    assert ("copy.withdrawn", {"withdrawn": {"delivery": left.delivery}}) == (withdrawal.type, withdrawal.given)
    assert (left.number + 1, left.lane) == (withdrawal.number, withdrawal.lane)
    assert 2 == await story.hub.receive(
        Receipt(recipient=NEIGHBOURHOOD, deliveries=[left.delivery, withdrawal.delivery])
    )
    await in_force(story, NO_DATES.replace("new-rule", "newer-rule"))
    assert [] == await story.copies(NEIGHBOURHOOD)


async def test_withdrawn_once(story):
    """A withdrawal is not withdrawn, nor followed by another when a further version comes into force."""
    await dated(story)
    (left,) = await story.copies(NEIGHBOURHOOD)
    await story.hub.sent(NEIGHBOURHOOD, [left.delivery])
    for rule in ("new-rule", "newer-rule"):
        await in_force(story, NO_DATES.replace("new-rule", rule))

    assert [left.type, "copy.withdrawn"] == [copy.type for copy in await story.copies(NEIGHBOURHOOD)]


async def test_arrived_for_all_that(story):
    """A copy that was on its way as it was dropped is withdrawn when its receipt comes, once."""
    await dated(story)
    (old,) = await story.copies(NEIGHBOURHOOD)
    await in_force(story, NO_DATES)
    for _ in range(2):
        assert 0 == await story.hub.receive(Receipt(recipient=NEIGHBOURHOOD, deliveries=[old.delivery]))

    new, withdrawal = await story.copies(NEIGHBOURHOOD)
    assert "date" not in new.given["release"]
    assert {"withdrawn": {"delivery": old.delivery}} == withdrawal.given


async def test_the_record_and_the_chain(story):
    """Dropping and making again are entries that cite the new version; each chain goes on without a gap."""
    await dated(story)
    (old,) = await story.copies(NEIGHBOURHOOD)
    reference = await in_force(story, NO_DATES)
    await dated(story, days=90)
    (new, _) = await story.copies(NEIGHBOURHOOD)

    dropping = next(entry for entry in recorded(story) if entry.event == "copies.dropped")
    made = next(entry for entry in recorded(story) if entry.id == new.handling["entry"])
    (part,) = dropping.auditor
    assert ("erasure", old.handling["entry"], (reference,)) == (dropping.kind, dropping.reference, dropping.versions)
    assert (NEIGHBOURHOOD, "new-rule") == (part.recipient, part.withheld["release-date"])
    assert ("disclosure", "release.date-set", (reference,)) == (made.kind, made.event, made.versions)
    assert () == (await story.hub.agreements.again(story.principal("operator"), made.id, "a check")).otherwise
    about = 'SELECT content, sealed, wrapped FROM entries LEFT JOIN data_keys USING (person) ORDER BY "index"'
    number, previous = 0, bytes(32).hex()
    for content, secret, wrapped in rows(story, about):
        entry = decode_entry(content)
        secrets = msgspec.msgpack.decode(story.tools.sealer.open_for(wrapped, "entry", secret), type=Secrets)
        _, hashes = Commitments(secrets.secret).entry(entry)
        for branch, hashed in zip(entry.branches, hashes, strict=True):
            if branch.recipient == NEIGHBOURHOOD:
                assert (number + 1, previous) == (branch.number, branch.previous)
                number, previous = branch.number, hashed.hex()
    assert number == old.number + 2


NOT_WHERE_THE_RECORD_SAYS = {
    "gone from the mailbox": ("DELETE FROM mail WHERE copy = :copy", "is not in the mailbox of"),
    "under a number of its own": ("UPDATE mail SET number = number + 1 WHERE copy = :copy", "and not as"),
}


@pytest.mark.parametrize(("statement", "told"), NOT_WHERE_THE_RECORD_SAYS.values(), ids=NOT_WHERE_THE_RECORD_SAYS)
async def test_what_took_a_place_has_that_place(tmp_path, statement, told):
    """A check of the record notices when what was made again is not where the dropped copy was."""
    async with Story(tmp_path, now=a_while_ago()) as story:
        await adopted(story, person(1))
        await dated(story)
        await in_force(story, NO_DATES)
        (copy, *_) = [each for each in await story.copies(NEIGHBOURHOOD) if each.type == "release.date-set"]
        engine = create_engine(f"sqlite:///{story.path}")
        with engine.begin() as db:
            db.execute(text(statement), {"copy": copy.delivery})
        engine.dispose()

        assert any(told in each for each in await checked(story))


UNTOUCHED = {
    "nothing that the copy has": with_rule("photograph", "everyone"),
    "in another case": with_rule("release.date", "everyone", when="{relation: holds}"),
    "not by a withholding": FIRST.replace("    give: [release-date, release-area]", "    give: [release-area]", 1),
}


@pytest.mark.parametrize("document", UNTOUCHED.values(), ids=UNTOUCHED)
async def test_what_nothing_forbids_stays(tmp_path, document):
    """A copy from which a newer version withholds nothing is given as it was made."""
    assert document != FIRST
    async with Story(tmp_path, now=a_while_ago()) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        await dated(story)
        before = await story.copies(NEIGHBOURHOOD)
        await in_force(story, document)

        assert before == await story.copies(NEIGHBOURHOOD)
        assert not [entry for entry in recorded(story) if entry.event == "copies.dropped"]


async def test_what_is_not_known_forbids(tmp_path):
    """Where a withholding asks what was not read when a copy was made, it is taken to hold."""
    async with Story(tmp_path, now=a_while_ago()) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        await dated(story)
        await in_force(story, with_rule("release.date", "neighbourhood-policing", when="{consent: given}"))

        (copy,) = await story.copies(NEIGHBOURHOOD)
        assert "date" not in copy.given["release"]


async def test_a_page_and_more(tmp_path, monkeypatch):
    """However many wait, all of them are looked at, a portion in each transaction."""
    monkeypatch.setattr("hub.pipeline.waiting.PORTION", 3)
    async with Story(tmp_path, now=a_while_ago()) as story:
        for number in (1, 2, 3, 4):
            await adopted(story, person(number))
        await story.settle_mailboxes()
        for number in (1, 2, 3, 4):
            await date_set(story, person(number), story.now.date() + dt.timedelta(days=60))
        await in_force(story, NO_DATES)

        assert [False] * 4 == ["date" in copy.given["release"] for copy in await story.copies(NEIGHBOURHOOD)]
        assert [True] * 4 == ["date" in copy.given["release"] for copy in await story.copies(CUSTODY)]
