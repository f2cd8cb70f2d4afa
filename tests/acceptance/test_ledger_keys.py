"""Keys that sign the log follow each other while everything runs, and what was signed holds under its key for ever."""

import asyncio
import datetime as dt
import re

import pytest
from click.testing import CliRunner

from hub.bootstrap import initialise, secret_path
from hub.cli import hub
from hub.sealing import load_secret
from schemas.labels import Role
from schemas.note import open_keys, read_verifier
from schemas.proof import main, verify
from schemas.proof_file import read_proof, write_proof
from tests.fixtures.agencies import POLICIES, Agencies, recipient_id
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import person
from tests.fixtures.story import Story

RECEPTION = recipient_id(Role.PRISON_RECEPTION)
DAY = dt.timedelta(days=1)


@pytest.fixture
async def story(tmp_path):
    async with Story(tmp_path) as story:
        await adopted(story, person(1))
        yield story


async def proved(story):
    """Let something be told, and return the proof of it as a file."""
    await received(story, person(1))
    copy = (await story.copies(RECEPTION))[-1]
    return write_proof(await story.hub.ledger.prove(story.principal("operator"), copy.delivery, RECEPTION, "why"))


def holds(file, *keys):
    return all(step.holds for step in verify(read_proof(file), keys))


async def test_a_key_follows_another(story):
    """What is signed while both sign holds under each; before and after, under the one that signed, and no other."""
    before = await proved(story)
    (old,) = story.hub.ledger.log.keys().verifiers
    new = await story.hub.ledger.new_key(story.principal("operator"), "a year is over", DAY)
    beside = await proved(story)
    story.now += DAY
    after = await proved(story)

    assert (old, new) == story.hub.ledger.log.keys().verifiers
    assert [True, True, False] == [holds(file, old) for file in (before, beside, after)]
    assert [False, True, True] == [holds(file, new) for file in (before, beside, after)]
    assert [True] * 3 == [holds(file, new, old) for file in (before, beside, after)]
    assert () == (await story.hub.ledger.check(lambda *_: None)).findings


async def test_it_is_recorded(story):
    """Which key there is anew, and who had it made, is in the record; the key itself is stored sealed."""
    new = await story.hub.ledger.new_key(story.principal("operator"), "a year is over", DAY)
    await story.restart()
    (row,) = story.hub.ledger.log._store.keys()  # noqa: SLF001 - what is stored

    assert new == story.hub.ledger.log.keys().verifiers[1]
    assert 12 + 32 + 16 == len(row.sealed)
    about = [e for e in story.hub._store.log.recorded(0, 99, limit=99) if b"ledger.key" in e.row.content]  # noqa: SLF001
    assert str(new).encode() in about[-1].row.content


@pytest.fixture
def settings(tmp_path):
    """A hub as its operator has it, in whose store something was told."""
    data = tmp_path / "data"
    initialise(data)

    async def make():
        async with Story(data, secret=load_secret(secret_path(data)), now=dt.datetime.now(dt.UTC)) as story:
            await adopted(story, person(1))
            await received(story, person(1))
            return (await story.copies(RECEPTION))[0].delivery

    delivery = asyncio.run(make())
    directory = Agencies().write(tmp_path / "directory.yaml")
    return delivery, {"HUB_DATA": str(data), "HUB_DIRECTORY": str(directory), "HUB_POLICIES": str(POLICIES)}


def test_the_command(settings, tmp_path):
    """An operator has a new key made, and a reader who has the old one takes it over and verifies what it signed."""
    delivery, environment = settings

    def run(*words, code=0):
        result = CliRunner(env=environment).invoke(hub, ["ledger", *words])
        assert code == result.exit_code, result.output
        return result.stdout

    old, file, said = run("key").strip(), tmp_path / "proof.json", []
    assert "needs --reason" in CliRunner(env=environment).invoke(hub, ["ledger", "key", "--new"]).output
    assert old == run("key").strip()
    new, former = run("key", "--new", "--reason", "a year is over", "--beside-days", "0").split()
    run("prove", delivery, RECEPTION, "--reason", "a court asks", "--output", str(file))
    learned = open_keys(run("key", "--note"), read_verifier(old))

    assert old == former
    assert [old, new] == [str(key) for key in learned]
    assert 1 == main([old, str(file)], said.append)
    assert re.search("DOES NOT HOLD: The checkpoint cannot be trusted: it is not signed by the key of ", said[0])
    assert 0 == main([old, new, str(file)], said.append), said
