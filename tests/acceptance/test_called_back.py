"""What is taken back though no event corrects it, and what becomes of a copy that nobody says to have."""

import asyncio
import datetime as dt
import json

import pytest
from click.testing import CliRunner

from hub.bootstrap import initialise, secret_path
from hub.cli import hub as command
from hub.pipeline.calling_back import Mistaken
from hub.pipeline.disclosed import Asked
from hub.sealing import load_secret
from schemas.events.occurrence import Merge, Restriction
from schemas.exchange import Receipt
from schemas.labels import Role
from schemas.record.need import Engagement, Health
from schemas.record.person import Identifier
from tests.fixtures.agencies import POLICIES, Agencies, recipient_id
from tests.fixtures.chapters import adopted, date_set, received, supervised
from tests.fixtures.people import only_number, person, prison_number
from tests.fixtures.story import Story

NEIGHBOURHOOD, COORDINATOR = recipient_id(Role.NEIGHBOURHOOD_POLICING), recipient_id(Role.COORDINATOR)
OFFICER, RECEPTION = recipient_id(Role.NATIONAL_OFFENDER_MANAGER), recipient_id(Role.PRISON_RECEPTION)


@pytest.fixture
async def story(either_store, tmp_path):
    """Somebody is on a scheme, on each store; whatever happens, record and mailboxes fit together afterwards."""
    async with Story(tmp_path, database=either_store) as story:
        await adopted(story, person(1))
        await supervised(story, person(1), kind="voluntary")
        await story.settle_mailboxes()
        yield story
        assert [] == [each.what for each in (await story.hub.ledger.check(lambda *_: None)).findings]


def mistake(story, rule, role, **more):
    since, until = story.now - dt.timedelta(days=1), story.now + dt.timedelta(days=1)
    return Mistaken(**{"rule": rule, "role": role, "since": since, "until": until, "reason": "a mistake", **more})


async def call_back(story, *which, send=True, **more):
    return await story.hub.calling_back.mistaken(story.principal("operator"), mistake(story, *which, **more), send=send)


async def rules_of(story, copy, whose, path):
    """Return the rules on which a leaf of a copy rests, as the record has them."""
    asked = Asked(event=copy.handling["entry"], recipient=whose, reason="a test")
    found = await story.hub.told.explain(story.principal("operator"), asked)
    (leaf,) = [leaf for told in found for leaf in told.leaves if leaf.path == path]
    return [reason.rule for reason in leaf.reasons]


async def dated(story):
    """A release date is set, far off; return the rule that alone gives it to the neighbourhood team."""
    await date_set(story, person(1), story.now.date() + dt.timedelta(days=60))
    (copy,) = await story.copies(NEIGHBOURHOOD)
    (rule,) = await rules_of(story, copy, NEIGHBOURHOOD, "release.date")
    return rule


async def test_what_a_mistaken_rule_gave(story):
    """Whoever of the role has something by the rule is told to erase it, or gets the rest; nobody else hears of it."""
    rule = await dated(story)
    before = await story.everybody()
    found = await call_back(story, rule, Role.NEIGHBOURHOOD_POLICING)
    after = await story.everybody()

    assert {NEIGHBOURHOOD} == {each.recipient for each in found} == after.keys()
    assert before.keys() > after.keys()
    (old,), (new,) = before[NEIGHBOURHOOD], after[NEIGHBOURHOOD]
    assert ("copy.withdrawn", {"withdrawn": {"delivery": old.delivery}}) == (new.type, new.given)
    assert [] == await call_back(story, rule, Role.NEIGHBOURHOOD_POLICING)


async def test_tried_first(story):
    """Without being told to, nothing is changed: it is only said what would be, and never a value."""
    rule = await dated(story)
    before = await story.everybody()
    (found,) = await call_back(story, rule, Role.NEIGHBOURHOOD_POLICING, send=False)

    (old,) = before[NEIGHBOURHOOD]
    assert (NEIGHBOURHOOD, old.delivery, "release.date-set", True, True) == (
        found.recipient,
        found.delivery,
        found.event,
        found.whole,
        found.left,
    )
    assert "release.date" in found.leaves
    assert {} == await story.everybody()
    assert 1 == len(await call_back(story, rule, Role.NEIGHBOURHOOD_POLICING))


async def test_what_is_left_takes_its_place(story):
    """Of a copy that says more than the rule gave, the rest goes out in its place and names it."""
    await date_set(story, person(1), story.now.date() + dt.timedelta(days=60))
    (old,) = await story.news(COORDINATOR)
    await story.settle_mailboxes()
    (rule,) = await rules_of(story, old, COORDINATOR, "cases[].officer.name")
    found = await call_back(story, rule, Role.COORDINATOR, since=story.now - dt.timedelta(milliseconds=1))
    (new,) = await story.news(COORDINATOR)

    assert [False] == [each.whole for each in found]
    assert old.delivery == new.handling["corrects"]
    assert "officer" in json.dumps(old.given)
    assert "officer" not in json.dumps(new.given)
    assert old.given["release"] == new.given["release"]
    assert {} == await story.everybody()


async def test_what_waits_goes_out_without_it(story):
    """A copy that nobody fetched is dropped, or goes out under its number with what is left."""
    rule = await dated(story)
    await call_back(story, rule, Role.NEIGHBOURHOOD_POLICING)

    assert [] == await story.copies(NEIGHBOURHOOD)
    (old,) = await story.copies(COORDINATOR)
    (rule,) = await rules_of(story, old, COORDINATOR, "cases[].officer.name")
    await call_back(story, rule, Role.COORDINATOR, since=story.now - dt.timedelta(milliseconds=1))
    (new,) = await story.copies(COORDINATOR)
    assert (old.number, old.type) == (new.number, new.type)
    assert "corrects" not in new.handling
    assert "officer" not in json.dumps(new.given)


async def test_outside_its_dates(story):
    """What was given before or after the mistake stays."""
    rule = await dated(story)
    later = story.now + dt.timedelta(hours=1)

    assert [] == await call_back(story, rule, Role.NEIGHBOURHOOD_POLICING, since=later)
    assert [] == await call_back(
        story, rule, Role.NEIGHBOURHOOD_POLICING, since=later - dt.timedelta(days=9), until=story.now
    )


async def test_consent_withdrawn(story):
    """What rested on consent alone is taken back from whoever had it, and nothing else is."""
    await story.tell("consent.changed", person(1), by="probation", health=Health(consent="given"))
    await story.settle_mailboxes()
    health, engagement = Health(programme="a programme"), Engagement(engaging=True, attending=True)
    await story.tell("engagement.reported", person(1), by="health", health=health, engagement=engagement)
    before = await story.everybody()
    await date_set(story, person(1), story.now.date() + dt.timedelta(days=60))
    await story.settle_mailboxes()
    await story.tell("consent.changed", person(1), by="probation", health=Health(consent="withdrawn"))
    after = await story.everybody()

    assert OFFICER in before
    erased = {
        name: {copy.given["withdrawn"]["delivery"] for copy in copies if copy.type == "copy.withdrawn"}
        for name, copies in after.items()
    }
    assert {name: {copy.delivery for copy in copies} for name, copies in before.items()} == {
        name: found for name, found in erased.items() if found
    }
    causes = {each.cause for each in await story.hub.corrections.states(closed=True)}
    assert {"consent"} == causes


async def test_restricted(story):
    """When a record becomes restricted, whoever may not see it any more is told to erase what they have of it."""
    await date_set(story, person(1), story.now.date() + dt.timedelta(days=60))
    (had,) = await story.news(NEIGHBOURHOOD)
    (kept,) = await story.news(OFFICER)
    await story.settle_mailboxes()
    await story.tell("record.restricted", person(1), by="probation", restriction=Restriction(restricted=True))
    after = await story.everybody()

    assert had.delivery in {copy.given["withdrawn"]["delivery"] for copy in after[NEIGHBOURHOOD]}
    assert kept.delivery not in json.dumps([copy.given for copy in after.get(OFFICER, [])])


async def test_nobody_has_it_in_time(story):
    """What has no receipt when its time is over is listed, and the coordinator hears of it once."""
    await received(story, person(1))
    await story.settle_mailboxes()
    await date_set(story, person(1), story.now.date() + dt.timedelta(days=60))
    told_at = story.now
    await story.news(COORDINATOR)
    assert 0 == await story.hub.corrections.escalate()
    story.now += dt.timedelta(hours=25)
    count = await story.hub.corrections.escalate()
    notices = {
        (copy.given["gap"]["event_type"], copy.given["gap"]["place"]): copy.given["gap"]["since"]
        for copy in await story.news(COORDINATOR)
    }
    overdue = await story.hub.corrections.overdue()

    assert told_at == dt.datetime.fromisoformat(notices["release.date-set", NEIGHBOURHOOD])
    assert len(overdue) == count > 0
    assert NEIGHBOURHOOD in {each.recipient for each in overdue}
    story.now += dt.timedelta(hours=25)
    await story.hub.corrections.escalate()
    assert [] == await story.news(COORDINATOR)
    (copy,) = await story.copies(NEIGHBOURHOOD)
    await story.hub.receive(Receipt(recipient=NEIGHBOURHOOD, deliveries=[copy.delivery]))
    assert NEIGHBOURHOOD not in {each.recipient for each in await story.hub.corrections.overdue()}


async def test_an_alert_that_is_not_acknowledged(story):
    """An alert is overdue when its agreement says so, before other copies are."""
    await received(story, person(1))
    for copy in (copy for copy in await story.copies(RECEPTION) if copy.type != "ppo.alert"):
        await story.hub.receive(Receipt(recipient=RECEPTION, deliveries=[copy.delivery]))
    await story.news(COORDINATOR)
    story.now += dt.timedelta(minutes=59)
    await story.hub.corrections.escalate()
    early = [each.recipient for each in await story.hub.corrections.overdue()]
    story.now += dt.timedelta(minutes=2)
    await story.hub.corrections.escalate()
    late = [each.recipient for each in await story.hub.corrections.overdue()]

    assert [] == early
    assert RECEPTION in late
    assert {("ppo.alert", RECEPTION)} <= {
        (copy.given["gap"]["event_type"], copy.given["gap"]["place"]) for copy in await story.news(COORDINATOR)
    }


@pytest.fixture
def settings(tmp_path):
    """A hub in whose store a release date was set and received."""
    data = tmp_path / "data"
    initialise(data)

    async def happen():
        now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        async with Story(data, secret=load_secret(secret_path(data)), now=now) as story:
            await adopted(story, person(1))
            await supervised(story, person(1))
            await story.settle_mailboxes()
            rule = await dated(story)
            await story.settle_mailboxes()
            return rule

    rule = asyncio.run(happen())
    directory = Agencies().write(tmp_path / "directory.yaml")
    return rule, {"HUB_DATA": str(data), "HUB_DIRECTORY": str(directory), "HUB_POLICIES": str(POLICIES)}


def test_the_commands(settings):
    """An operator sees first what would be taken back, does it, and follows it: what is open, and who was told."""
    rule, environment = settings

    def run(*words, code=0):
        result = CliRunner(env=environment).invoke(command, ["corrections", *words])
        assert code == result.exit_code, result.output
        return result.output

    day = dt.timedelta(days=1)
    since, until = (f"{dt.datetime.now(dt.UTC) + d:%Y-%m-%dT%H:%M:%S}" for d in (-day, day))
    which = ("call-back", "--rule", rule, "--role", "neighbourhood-policing", "--since", since, "--until", until)
    tried = run(*which, "--reason", "it gave too much")
    nothing = run("list")
    run(*which, "--reason", "it gave too much", "--send")
    (told,) = json.loads(run("list", "--json"))

    assert "would be taken back" in tried
    assert NEIGHBOURHOOD in tried
    assert "has it" in nothing
    assert (NEIGHBOURHOOD, "withdrawal", "rule", "open") == tuple(
        told[name] for name in ("recipient", "what", "cause", "state")
    )
    assert NEIGHBOURHOOD in run("show", told["matter"])


async def test_two_people_who_were_taken_for_one(story):
    """What was published under the other's number is taken back whole; what had it beside goes out anew."""

    async def identities(kind):
        one, two = (Identifier(kind="prison-number", value=prison_number(n)) for n in (1, 2))
        await story.tell(kind, person(1), by="prisons", merge=Merge(kept=one, removed=two))

    await date_set(story, person(1), story.now.date() + dt.timedelta(days=50))
    await identities("identity.merged")
    await story.settle_mailboxes()
    await received(story, only_number(2))
    others = await story.everybody()
    await date_set(story, only_number(1), story.now.date() + dt.timedelta(days=60))
    own = await story.everybody()
    await identities("identity.unmerged")
    after = await story.everybody()

    def erased(name):
        return {c.given["withdrawn"]["delivery"] for c in after.get(name, []) if c.type == "copy.withdrawn"}

    assert "ppo.alert" in {copy.type for copy in others[RECEPTION]}
    for name, copies in others.items():
        told = {copy.delivery for copy in copies if copy.type != "delivery.nobody-listens"}
        assert told == erased(name), name
    named = {name for name, (copy, *_) in own.items() if prison_number(2) in json.dumps(copy.given)}
    anew = {name: [c for c in copies if c.type == "release.date-set"] for name, copies in after.items()}
    assert named
    assert named == {name for name, copies in anew.items() if copies} < own.keys()
    for name in named:
        (new,), (old,) = anew[name], [copy for copy in own[name] if copy.type == "release.date-set"]
        assert old.delivery == new.handling["corrects"]
        assert "identifiers" not in new.given["subject"]
        assert old.given["release"] == new.given["release"]
