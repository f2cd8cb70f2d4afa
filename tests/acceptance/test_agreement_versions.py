"""What is in force changes at a moment, for every hub on a store, and everything that is told says under what."""

import asyncio
import datetime as dt
import sqlite3
import time
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import create_engine, text

from hub.access import base64url
from hub.access.errors import StatementRefused
from hub.access.statements import TYPE, public_jwk, read_signed, sign
from hub.bootstrap import check_in_force
from hub.errors import DocumentInvalid, Misconfigured, NotFound, NotSigned, OutOfTurn, SecondPerson, UnfitVersion
from hub.ledger.entry import decode_entry
from hub.policy.load import load_written
from hub.store.locks import OURS, RECORD
from hub.store.postgres import migrate_database
from schemas.labels import Role
from tests.fixtures.agencies import POLICIES, Agencies
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import person
from tests.fixtures.signing import ANN, BOB, Signing
from tests.fixtures.story import Story, directory_of

NAME = "west-midlands-offender-management"
FIRST = (POLICIES / f"{NAME}.yaml").read_bytes()
LITTLE = b"""
agreement: little
title: Little beside another
owner: Board
parties: [Police]
agreed: 2026-04-01
review: 2027-03-31
regime: law-enforcement
purposes: {protect-people: To protect people}
gateways: {section-115: Section 115}
rules:
  - {id: no-photograph, withhold: photograph, from: everyone}
"""
MINUTE = dt.timedelta(minutes=1)


def varied(old, new):
    """Return the shipped agreement with one thing changed."""
    assert old in FIRST
    return FIRST.replace(old, new, 1)


SECOND = varied(b"Speak to the person named", b"Speak kindly to the person named")


def true_time():
    return dt.datetime.now(dt.UTC)


class Desk:
    """People at a hub who publish agreements."""

    def __init__(self, story):
        self.story, self.operator = story, story.principal("operator")

    @property
    def agreements(self):
        return self.story.hub.agreements

    @property
    def sign(self):
        return Signing(self.agreements, self.operator, self.story.agencies.signatories)

    async def propose(self, document=FIRST, by=ANN):
        return await self.sign.propose(document, by)

    async def approve(self, *references, by=BOB, since=None):
        return [each.since for each in await self.sign.approve(*references, by=by, since=since)]

    async def publish(self, *documents, since=None):
        """Let versions be in force, from a moment on or at once; return their names."""
        names = [await self.propose(document) for document in documents]
        await self.approve(*names, since=since)
        if since is None:
            self.story.now += MINUTE
        return names

    async def end(self, name, **how):
        return await self.sign.end(name, **how)

    async def states(self):
        return [version.state for version in (await self.agreements.versions()).versions]


@pytest.fixture
async def story(tmp_path):
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        yield story


@pytest.fixture
def desk(story):
    return Desk(story)


@pytest.fixture(params=["sqlite", "postgres"])
async def true(request, tmp_path):
    """A story by the true clock, on each store, with somebody on a scheme."""
    database = ""
    if request.param == "postgres":
        database = request.getfixturevalue("database")
        migrate_database(database)
    async with Story(tmp_path, database=database, now=true_time()) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        yield story


async def cited(story):
    """Tell of a reception; return the agreements that its copy cites, if there is one."""
    await received(story, person(1))
    news = await story.news(Role.PRISON_RECEPTION)
    return news[-1].handling["agreements"] if news else None


def entries(story):
    with sqlite3.connect(story.path) as db:
        found = [decode_entry(content) for (content,) in db.execute('SELECT content FROM entries ORDER BY "index"')]
    db.close()
    return found


async def test_files_until_something_is_published(story, desk):
    """What is told cites the files' agreement, and from the moment of the first version on that version."""
    (files,) = await cited(story)
    moment = story.now + 5 * MINUTE
    (second,) = await desk.publish(SECOND, since=moment)

    story.now = moment - dt.timedelta(seconds=1.5)
    assert [files] == await cited(story)
    story.now = moment - dt.timedelta(seconds=1)  # a second goes by as it is told
    assert [second] == await cited(story)
    assert files != second
    assert "published" == (await desk.agreements.versions()).source


async def test_every_hub_on_the_store_changes_over(true):
    """A hub that knew what was in force goes by the new version in its next transaction, though nobody tells it."""
    story, here, other = true, true.hub, true.another()
    await other.start(ticking=False)
    story.hub = other
    (before,) = await cited(story)
    story.hub, story.now = here, true_time()
    desk = Desk(story)
    (moment,) = await desk.approve(name := await desk.propose(SECOND))
    await asyncio.sleep((moment - true_time()).total_seconds() + 0.05)

    story.hub, story.now = other, true_time()
    assert [name] == await cited(story)
    assert name != before
    story.hub = here
    await other.stop()


async def test_the_moment_is_that_of_the_record(tmp_path, database):
    """What was begun before the moment and takes its place in the record after it is decided anew."""
    migrate_database(database)
    engine = create_engine(database)
    async with Story(tmp_path, database=database, now=true_time()) as story:
        await adopted(story, person(1))
        await story.settle_mailboxes()
        desk = Desk(story)
        story.now = true_time()
        (moment,) = await desk.approve(name := await desk.propose(SECOND))
        await desk.agreements.refresh()
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({OURS}, {RECORD})"))
            story.now = moment - dt.timedelta(seconds=1.5)
            telling = asyncio.create_task(cited(story))
            await asyncio.to_thread(time.sleep, max((moment - true_time()).total_seconds(), 0) + 0.1)
            assert not telling.done()

        assert [name] == await telling
    engine.dispose()


async def test_a_second_person_approves(story, desk):
    """Who proposed a version does not approve it; another signatory does, and both are kept with their keys."""
    name = await desk.propose(FIRST, by=ANN)

    with pytest.raises(SecondPerson):
        await desk.approve(name, by=ANN)
    assert ["checked"] == await desk.states()
    await desk.approve(name, by=BOB)
    (version,) = (await desk.agreements.versions()).versions
    assert "approved" == version.state
    assert [f"{who} by key {public_jwk(desk.sign.keys[who]).thumbprint()}" for who in (ANN, BOB)] == [
        version.proposed.by,
        version.approved.by,
    ]


async def test_an_operator_alone_approves_nothing(story, desk):
    """Whoever has one key and the hub's account gets nothing approved: under no other name, with no key of their own,
    with no statement of another step, moment, hub or time, and with nothing that was signed before.
    """
    name = await desk.propose(by=ANN)
    ours, stranger = desk.sign.keys[ANN], Ed25519PrivateKey.generate()
    moment, kid = story.now + MINUTE, public_jwk(desk.sign.keys[BOB]).thumbprint()
    good = await desk.agreements.statement("approve", [name], BOB, moment)
    forged = {
        "another's name with one's own key": sign(good, ours),
        "another's name with a new key": sign(good, stranger),
        "a name that nobody has": sign(replace(good, signatory="carol"), stranger),
        "another's name, and under the name of their key": under(kid, sign(good, ours)),
        "altered after it was signed": altered(sign(replace(good, since=""), desk.sign.keys[BOB]), good),
        "unsigned": under(kid, sign(good, ours), alg="none").rpartition(".")[0] + ".",
        "another step": sign(replace(good, step="withdraw"), desk.sign.keys[BOB]),
        "another moment": sign(replace(good, since=""), desk.sign.keys[BOB]),
        "another hub": sign(replace(good, hub="another"), desk.sign.keys[BOB]),
        "another version": sign(replace(good, versions=(f"{NAME}@{'0' * 64}",)), desk.sign.keys[BOB]),
        "signed before the last step": sign(replace(good, after=good.after - 1), desk.sign.keys[BOB]),
    }
    for how, signed in forged.items():
        with pytest.raises((StatementRefused, NotSigned)):
            await desk.agreements.approve(desk.operator, [name], signed, moment)
        assert ["checked"] == await desk.states(), how

    word = sign(good, desk.sign.keys[BOB])
    await desk.agreements.approve(desk.operator, [name], word, moment)
    await desk.sign.withdraw(name)
    await desk.propose(by=ANN)
    with pytest.raises(NotSigned):
        await desk.agreements.approve(desk.operator, [name], word, moment)


async def test_another_name_for_one_key_is_the_same_person(story, desk):
    """Who is renamed in the directory after proposing does not approve under the new name with the same key."""
    name = await desk.propose(by=ANN)
    agencies = Agencies()
    agencies.signatories = {"anna": desk.sign.keys[ANN]}
    story.tools = replace(story.tools, directory=directory_of(agencies))
    await story.restart()

    with pytest.raises(SecondPerson):
        await Signing(story.hub.agreements, desk.operator, agencies.signatories).approve(name, by="anna")


async def test_what_was_signed_is_in_the_record(story, desk):
    """Each step's entry holds, sealed, the very statement that was signed: whoever has the public key can check it."""
    name = await desk.propose(by=ANN)
    await desk.approve(name)
    words = [word for reason in reasons(story) for word in reason.split() if word.count(".") == 2]
    keys = {who: [public_jwk(key)] for who, key in desk.sign.keys.items()}

    assert [(ANN, "propose"), (BOB, "approve")] == [
        (read.statement.signatory, read.statement.step)
        for read in (read_signed(word, lambda who: keys[who]) for word in dict.fromkeys(words))
    ]


def reasons(story):
    """Return what is sealed with each entry."""
    with sqlite3.connect(story.path) as db:
        rows = db.execute('SELECT sealed, wrapped FROM entries LEFT JOIN data_keys USING (person) ORDER BY "index"')
        found = list(rows)
    db.close()
    opened = [story.tools.sealer.open_for(wrapped, "entry", sealed) for sealed, wrapped in found]
    return [msgspec.msgpack.decode(plain)["reason"] for plain in opened]


def altered(signed, statement):
    """Return another statement under the signature of one."""
    header, _, signature = signed.split(".")
    return ".".join((header, base64url.encode(msgspec.json.encode(statement)), signature))


def under(kid, signed, alg="EdDSA"):
    """Return a signed statement under a header of one's own."""
    header = base64url.encode(msgspec.json.encode({"alg": alg, "typ": TYPE, "kid": kid}))
    return f"{header}.{signed.partition('.')[2]}"


async def test_nothing_comes_into_force_in_the_past(story, desk):
    """A moment that is past is refused: what was decided since was decided under something else."""
    name = await desk.propose()

    with pytest.raises(OutOfTurn):
        await desk.approve(name, since=story.now)


DATES = {
    "before it was agreed": (b"agreed: 2026-04-01", b"agreed: 2026-12-01"),
    "after its end": (b"ends: 2027-09-30", b"ends: 2026-10-01"),
    "its review overdue": (b"review: 2027-03-31", b"review: 2026-10-05"),
}


@pytest.mark.parametrize("change", DATES.values(), ids=DATES)
async def test_own_dates_bind(story, desk, change):
    """A version comes into force neither before it was agreed, nor after its end, nor with its review overdue."""
    name = await desk.propose(varied(*change))

    with pytest.raises(OutOfTurn):
        await desk.approve(name)


INCOMPLETE = {
    "purpose": (b"purpose: prevent-crime", b"because: none"),
    "gateway": (b"gateway: cda-115", b"because: none"),
    "owner": (b"owner: Area Reducing Reoffending Board", b"owner: ''"),
    "review": (b"review: 2027-03-31", b"# no review"),
    "condition": (b"  condition: Data", b"  condition: ''\n  # Data"),
    "policy document": (b"  policy-document: Appropriate", b"  policy-document: ''\n  # Appropriate"),
}


@pytest.mark.parametrize("change", INCOMPLETE.values(), ids=INCOMPLETE)
async def test_the_incomplete_is_not_even_kept(story, desk, change):
    """A rule without purpose or gateway, an agreement without owner, review, condition or document is refused."""
    with pytest.raises(DocumentInvalid):
        await desk.propose(varied(*change))

    assert [] == await desk.states()


async def test_a_draft_that_clashes_waits(story, desk):
    """What cannot be in force beside what is stays a draft, which nobody can approve."""
    document = varied(b"agreement: west", b"agreement: east")
    version = load_written(Path("east.yaml"), document).agreement
    signed = await desk.sign.word(ANN, "propose", f"{version.name}@{version.version}")
    stood = await desk.agreements.propose(desk.operator, document, signed)

    assert "draft" == stood.state
    assert any("stands in more than one file" in problem.rule for problem in stood.problems)
    with pytest.raises(OutOfTurn):
        await desk.approve(stood.reference)


async def test_two_that_clash_do_not_come_into_force(story, desk):
    """Rules of one name in two versions that would be in force together keep both from it."""
    first, little = await desk.propose(), await desk.propose(LITTLE)
    also = await desk.propose(LITTLE.replace(b"agreement: little", b"agreement: also"))

    with pytest.raises(DocumentInvalid):
        await desk.approve(first, little, also)
    await desk.approve(first, little)


async def test_no_agreement_of_the_files_goes_unnoticed(story, desk):
    """The first version to be in force must come with one of each agreement of the files."""
    little = await desk.propose(LITTLE)

    with pytest.raises(OutOfTurn) as refused:
        await desk.approve(little)

    assert NAME in str(refused.value)
    await desk.approve(await desk.propose(), little)


async def test_a_version_comes_back(story, desk):
    """A version that was superseded can be approved again, and everything else is told where it stands."""
    first, second = (await desk.publish(FIRST))[0], (await desk.publish(SECOND))[0]

    assert ["superseded", "in force"] == await desk.states()
    await desk.approve(first)
    story.now += MINUTE
    assert ["in force", "superseded"] == await desk.states()
    assert [first] == await cited(story)
    with pytest.raises(OutOfTurn):
        await desk.approve(first)
    assert second


async def test_withdrawn_before_its_moment(story, desk):
    """What is withdrawn never comes into force; what was in force stays so, and cannot be withdrawn."""
    (first,) = await desk.publish(FIRST)
    (second,) = await desk.publish(SECOND, since=story.now + MINUTE)
    await desk.sign.withdraw(second)
    story.now += 2 * MINUTE

    assert [first] == await cited(story)
    assert ["in force", "withdrawn"] == await desk.states()
    with pytest.raises(OutOfTurn):
        await desk.sign.withdraw(first)


async def test_ended(story, desk):
    """After the end of the only version nothing is given, whatever the files say; then another may come."""
    (first,) = await desk.publish(FIRST)
    await desk.end(first)
    story.now += MINUTE

    assert await cited(story) is None
    assert "DOWN" == (await story.hub.health())["components"]["policy"]["status"]
    assert ["ended"] == await desk.states()
    await story.restart()
    (second,) = await desk.publish(SECOND)
    assert [second] == await cited(story)


async def test_to_serve_something_must_come(tmp_path):
    """A hub whose files have all ended does not serve, until a version is approved for a time to come."""
    async with Story(tmp_path, now=dt.datetime(2028, 1, 3, 9, tzinfo=dt.UTC)) as story:
        desk, moment = Desk(story), story.now + MINUTE
        with pytest.raises(Misconfigured):
            check_in_force(story.hub)
        later = FIRST.replace(b"2027", b"2029")
        await desk.approve(await desk.propose(later), since=moment)

        check_in_force(story.hub)
        story.now = moment
        check_in_force(story.hub)


async def test_an_end_takes_withholdings_away(story, desk):
    """Where others go on giving, somebody else must say too that what withholds beside them ends."""
    _, little = await desk.publish(FIRST, LITTLE)

    for second in ("", ANN):
        with pytest.raises(SecondPerson):
            await desk.end(little, second=second)
    await desk.end(little, second=BOB)


async def test_the_files_own_end_binds(story, desk):
    """A version that is in force gives nothing from the day on that its document names as its end."""
    ends = story.now.date() + dt.timedelta(days=1)
    (first,) = await desk.publish(varied(b"ends: 2027-09-30", f"ends: {ends}".encode()))

    assert [first] == await cited(story)
    story.now += dt.timedelta(days=1)
    assert await cited(story) is None
    assert ["ended"] == await desk.states()


async def test_every_step_is_in_the_record(story, desk):
    """Each step is an entry of its own kind that names the version and the moment, and nobody."""
    (first,) = await desk.publish(FIRST)
    await desk.end(first)

    steps = [entry for entry in entries(story) if entry.kind == "policy"]
    assert [f"policy.{s}" for s in ("proposed", "checked", "approved", "ended")] == [each.event for each in steps]
    assert all(each.reference.startswith(first) and each.person is None for each in steps)
    with sqlite3.connect(story.path) as db:
        content = b"".join(row[0] for row in db.execute("SELECT content FROM entries"))
    db.close()
    assert not [name for name in (ANN, BOB) if f"{name} by key".encode() in content]


async def test_an_altered_version_stops_everything(story, desk, tmp_path):
    """Where the text in the store is not what was published, nothing is decided, and health and the list say so."""
    (first,) = await desk.publish(FIRST)
    await desk.publish(SECOND, since=story.now + MINUTE)
    await story.hub.stop()
    with sqlite3.connect(story.path) as db:
        db.execute("DROP TRIGGER agreement_versions_stay_update")
        altered = FIRST.replace(b"Speak to the person named", b"Do not speak to the person named")
        db.execute("UPDATE agreement_versions SET document = ? WHERE document = ?", (altered, FIRST))
    db.close()
    story.hub = story.another()
    await story.hub.start(ticking=False)

    check_in_force(story.hub)
    with pytest.raises(UnfitVersion):
        await cited(story)
    health = (await story.hub.health())["components"]["policy"]
    assert ("DOWN", "unfit-version") == (health["status"], health["details"]["error"])
    assert f"{first} is not what was published under this hash" in (await desk.agreements.versions()).warnings
    with pytest.raises(UnfitVersion):
        await desk.agreements.document(first)
    story.now += 2 * MINUTE
    assert await cited(story)


async def test_what_is_due_is_told(story, desk):
    """The review and the end of what is in force are told from so many days before, in health and in the list."""
    desk.agreements.warning_days = 30
    for days, told in ((31, 0), (30, 1), (0, 1), (-1, 1)):
        story.now = dt.datetime(2027, 3, 31, 12, tzinfo=dt.UTC) - dt.timedelta(days=days)
        details = (await story.hub.health())["components"]["policy"]["details"]

        assert told == len(details["warnings"]) == len((await desk.agreements.versions()).warnings)
        assert {NAME: days} == details["review_in_days"]


async def test_a_version_is_named_by_enough(story, desk):
    """A reference names one version by its agreement and eight digits of its hash or more."""
    first = await desk.propose()

    assert FIRST == await desk.agreements.document(first)
    for wrong in (first[: len(NAME) + 8], first.replace("@", "@0"), f"other@{first[-16:]}", "x"):
        with pytest.raises(NotFound):
            await desk.agreements.document(wrong)
