"""A write that fails, at each table in turn: nothing of its transaction happened, the caller is told, and after
mending the same again succeeds.
"""

import asyncio
import datetime as dt
import sqlite3
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from hub.errors import NotFound, OnHold, StoreUnavailable, Unauthenticated
from schemas.exchange import Receipt
from schemas.labels import Role
from schemas.receipt import digest_of
from schemas.record.custody import Custody, Release
from schemas.record.person import Identifier, Person
from tests.fixtures.chapters import adopted, date_set, received
from tests.fixtures.people import event, only_number, person
from tests.fixtures.story import Story

NEW_DATE = dt.date(2026, 12, 4)


class Fault(msgspec.Struct, frozen=True):
    """One row of the table: how the store breaks, what is then asked of the hub, and what shows that it went on
    after mending.
    """

    table: str
    write: str
    ask: Callable[[Story], Awaitable[object]]
    progress: Callable[[Story], Awaitable[bool]]

    @property
    def name(self):
        return f"{self.write} {self.table} for {self.ask.__name__}"


async def reception(story):
    await received(story, only_number(1), at=story.now)


async def adoption(story):
    await adopted(story, person(2))


async def far_date(story):
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60))


async def refusal(story):
    await story.tell("custody.received", person(3), by="courts", custody=Custody(in_custody=True))


async def settling(story):
    (item,) = await story.hub.quarantine.items(story.principal("operator"))
    await story.hub.quarantine.settle(
        story.principal("operator"), item.id, person=None, new=True, reason="somebody new"
    )


async def what_is_due(story):
    story.now += dt.timedelta(days=45)
    await story.hub.do_what_is_due()


async def assertion(story):
    await admitted(story)


async def admitted(story):
    system = story.hub.directory.systems["prisons-system"]
    return await story.hub.standing.admit(system, frozenset(), "token", expires=story.now, until=story.now)


async def a_receipt(story):
    copies = await story.copies(Role.COORDINATOR)
    await story.hub.receive(Receipt(recipient="coordinator-1", deliveries=[c.delivery for c in copies]))


async def a_signed_receipt(story):
    copies = await story.copies(Role.COORDINATOR)
    digests = {copy.delivery: digest_of(copy.body) for copy in copies}
    signed = story.agencies.keys["schemes"].receipt("coordinator-1", digests, story.now)
    receipt = Receipt(recipient="coordinator-1", deliveries=list(digests), signed=signed)
    await story.hub.receive(receipt, client="schemes-system")


async def a_correction(story):
    release = Release(date=NEW_DATE, area="N1")
    made = event(
        "release.date-set", only_number(1), story.now, story.agencies.source("prisons"), "new", release=release
    )
    await story.send(msgspec.structs.replace(made, corrects="dated"), by="prisons")


async def escalating(story):
    story.now += dt.timedelta(hours=25)
    await story.hub.corrections.escalate()


async def sending(story):
    await story.hub.sent("coordinator-1", [c.delivery for c in await story.copies(Role.COORDINATOR)])


async def asking(story):
    await story.look_up(Role.PROSECUTION, person(1))


async def erasing(story):
    who = await story.hub.keeping.find(only_number(1))
    await story.hub.keeping.erase(story.principal("operator"), who, basis="section-47", reason="as was asked")


async def holding(story):
    who = await story.hub.keeping.find(only_number(1))
    await story.hub.keeping.set_hold(story.principal("operator"), who, "an inquiry")


async def is_erased(story):
    with pytest.raises(NotFound):
        await story.hub.keeping.find(only_number(1))
    return () == (await story.hub.ledger.check(lambda *_: None)).findings


async def on_hold(story):
    with pytest.raises(OnHold):
        await erasing(story)
    return 1 == len(await story.hub.keeping.holds())


async def alerted(story):
    return 1 == [c.type for c in await story.copies(Role.PRISON_RECEPTION)].count("ppo.alert")


async def on_scheme(story):
    return {} != await story.look_up(Role.PROSECUTION, person(2))


async def scheduled(story):
    return 2 == (await story.hub.health())["components"]["store"]["details"]["due"]


async def kept(story):
    return 2 == len(await story.hub.quarantine.items(story.principal("operator")))


async def settled(story):
    return [] == await story.hub.quarantine.items(story.principal("operator"))


async def noticed(story):
    return 1 == [c.type for c in await story.copies(Role.NEIGHBOURHOOD_POLICING)].count("release.notice")


async def used_up(story):
    with pytest.raises(Unauthenticated):
        await admitted(story)
    return True


async def nothing_waits(story):
    return [] == await story.copies(Role.COORDINATOR)


async def corrected(story):
    copies = await story.copies(Role.COORDINATOR)
    return [NEW_DATE.isoformat()] == [c.given["release"]["date"] for c in copies if c.type == "release.date-set"]


async def told_to_correct(story):
    had = {"neighbourhood-policing-1", "police-offender-manager-1"}
    return had == {each.row.recipient for each in await story.hub.corrections.followed()}


async def overdue(story):
    return "coordinator-1" in {each.recipient for each in await story.hub.corrections.overdue()}


async def has_left(story):
    return all(s.left_at for s in await story.hub.deliveries("coordinator-1"))


async def recorded(story):
    found = await story.hub.disclosures(story.principal("operator"), person(1), "a complaint")
    return 1 == len([e for e in found if e["event"] == "person.looked-up"])


FAULTS = (
    *(Fault(table, "INSERT", reception, alerted) for table in ("seen", "entries", "copies", "mail", "heads")),
    Fault("people", "UPDATE", reception, alerted),
    Fault("people", "INSERT", adoption, on_scheme),
    Fault("person_keys", "INSERT", adoption, on_scheme),
    Fault("due", "INSERT", far_date, scheduled),
    Fault("due", "DELETE", what_is_due, noticed),
    Fault("held", "INSERT", refusal, kept),
    Fault("held", "UPDATE", settling, settled),
    Fault("assertions", "INSERT", assertion, used_up),
    Fault("mail", "UPDATE", a_receipt, nothing_waits),
    Fault("mail", "UPDATE", sending, has_left),
    Fault("entries", "INSERT", asking, recorded),
    Fault("receipts", "INSERT", a_signed_receipt, nothing_waits),
    Fault("dropped", "INSERT", a_correction, corrected),
    Fault("mail", "UPDATE", a_correction, corrected),
    Fault("corrections", "INSERT", a_correction, told_to_correct),
    Fault("escalations", "INSERT", escalating, overdue),
    Fault("data_keys", "INSERT", adoption, on_scheme),
    *(Fault(table, "UPDATE", erasing, is_erased) for table in ("entries", "copies")),
    *(Fault(table, "DELETE", erasing, is_erased) for table in ("data_keys", "person_keys", "people", "mail", "due")),
    *(Fault(table, "INSERT", erasing, is_erased) for table in ("erased", "entries", "copies", "mail", "heads")),
    Fault("legal_holds", "INSERT", holding, on_hold),
)


@pytest.fixture
async def story(tmp_path):
    """Somebody on a scheme, a release that is planned, and a question that is open."""
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        release = Release(date=story.now.date() + dt.timedelta(days=50), area="N1")
        await story.tell("release.date-set", only_number(1), event_id="dated", release=release)
        fetched = await story.copies(Role.NEIGHBOURHOOD_POLICING)
        await story.hub.sent("neighbourhood-policing-1", [copy.delivery for copy in fetched])
        known = person(1)
        number = Identifier(kind="prison-number", value="B9999BB")
        twin = Person(
            surname=known.surname, forename=known.forename, date_of_birth=known.date_of_birth, identifiers=[number]
        )
        await received(story, twin)
        await story.news(Role.POLICE_OFFENDER_MANAGER)
        yield story


class Database:
    """The store's file, seen from beside."""

    def __init__(self, path):
        self.path = path

    def run(self, *statements):
        with sqlite3.connect(self.path) as db:
            found = [db.execute(statement).fetchall() for statement in statements]
        db.close()
        return found

    def contents(self):
        ((*tables,),) = self.run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return dict(zip(tables, self.run(*(f'SELECT * FROM "{t}"' for (t,) in tables)), strict=True))  # noqa: S608 - its own tables


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_write_that_fails(story, fault):
    """Whichever table cannot be written, the caller gets StoreUnavailable, no table has changed, and the same
    request succeeds after mending.
    """
    database = Database(story.path)
    before = database.contents()

    database.run(
        f"CREATE TRIGGER broken BEFORE {fault.write} ON {fault.table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
    )
    with pytest.raises(StoreUnavailable):
        await fault.ask(story)
    after = database.contents()
    database.run("DROP TRIGGER broken")
    await fault.ask(story)

    assert before == after
    assert await fault.progress(story)


async def test_what_waits_beside_a_failing_write_is_told_so_too(story):
    """Everybody whose event shares a transaction that fails is told that nothing was taken; nobody is answered as if
    it were.
    """
    database = Database(story.path)
    database.run("CREATE TRIGGER broken BEFORE INSERT ON mail BEGIN SELECT RAISE(ABORT, 'broken'); END")
    before = database.contents()
    bodies = [msgspec.json.encode(_reception(story, i)) for i in (1, 2, 3)]

    with pytest.raises(StoreUnavailable):
        await story.hub.publish(story.principal("prisons"), bodies)
    assert before == database.contents()

    database.run("DROP TRIGGER broken")
    assert ["accepted"] * 3 == [o.state for o in await story.hub.publish(story.principal("prisons"), bodies)]
    assert ["repeated"] * 3 == [o.state for o in await story.hub.publish(story.principal("prisons"), bodies)]


async def test_a_read_that_fails(story):
    """A reader whose statement fails is told StoreUnavailable, and no statement is quoted."""
    Database(story.path).run("ALTER TABLE mail RENAME TO elsewhere")

    with pytest.raises(StoreUnavailable) as refused:
        await story.copies(Role.COORDINATOR)
    Database(story.path).run("ALTER TABLE elsewhere RENAME TO mail")

    assert "SELECT" not in str(refused.value)
    assert await story.copies(Role.COORDINATOR)


async def test_an_operation_that_fails_harms_no_other(story, monkeypatch):
    """A look-up that runs into a fault of the hub fails alone: an event in the same transaction is taken."""
    monkeypatch.setattr("hub.pipeline.consult.ladder", lambda *_: 1 / 0)

    asked, outcome = await _both(story.look_up(Role.PROSECUTION, person(1)), received(story, only_number(7)))

    assert "Fault" == type(asked).__name__
    assert "accepted" == outcome.state


async def test_a_thing_due_that_cannot_be_told_holds_nothing_up(story):
    """Something due that cannot be read is kept and tried again; what is due beside it is told all the same."""
    await adopted(story, person(2))
    await date_set(story, only_number(2), story.now.date() + dt.timedelta(days=50))
    ((first, *_),) = Database(story.path).run("SELECT id FROM due ORDER BY at, id")
    Database(story.path).run(f"UPDATE due SET body = x'00' WHERE id = '{first[0]}'")  # noqa: S608 - an id of the table

    await story.later(days=40)

    assert 1 == [c.type for c in await story.copies(Role.NEIGHBOURHOOD_POLICING)].count("release.notice")
    assert "due-failed" in {
        i.reason for i in await story.hub.quarantine.items(story.principal("operator"), state="retrying")
    }


def _reception(story, i):
    return event(
        "custody.received",
        only_number(i),
        story.now,
        story.agencies.source("prisons"),
        custody=Custody(in_custody=True, establishment="BMI"),
    )


async def _both(*asked):
    return await asyncio.gather(*asked, return_exceptions=True)
