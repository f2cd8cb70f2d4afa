"""Somebody is erased: nothing of them can be read any more, in any table or file, and the record still holds."""

import asyncio
import datetime as dt
import json
import secrets
import sqlite3

import msgspec
import psycopg
import pytest
from click.testing import CliRunner

from hub.bootstrap import initialise, secret_path
from hub.cli import hub
from hub.errors import Erased, NotFound, OnHold
from hub.intake.read import read_event
from hub.ledger.questions.statement import title_of
from hub.pipeline.answers import Period
from hub.pipeline.consult import known_person
from hub.pipeline.disclosed import Asked
from hub.pipeline.draft import Draft
from hub.pipeline.erasing import Gone
from hub.sealing import Sealer, Unsealable, load_secret
from hub.store.postgres import migrate_database
from schemas.labels import Role
from schemas.proof import main
from schemas.proof_file import write_proof
from schemas.record.custody import Custody
from schemas.record.need import Risk
from schemas.record.person import Identifier
from tests.fixtures.agencies import POLICIES, Agencies, recipient_id
from tests.fixtures.chapters import adopted, date_set, member, received, supervised, works_with
from tests.fixtures.failing import Failing
from tests.fixtures.people import event, only_number, person, prison_number
from tests.fixtures.story import Story

RECEPTION = recipient_id(Role.PRISON_RECEPTION)
HELD = Custody(in_custody=True, establishment="BMI")
SECTION_47 = "section 47 of the Data Protection Act 2018"


@pytest.fixture
def secret():
    """The secret under which everything of a story is sealed."""
    return secrets.token_bytes(32)


@pytest.fixture
async def story(tmp_path, either_store, secret):
    """Two people on a scheme of whom all kinds of things are kept: some received, some not, some held, some due."""
    async with Story(tmp_path, database=either_store, secret=secret) as story:
        for number in (1, 2):
            await adopted(story, person(number))
            await supervised(story, person(number))
            await received(story, person(number))
            await date_set(story, only_number(number), story.now.date() + dt.timedelta(days=50))
        await story.news(Role.PRISON_RECEPTION)
        await story.look_up(Role.COORDINATOR, person(1), reason="Surnamex of the reason")
        await story.hub.ledger.grow()
        yield story


async def erased(story, number=1, basis="section-47"):
    """Erase somebody; return their id and what was erased."""
    who = await story.hub.keeping.find(person(number))
    return who, await story.hub.keeping.erase(story.principal("operator"), who, basis=basis, reason="as was asked")


async def checked(story):
    found = await story.hub.ledger.check(lambda *_: None)
    return [f"{each.of}: {each.what}" for each in found.findings]


def tables(story):
    """Every row of every table as the database gives it, each value by its table and column: uncompressed."""
    if story.database:
        with psycopg.connect(story.database.replace("+psycopg", "")) as db:
            names = [n for (n,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            return {name: _rows(db.execute(f'SELECT * FROM "{name}"')) for name in names}  # noqa: S608
    with sqlite3.connect(story.path) as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
        found = {name: _rows(db.execute(f'SELECT * FROM "{name}"')) for name in names}  # noqa: S608
    db.close()
    return found


def _rows(cursor):
    columns = [c[0] for c in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def words_of(number):
    """What of somebody may stand nowhere in plain."""
    who = person(number)
    return [who.surname, who.forename, str(who.date_of_birth), *(i.value for i in who.identifiers)]


def in_plain(found, words):
    """The tables and columns in which some word stands."""
    return {
        (table, column)
        for table, rows in found.items()
        for row in rows
        for column, value in row.items()
        for word in words
        if word.encode() in (value if isinstance(value, bytes) else str(value).encode())
    }


async def test_nothing_personal_is_stored_in_plain(story):
    """No table has a name, a number, a date of birth or a stated reason of anybody as it is; nor has the folder."""
    words = [*words_of(1), *words_of(2), "Surnamex of the reason"]
    found = tables(story)

    assert set() == in_plain(found, words)
    assert all(found[name] for name in ("people", "entries", "copies", "mail", "due", "data_keys", "person_keys"))
    files = [f.read_bytes() for f in story.path.parent.iterdir()] if not story.database else []
    assert not [word for word in words for file in files if word.encode() in file]


async def test_everything_of_a_person_opens_under_their_own_key(story, secret):
    """What is kept of a person opens under their key and not under the hub's own, each thing for its use alone."""
    who = await story.hub.keeping.find(person(1))
    sealer, found = Sealer(secret), tables(story)
    (wrapped,) = [row["wrapped"] for row in found["data_keys"] if row["person"] == who]
    sealed = of_person(found, who)

    assert {"state", "copy", "entry", "due"} == {use for use, _ in sealed}
    for use, value in sealed:
        assert sealer.open_for(wrapped, use, value)
        with pytest.raises(Unsealable):
            sealer.open(use, value)
        with pytest.raises(Unsealable):
            sealer.data_key(wrapped).open("held", value)


def of_person(found, who):
    """Everything sealed that is of one person, by its use."""
    uses = {"people": ("id", "state", "state"), "copies": ("person", "body", "copy")}
    uses |= {"entries": ("person", "sealed", "entry"), "due": ("person", "body", "due")}
    return [
        (use, bytes(row[column]))
        for table, (owner, column, use) in uses.items()
        for row in found[table]
        if row[owner] == who
    ]


async def test_what_is_left_of_somebody_erased_opens_under_no_key(story, secret):
    """Of what stood in the store before, and whoever kept a copy of it, nothing opens without the key, which is gone;
    and in the store itself it stands no more.
    """
    who = await story.hub.keeping.find(person(1))
    before = tables(story)
    await erased(story)
    after, sealer = tables(story), Sealer(secret)

    assert who not in {row["person"] for row in after["data_keys"]}
    wrapped = [row["wrapped"] for row in after["data_keys"]]
    for use, value in of_person(before, who):
        for key in (None, *wrapped):
            with pytest.raises(Unsealable):
                sealer.open_for(key, use, value)
    gone = {value for _, value in of_person(before, who)}
    assert not [
        name
        for name, rows in after.items()
        for row in rows
        for value in row.values()
        if isinstance(value, bytes | memoryview) and bytes(value) in gone
    ]
    assert set() == in_plain(after, words_of(1))
    assert not {row["person"] for name in ("due", "person_keys") for row in after[name]} & {who}
    assert who not in {row["id"] for row in after["people"]}


async def test_what_is_held_of_somebody(story, secret, monkeypatch):
    """A copy that waits in quarantine is sealed under its person's key; an erasure takes it away, and every question
    in which the person is a candidate; what is held of others stays.
    """
    failing = Failing(monkeypatch)
    failing.recipients = {RECEPTION}
    for number in (1, 2):
        await story.tell("risk.assessed", person(number), by="police", risk=Risk(level="high"))
        twin = [Identifier(kind="prison-number", value=f"B999{number}BB")]
        await received(story, person(number, identifiers=twin))
    failing.recipients = set()
    who, other = [await story.hub.keeping.find(person(n)) for n in (1, 2)]
    before, sealer = tables(story), Sealer(secret)
    keys = {row["person"]: row["wrapped"] for row in before["data_keys"]}
    assert {"answer-failed", "ambiguous"} == {row["reason"] for row in before["held"]}
    for row in before["held"]:
        assert sealer.open_for(keys.get(row["person"]), "held", bytes(row["body"]))
        assert row["person"] is None or not opens(sealer, bytes(row["body"]))
    await erased(story)

    left = tables(story)["held"]
    assert len(before["held"]) == 2 * len(left)
    assert {other} == {row["person"] for row in left if row["person"]}
    assert not any(who in bytes(row["candidates"]).decode() for row in left)
    await story.later(seconds=1)
    assert {"held"} == {row["state"] for row in tables(story)["held"] if row["reason"] == "ambiguous"}


def opens(sealer, value):
    """Tell whether something opens under the hub's own key."""
    try:
        return sealer.open("held", value)
    except Unsealable:
        return False


async def test_of_the_entries_only_what_the_law_asks_for_remains(story):
    """Of an entry about somebody erased its time, kind and recipients remain, and commitments: no leaf, fact, event,
    reference, category or reason.
    """
    who, _ = await erased(story)
    entries = [row for row in tables(story)["entries"] if row["person"] == who]
    remainders = [json.loads(bytes(row["content"])) for row in entries if b'"remains"' in bytes(row["content"])]

    assert any(each["branches"] for each in remainders)
    for each in remainders:
        assert ("", "unknown", []) == (each["reference"], each["category"], each["auditor"])
        assert all(view["leaves"] == {} for view in each["views"])
        assert each["event"] == "" or each["kind"] == "consultation"
    assert not [row for row in entries if b'"remains"' in bytes(row["content"]) and bytes(row["sealed"])]


async def test_the_record_holds(story, tmp_path):
    """After an erasure every check comes out right, before the log grows and after; a proof made before verifies."""
    (copy, *_) = await story.news(Role.COORDINATOR)
    operator = story.principal("operator")
    proof = await story.hub.ledger.prove(operator, copy.delivery, "coordinator-1", "a court asks")
    (tmp_path / "proof.json").write_text(write_proof(proof))
    kept = story.hub.ledger.log.checkpoint()

    _, gone = await erased(story)
    before = await checked(story)
    await story.hub.ledger.grow()
    await received(story, only_number(2))
    found = await story.hub.ledger.check(lambda *_: None, [kept])

    assert [] == before
    assert () == found.findings
    said = []
    assert 0 == main([str(story.hub.ledger.log.keys().verifiers[0]), str(tmp_path / "proof.json")], said.append), said
    assert gone.entries > 5


async def test_who_asks_is_told_that_it_is_erased(story):
    """Whoever asks for a proof, an explanation or what was told hears when it was erased and under what; by numbers
    nobody is found any more.
    """
    (copy, *_) = await story.news(Role.COORDINATOR)
    entry, operator = copy.handling["entry"], story.principal("operator")
    who, gone = await erased(story)

    with pytest.raises(Erased, match=f"erased on 05 Oct 2026 under {SECTION_47}"):
        await story.hub.ledger.prove(operator, copy.delivery, "coordinator-1", "why")
    with pytest.raises(Erased, match=SECTION_47):
        await story.hub.told.explain(operator, asked(entry))
    told = await story.hub.disclosures(operator, who, "a complaint")
    assert {SECTION_47} == {each["erased"]["under"] for each in told if each["kind"] == "disclosure"}
    assert gone.entry in {each["entry"] for each in told}
    assert [] == await story.hub.disclosures(operator, person(1), "a complaint")
    with pytest.raises(NotFound):
        await story.hub.keeping.find(person(1))
    with pytest.raises(Erased):
        await story.hub.keeping.erase(operator, who, basis="article-17", reason="again")


def asked(entry):
    return Asked(event=entry, recipient="coordinator-1", reason="why")


async def test_the_record_is_asked_about_somebody_erased(story):
    """The answers say that something happened and was erased; where a branch has to be opened, that it cannot be."""
    questions, operator = story.hub.ledger.questions, story.principal("operator")
    await story.later(hours=2)
    day = Period(story.now - dt.timedelta(days=1), story.now)
    agency = next(r["agency"] for r in story.agencies.recipients if r["id"] == RECEPTION)
    await questions.never(operator, RECEPTION, "clinical", day, "an inspection")
    before = {row["place"] for row in tables(story)["index_references"]}
    who, _ = await erased(story)

    statement = await questions.subject(operator, who, "they asked")
    page = await questions.received(operator, agency, day, "they asked")

    kinds = {told.what: told.kinds for told in statement.told if told.what != title_of("copy.withdrawn")}
    gone, asked = "Something of which no more is kept: the record of it was erased.", title_of("person.looked-up")
    assert {gone: (), asked: ()} == kinds
    of_them = {row["index"] for row in tables(story)["entries"] if row["person"] == who}
    assert before & of_them
    assert not {row["place"] for row in tables(story)["index_references"]} & before & of_them
    assert any(given.person == who and not given.given for given in page.given)
    assert any(given.person != who and given.given for given in page.given)
    with pytest.raises(Erased, match="cannot be opened any more"):
        await questions.never(operator, RECEPTION, "clinical", day, "an inspection")


async def test_whoever_has_a_copy_is_told_to_erase_it(story):
    """Whoever received a copy is told to take it back, by its delivery and nothing else; what was not received is out
    of the mailboxes; the other person's copies are untouched.
    """
    had = [c.delivery for c in await story.news(Role.POLICE_OFFENDER_MANAGER)]
    waiting = {c.delivery: c for c in await story.copies(Role.COORDINATOR)}
    await erased(story)

    told = await story.copies(Role.POLICE_OFFENDER_MANAGER)
    assert {"copy.withdrawn"} == {c.type for c in told}
    named = {c.given["withdrawn"]["delivery"] for c in told}
    assert named
    assert named < set(had)
    left = await story.copies(Role.COORDINATOR)
    assert {c.delivery for c in left} < set(waiting)
    assert all(person(2).surname.encode() in c.body or b"A0002" in c.body for c in left if c.type != "copy.withdrawn")


async def test_somebody_erased_and_met_again_is_somebody_new(story):
    """An event about somebody who was erased makes a record anew, with another id and key, on no scheme."""
    who, _ = await erased(story)
    await received(story, only_number(1))

    again = await story.hub.keeping.find(only_number(1))
    assert who != again
    assert [] == await checked(story)
    assert "ppo.alert" not in [c.type for c in await story.copies(Role.PRISON_RECEPTION)]


async def test_what_looks_erased_and_is_not(story):
    """An entry that was made to look like a remainder, and a copy that was emptied, are told from erased ones."""
    who = await story.hub.keeping.find(person(2))
    _, gone = await erased(story)
    run(story, "UPDATE copies SET body = :nothing WHERE person = :who", who=who, nothing=b"")
    told = "\n".join(await checked(story))
    assert "was emptied, and no erasure says so" in told

    # The one who did it reduces the entry of the erasure to one of somebody else.
    run(story, "UPDATE entries SET person = NULL WHERE id = :who", who=gone.entry, nothing=b"")
    assert f"entry {gone.entry}: its columns and its content" in "\n".join(await checked(story))
    run(story, "DELETE FROM entries WHERE id = :who", who=gone.entry, nothing=b"")
    told = "\n".join(await checked(story))
    assert "it looks erased, and no erasure says so" in told


def run(story, statement, **values):
    """Do to the store what somebody with its password could."""
    if story.database:
        with psycopg.connect(story.database.replace("+psycopg", "")) as db:
            named = statement.replace(":nothing", "%(nothing)s").replace(":who", "%(who)s")
            assert db.execute(named, values).rowcount
        return
    with sqlite3.connect(story.path) as db:
        assert db.execute(statement, values).rowcount
    db.close()


async def test_a_legal_hold_stops_it(story):
    """While a hold stands neither a command nor time erases anything of its person; when it is lifted both do."""
    operator = story.principal("operator")
    who = await story.hub.keeping.find(person(1))
    await story.hub.keeping.set_hold(operator, who, "an inquiry")
    with pytest.raises(OnHold):
        await erased(story)
    with pytest.raises(OnHold):
        await story.hub.keeping.set_hold(operator, who, "another inquiry")
    copies = [row for row in tables(story)["copies"] if row["person"] == who]
    story.now += dt.timedelta(days=400)
    await story.hub.keeping.sweep_all()
    kept = {row["id"]: row for row in tables(story)["copies"]}
    assert all(bytes(kept[row["id"]]["body"]) == bytes(row["body"]) for row in copies)
    assert [who] == [each.person for each in await story.hub.keeping.holds()]

    await story.hub.keeping.lift_hold(operator, who, "it is over")
    with pytest.raises(NotFound):
        await story.hub.keeping.lift_hold(operator, who, "it is over")
    assert isinstance((await erased(story))[1], Gone)
    assert [] == await checked(story)
    about = await story.hub.disclosures(operator, await story.hub.keeping.find(person(2)), "why")
    assert "hold.set" not in {each["event"] for each in about}


async def test_a_record_is_erased_years_after_its_end(story):
    """Somebody who left the scheme is erased so many years after the last that was said; the plan says it beforehand,
    and somebody still on a scheme is not erased.
    """
    who, other = [await story.hub.keeping.find(person(n)) for n in (1, 2)]
    await story.tell("ppo.deselected", person(1), memberships=[member()])
    last = story.now
    plan = await story.hub.keeping.plan(365.25 * 7, lambda _: None)
    assert [who] == [each.person for each in plan.people]
    assert plan.people[0].at >= last + dt.timedelta(days=365.25 * 6)

    story.now = plan.people[0].at - dt.timedelta(seconds=1)
    assert 0 == (await story.hub.keeping.sweep_all()).people
    story.now = plan.people[0].at
    assert 1 == (await story.hub.keeping.sweep_all()).people
    assert {other} == {row["id"] for row in tables(story)["people"]}
    assert [] == await checked(story)
    told = await story.hub.disclosures(story.principal("operator"), who, "why")
    assert {"the time for which it may be kept was over"} == {
        each["erased"]["under"] for each in told if each["erased"]
    }
    assert "copy.withdrawn" not in {c.type for c in await story.copies(Role.PRISON_RECEPTION)}


async def test_copies_are_deleted_when_their_time_is_over(story):
    """A received copy is deleted when its holder has to delete it, one that nobody received when the hub's own time is
    over; the entries stay, the record holds, and what was given is still told.
    """
    await works_with(story, person(1), "housing-association-1")
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60))
    assert await story.news("housing-association-1")
    waiting = len(await story.copies(Role.COORDINATOR))
    story.now += dt.timedelta(days=31)
    first = await story.hub.keeping.sweep_all()
    assert first.copies
    assert waiting == len(await story.copies(Role.COORDINATOR))
    assert [] == await checked(story)

    story.now += dt.timedelta(days=60)
    assert (await story.hub.keeping.sweep_all()).copies
    assert [] == await story.copies(Role.COORDINATOR)
    assert [] == await checked(story)
    told = await story.hub.disclosures(story.principal("operator"), person(1), "why")
    assert any(each["to"] and each["to"][0]["given"] for each in told)
    assert not [row for row in tables(story)["copies"] if bytes(row["body"])]


async def test_somebody_on_no_scheme(story, secret):
    """Of somebody on no scheme no table has anything but keyed hashes, where and when: after the agreement's period not
    even these, and what remains of the record opens under no key.
    """
    stranger = person(7)
    said = event("custody.received", stranger, story.now, story.agencies.source("prisons"), custody=HELD)
    assert "accepted" == (await story.send(said, by="prisons")).state
    who = await story.hub.keeping.find(stranger)
    before = tables(story)
    plain_digest = read_event(msgspec.json.encode(said)).digest
    assert not [row for rows in before.values() for row in rows for value in row.values() if value == plain_digest]
    assert set() == in_plain(before, words_of(7))
    state = next(bytes(row["state"]) for row in before["people"] if row["id"] == who)
    (wrapped,) = [row["wrapped"] for row in before["data_keys"] if row["person"] == who]
    plain = msgspec.msgpack.decode(Sealer(secret).open_for(wrapped, "state", state))
    told = {name for name, value in plain.items() if value not in ([], {}, None, "unknown", "none", False, "no", 0)}
    assert {"id", "sequence", "custody", "release", "stamps"} >= told
    assert not any(word in str(plain) for word in words_of(7))

    story.now += dt.timedelta(days=91)
    assert 1 == (await story.hub.keeping.sweep_all()).sightings
    after = tables(story)
    columns = [(name, col) for name in ("people", "person_keys", "data_keys") for col in ("id", "person", "entry")]
    assert not [row for name, col in columns for row in after[name] if row.get(col) == who]
    assert [] == await checked(story)


async def test_a_hold_at_a_police_station_ends(story):
    """Nobody is held at a police station for longer than the law allows, though nobody told that it ended."""
    who = person(8)
    await adopted(story, who)
    await story.tell("custody.detained", who, custody=Custody(in_custody=True, station="northgate"))
    assert "held" == await standing(story, who)
    story.now += dt.timedelta(hours=97)
    assert "unknown" == await standing(story, who)


async def standing(story, who):
    found = await story.hub._committer.do(lambda batch: known_person(Draft(batch), who))  # noqa: SLF001
    return found.custody.standing


@pytest.mark.parametrize("events_before", [0, 2])
async def test_one_transaction_for_an_erasure_and_events(story, events_before):
    """An erasure that comes together with events about the same person ends what those before it made, and those
    behind it find nobody.
    """
    who, operator = await story.hub.keeping.find(person(1)), story.principal("operator")

    def assessed():
        return date_set(story, only_number(1), story.now.date() + dt.timedelta(days=40))

    async def erasing():
        if events_before:
            await asyncio.sleep(0)  # as long as an event takes to get into the queue
        return await story.hub.keeping.erase(operator, who, basis="section-47", reason="as was asked")

    before = [assessed() for _ in range(events_before)]
    waited_for = story.hub.ready()  # while this is written all others come together
    results = await asyncio.gather(waited_for, *before, erasing(), assessed(), assessed(), return_exceptions=True)

    assert 1 == results[1 + events_before].people, results
    assert [] == await checked(story)
    assert who not in {row["id"] for row in tables(story)["people"]}
    assert who not in {row["person"] for row in tables(story)["person_keys"]}
    assert [] == tables(story)["held"]


async def test_two_workers(tmp_path, database):
    """One worker erases somebody while another takes events about them: whatever was made before is gone, whatever
    comes after is of somebody new, and the record holds.
    """
    migrate_database(database)
    async with Story(tmp_path, database=database) as story:
        await adopted(story, person(1))
        who, other = await story.hub.keeping.find(person(1)), story.another()
        await other.start(ticking=False)
        body = [
            msgspec.json.encode(
                event("custody.received", only_number(1), story.now, story.agencies.source("prisons"), custody=HELD)
            )
            for _ in range(30)
        ]
        taken, gone = await asyncio.gather(
            asyncio.gather(*(other.publish(story.principal("prisons"), [each]) for each in body)),
            story.hub.keeping.erase(story.principal("operator"), who, basis="section-47", reason="as was asked"),
        )
        await other.stop()
        about = await story.hub.disclosures(story.principal("operator"), who, "why")

        assert {"accepted"} == {outcome.state for (outcome,) in taken}
        assert 1 == gone.people
        assert [] == await checked(story)
        assert all(each["erased"] for each in about if each["kind"] == "disclosure")
        assert who != await story.hub.keeping.find(only_number(1))


async def test_what_was_stored_before_people_had_keys(tmp_path, secret):
    """What was sealed under the hub's own key is read as before; the record gets a key with the next event, and an
    erasure takes all of it away.
    """
    async with Story(tmp_path, secret=secret) as story:
        for number in (1, 2):
            await adopted(story, person(number))
            await received(story, only_number(number))
            await date_set(story, only_number(number), story.now.date() + dt.timedelta(days=50))
        as_before(story, Sealer(secret))
        who = await story.hub.keeping.find(person(1))
        assert await story.copies(Role.COORDINATOR)
        assert [] == await checked(story)
        assert [] == tables(story)["data_keys"]

        await received(story, only_number(1))
        assert [who] == [row["person"] for row in tables(story)["data_keys"]]
        await story.later(days=40)
        await erased(story)
        assert [] == of_erased(tables(story), who)
        assert [] == await checked(story)
        assert await story.hub.keeping.find(person(2))


def as_before(story, sealer):
    """Seal everything as it was before people had keys of their own."""
    with sqlite3.connect(story.path) as db:
        keys = dict(db.execute("SELECT person, wrapped FROM data_keys"))
        for table, use, column, owner in (
            ("people", "state", "state", "id"),
            ("copies", "copy", "body", "person"),
            ("entries", "entry", "sealed", "person"),
            ("due", "due", "body", "person"),
        ):
            for name, whose, value in db.execute(f"SELECT id, {owner}, {column} FROM {table}").fetchall():  # noqa: S608
                plain = sealer.open_for(keys.get(whose), use, value)
                db.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", [sealer.seal(use, plain), name])  # noqa: S608
        db.execute("DELETE FROM data_keys")
    db.close()


def of_erased(found, who):
    """What is sealed of somebody, but for what was said of the erasure itself."""
    told = {row["id"] for row in found["entries"] if row["kind"] == "erasure"}
    entries = [row for row in found["entries"] if row["id"] not in told]
    copies = [row for row in found["copies"] if row["entry"] not in told]
    return [value for _, value in of_person({**found, "entries": entries, "copies": copies}, who) if value]


def test_the_commands(tmp_path):
    """An operator finds somebody by a number, holds and erases them, and sees by whose word and what comes next."""
    data = tmp_path / "data"
    initialise(data)

    async def make():
        async with Story(data, secret=load_secret(secret_path(data)), now=dt.datetime.now(dt.UTC)) as story:
            for number in (1, 2):
                await adopted(story, person(number))
            await story.settle_mailboxes()
            return await story.hub.keeping.find(person(1))

    who = asyncio.run(make())
    directory = Agencies().write(tmp_path / "directory.yaml")
    settings = {"HUB_DATA": str(data), "HUB_DIRECTORY": str(directory), "HUB_POLICIES": str(POLICIES)}

    def run(*words, code=0):
        result = CliRunner(env=settings).invoke(hub, words)
        assert code == result.exit_code, result.output
        return result.output

    number, asked_for = ("--prison-number", prison_number(1)), ("--basis", "section-47", "--reason", "as was asked")
    assert who in run("hold", "set", *number, "--reason", "an inquiry")
    assert who in run("hold", "list")
    assert isinstance(CliRunner(env=settings).invoke(hub, ["erase", *number, *asked_for, "--yes"]).exception, OnHold)
    run("hold", "lift", who, "--reason", "over")
    assert "the records of 0 people" in run("retention")
    assert "erased under section 47" in run("erase", *number, *asked_for, "--yes")
    assert who in run("retention", "--erased")
    assert "people: 0" in run("retention", "--erase-now")
    assert "erased on" in run("disclosures", "--id", who, "--reason", "why")
    assert "All of it fits together" in run("ledger", "check")
    assert "Nothing is recorded" in run("disclosures", *number, "--reason", "why")
    assert 0 == json.loads(run("retention", "--json"))["sightings"]
