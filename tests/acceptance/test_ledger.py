"""What was disclosed is proved without the hub, and whatever of the record is altered is noticed and named."""

import asyncio
import datetime as dt
import json
import re
import secrets
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import create_engine, text

from hub.errors import NotFound
from hub.sealing import Sealer
from schemas.labels import Role
from schemas.note import Verifier, read_verifier
from schemas.proof import main, told, verify
from schemas.proof_file import read_proof, write_proof
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import adopted, date_set, received, supervised
from tests.fixtures.people import person
from tests.fixtures.story import MORNING, Story, everybody

ROOT = Path(__file__).parents[2]
RECEPTION = recipient_id(Role.PRISON_RECEPTION)
WHY = "a court asks"


async def happen(story):
    """Let something be told about two people, looked up and asked about, with the log growing in between."""
    for number in (1, 2):
        await adopted(story, person(number))
        await supervised(story, person(number))
        await story.hub.ledger.grow()
        await received(story, person(number))
        await date_set(story, person(number), story.now.date())
    await story.look_up(Role.COORDINATOR, person(1))
    await story.hub.ledger.grow()
    await received(story, person(3))


class Past(NamedTuple):
    """A store in which something happened, and what its first copy for a reception is proved by."""

    folder: Path
    secret: bytes
    key: str
    copy: bytes
    proof: str


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A past that all tests of this module have in common; whoever goes on from it takes a copy of its store."""
    folder, secret = tmp_path_factory.mktemp("past"), secrets.token_bytes(32)

    async def make():
        async with Story(folder, secret=secret) as story:
            await happen(story)
            copy, proof = await proved(story)
            return Past(folder, secret, str(story.hub.ledger.log.keys().verifiers[0]), copy.body, write_proof(proof))

    return asyncio.run(make())


@pytest.fixture
async def story(past, tmp_path):
    shutil.copytree(past.folder, tmp_path, dirs_exist_ok=True)
    async with Story(tmp_path, secret=past.secret, now=MORNING + dt.timedelta(hours=1)) as story:
        yield story


async def proved(story, which=0):
    copy = (await story.copies(RECEPTION))[which]
    return copy, await story.hub.ledger.prove(story.principal("operator"), copy.delivery, RECEPTION, WHY)


def test_a_disclosure_is_proved(past, tmp_path):
    """Anybody who has the log's key and this package's schemas sees what was given, with no library but one."""
    file, body = tmp_path / "proof.json", tmp_path / "copy.json"
    file.write_text(past.proof)
    body.write_bytes(past.copy)
    alone = (
        "import sys, runpy\n"
        "for name in ('msgspec', 'aiohttp', 'sqlalchemy', 'hub'): sys.modules[name] = None\n"
        "runpy.run_module('schemas.proof', run_name='__main__')\n"
    )
    words = [past.key, str(file), "--copy", str(body)]
    done = subprocess.run([sys.executable, "-c", alone, *words], cwd=ROOT, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "This proof holds." in done.stdout
    assert f"{RECEPTION} is given a copy" in done.stdout
    assert "subject.surname: name-and-year-of-birth" in done.stdout
    assert "DOES NOT" not in done.stdout


async def test_every_copy_is_proved(story):
    """Whatever any recipient has in its mailbox is proved, leaf by leaf, as it was received."""
    keys, operator = story.hub.ledger.log.keys().verifiers, story.principal("operator")
    kinds = Counter()
    for each in story.agencies.recipients:
        for copy in await story.copies(each["id"]):
            proof = await story.hub.ledger.prove(operator, copy.delivery, each["id"], WHY)
            assert [] == [step for step in verify(proof, keys, copy.body) if not step.holds]
            kinds[copy.type] += 1

    assert len(kinds) >= 4
    assert sum(kinds.values()) > 20


def test_a_proof_names_nobody_else(past):
    """A proof has the same size of everything whoever else was told, and no other recipient's name."""
    names = {r["id"] for r in everybody().recipients} - {RECEPTION}

    assert RECEPTION in past.proof
    assert [] == [name for name in names if name in past.proof]
    assert 10 == len(read_proof(past.proof).path)


async def test_who_published(story):
    """To a court it can be shown who published, which opens nothing else; the recipient's own proof does not say it."""
    operator, keys, said = story.principal("operator"), story.hub.ledger.log.keys().verifiers, []
    copy = next(copy for copy in await story.copies("coordinator-1") if copy.type == "ppo.adopted")
    proof = await story.hub.ledger.prove(operator, copy.delivery, "coordinator-1", WHY)
    shown = await story.hub.ledger.prove(operator, copy.delivery, "coordinator-1", WHY, publisher=True)

    assert proof._replace(log=None) == shown._replace(log=None, published=None)
    assert all(step.holds for step in verify(shown, keys, copy.body))
    assert "schemes-system" == shown.published.by
    assert "schemes-system" not in write_proof(proof)
    assert f"It was published by {shown.published.by}." in told(shown)
    assert shown == read_proof(write_proof(shown))
    for wrong in (shown.published._replace(by="another"), shown.published._replace(salt=bytes(32))):
        said += [step.words for step in verify(shown._replace(published=wrong), keys) if not step.holds]
    assert 2 == len(said)
    assert {"Who published it is not what was committed to: it, or its salt, was altered."} == set(said)


async def test_a_chain_is_proved(story):
    """Each copy's proof names the branch of the copy before it, so that none of them can be left out."""
    copies = sorted(await story.copies(RECEPTION), key=lambda copy: copy.number)
    operator = story.principal("operator")
    proofs = [await story.hub.ledger.prove(operator, copy.delivery, RECEPTION, WHY) for copy in copies]
    previous = [json.loads(proof.branch)["previous"] for proof in proofs]

    assert len(proofs) > 2
    assert [bytes(32).hex(), *(proof.commitment.hex() for proof in proofs[:-1])] == previous


async def test_to_ask_is_recorded(story):
    """Who asks for a proof is in the record; of what was never given there is none."""
    copy, _ = await proved(story)
    with create_engine(f"sqlite:///{story.path}").connect() as db:
        (last,) = db.execute(text('SELECT content FROM entries ORDER BY "index" DESC LIMIT 1')).one()

    assert ("consultation", "ledger.prove") == (json.loads(last)["kind"], json.loads(last)["event"])
    for wrong in ((copy.delivery, "nobody"), ("no-copy", RECEPTION)):
        with pytest.raises(NotFound):
            await story.hub.ledger.prove(story.principal("operator"), *wrong, WHY)


def other(text):
    """Return text that has one hex digit changed, in the middle."""
    place = len(text) // 2
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


def replaced(member, change):
    return lambda found: found | {member: change(found[member])}


SPOILED = {
    "who got it": (replaced("branch", lambda t: t.replace("prison-reception-1", "prison-reception-2")), "branch"),
    "when": (replaced("branch", lambda t: t.replace("2026", "2025")), "branch"),
    "its running number": (replaced("branch", lambda t: t.replace('"number":1', '"number":2')), "branch"),
    "a branch that is no JSON": (replaced("branch", lambda t: t[:-1]), "branch"),
    "the branch's salt": (replaced("salt", other), "salt"),
    "the branch's commitment": (replaced("commitment", other), "branch is not in the entry"),
    "a rule": (replaced("view", lambda t: t.replace("name-and-year-of-birth", "photograph", 1)), "was given"),
    "a leaf's commitment": (replaced("view", lambda t: t.replace('"commitment":"', '"commitment":"0', 1)), "was given"),
    "a purpose": (replaced("view", lambda t: t.replace("supervise", "anything")), "was given"),
    "its place": (replaced("place", lambda n: n ^ 1), "not in the entry"),
    "a hash of its path": (replaced("path", lambda p: [other(p[0]), *p[1:]]), "not in the entry"),
    "a path too short": (replaced("path", lambda p: p[:-1]), "not in the entry"),
    "the auditor's part": (replaced("auditor", other), "not in the entry"),
    "the publisher's part": (replaced("publisher", other), "not in the entry"),
    "the entry": (replaced("entry", other), "The entry is not number"),
    "its number in the log": (replaced("log", lambda t: t.replace("index ", "index 1")), "The entry is not number"),
    "the size of the log": (
        replaced("log", lambda t: re.sub(r"(\noffender-hub/[\w/-]+\n)", r"\g<1>1", t)),
        "checkpoint",
    ),
    "the signature": (replaced("log", lambda t: t[:-12] + "AAAAAAAAAA=\n"), "checkpoint"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILED.values(), ids=SPOILED)
def test_what_is_altered_in_a_proof(past, tmp_path, spoil, told):
    """Whatever is altered in a proof file, it does not hold, and what of it does not is said."""
    file, said = tmp_path / "proof.json", []
    file.write_text(json.dumps(spoil(json.loads(past.proof))))

    assert 1 == main([past.key, str(file)], said.append)
    assert any(line.startswith("DOES NOT HOLD") and told in line for line in said), said
    assert not [line for line in said if "given a copy" in line]


SPOILED_COPIES = {
    "a value": (lambda b: b["data"]["given"]["subject"].update(surname="Other"), "subject.surname has another value"),
    "a leaf more": (lambda b: b["data"]["given"]["subject"].update(sex="F"), "subject.sex was not recorded"),
    "a leaf fewer": (lambda b: b["data"]["given"]["subject"].pop("surname"), "subject.surname is missing"),
    "another id": (lambda b: b.update(id="other"), "another delivery id"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILED_COPIES.values(), ids=SPOILED_COPIES)
def test_what_is_altered_in_a_copy(past, spoil, told):
    """A copy that is not the one that was recorded does not pass for it, and each leaf that differs is named."""
    body = json.loads(past.copy)
    spoil(body)
    step = verify(read_proof(past.proof), [read_verifier(past.key)], json.dumps(body).encode())[-1]

    assert not step.holds
    assert told in step.words


NO_PROOFS = {
    "no file": None,
    "no JSON": "{",
    "a list": "[]",
    "another form": '{"proof": "other"}',
    "twice the same member": '{"proof": "a", "proof": "offender-hub/disclosure-proof@1"}',
    "a member missing": '{"proof": "offender-hub/disclosure-proof@1", "leaf_salts": {}}',
}


@pytest.mark.parametrize("written", NO_PROOFS.values(), ids=NO_PROOFS)
def test_what_is_no_proof(tmp_path, written):
    """What is no proof file, or no key, is told so, and ends otherwise than a proof that does not hold."""
    file, said = tmp_path / "proof.json", []
    if written is not None:
        file.write_text(written)
    key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

    assert 2 == main([key, str(file)], said.append)
    assert said[0].startswith("There is nothing to verify")


def test_the_key_of_another_log(past, tmp_path):
    """A proof does not hold under the key of another hub's log, be it of the same name."""
    file, said = tmp_path / "proof.json", []
    file.write_text(past.proof)
    name, _ = Sealer(past.secret).ledger_key()

    for key in (Verifier(name, bytes(range(32))), Verifier("another", read_verifier(past.key).key)):
        assert 1 == main([str(key), str(file)], said.append)
        assert "The checkpoint cannot be trusted" in said[0]


def test_the_example_of_the_documentation():
    """The documented proof is written as it is read, and holds under the documented key, with the documented copy."""
    formats, said = ROOT / "docs" / "formats", []
    example, (key,) = (
        formats / "proof.example.json",
        re.findall(r"offender-hub/\S+\+A\S+", (formats / "proof.md").read_text()),
    )

    assert example.read_text() == write_proof(read_proof(example.read_text()))
    assert 0 == main([key, str(example), "--copy", str(formats / "copy.example.json")], said.append), said
