"""``hub policy propose``, ``approve`` and what follows: an operator publishes an agreement at a hub's own machine."""

import asyncio
import datetime as dt
import json
import os
import pwd
import sqlite3
import time

import pytest
from click.testing import CliRunner

from hub.access.errors import KeyRefused, StatementRefused
from hub.bootstrap import initialise, secret_path
from hub.cli import hub
from hub.cli.session import operator
from hub.errors import HubError, SecondPerson
from hub.sealing import load_secret
from schemas.labels import Role
from tests.fixtures.agencies import POLICIES, Agencies, jwk_of
from tests.fixtures.chapters import adopted, date_set
from tests.fixtures.people import person
from tests.fixtures.signing import ANN, BOB, key_file
from tests.fixtures.story import Story
from tests.fixtures.tables import with_tables

FILE = POLICIES / "west-midlands-offender-management.yaml"
SECONDS = 1.2
"""After which what was approved at once is in force."""


class Desk:
    """An operator's shell at a hub of its own."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        initialise(self.data)
        with_tables(self.data / "hub.sqlite")
        agencies = Agencies()
        self.keys = agencies.signatories
        self.settings = {
            "HUB_DATA": str(self.data),
            "HUB_DIRECTORY": str(agencies.write(folder / "directory.yaml")),
            "HUB_POLICIES": str(POLICIES),
        }

    def run(self, *words, code=0):
        """Run a command; return what it printed. A refusal is raised, as the program's own frame tells it."""
        result = CliRunner(env=self.settings).invoke(hub, ["policy", *map(str, words)])
        if isinstance(result.exception, HubError):
            raise result.exception
        assert code == result.exit_code, result.output
        return result.stdout

    def by(self, who, key=""):
        """Say whose step it is, and sign it with their own key or another's."""
        return "--by", who, "--key", key_file(self.folder, key or who, self.keys[key or who])

    def tell(self, *words, code=0):
        return json.loads(self.run(*words, "--json", code=code))

    def publish(self, file=FILE):
        (stood,) = self.tell("propose", file, *self.by(ANN))
        self.run("approve", stood["reference"], *self.by(BOB))
        time.sleep(SECONDS)
        return stood["reference"]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_from_a_file_to_in_force(desk):
    """A file is proposed, approved by another person for a moment, listed with who and when, shown, and taken back."""
    (stood,) = desk.tell("propose", FILE, *desk.by(ANN))
    name = stood["reference"]
    assert ("checked", []) == (stood["state"], stood["problems"])
    with pytest.raises(SecondPerson):
        desk.run("approve", name, *desk.by(ANN))
    with pytest.raises(StatementRefused):
        desk.run("approve", name, *desk.by(BOB, key=ANN))
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    desk.run("approve", name, *desk.by(BOB), "--from", f"{day}T09:00+01:00")

    found = desk.tell("versions")
    (version,) = found["versions"]
    assert ("files", [name], f"{day}T08:00:00Z") == (found["source"], found["in_force"], found["begins"])
    assert ("approved", ANN, BOB) == (
        version["state"],
        version["proposed"]["by"].split()[0],
        version["approved"]["by"].split()[0],
    )
    assert f"From {day:%d %b %Y} 08:00:00 UTC on: published versions, and no file." in desk.run("versions")
    assert FILE.read_text() == desk.run("show", name) == desk.tell("show", name)["document"]
    assert f"{name}  withdrawn\n" == desk.run("withdraw", name, *desk.by(ANN))
    assert desk.tell("versions")["begins"] is None


def test_a_second_person_signs_elsewhere(desk):
    """Without a signature a step only prints what is to be signed; that is signed where the key is, with a passphrase
    and without a hub, and given back.
    """
    (stood,) = desk.tell("propose", FILE, *desk.by(ANN))
    statement, word = desk.folder / "statement.json", desk.folder / "word"
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    approving = ("approve", stood["reference"], "--from", str(day))
    statement.write_text(desk.run(*approving, "--by", BOB, code=3).partition("Nothing was done")[0])
    assert ["checked"] == [each["state"] for each in desk.tell("versions")["versions"]]

    file = key_file(desk.folder, "sealed", desk.keys[BOB], b"correct horse")
    signed = CliRunner().invoke(hub, ["policy", "sign", str(statement), "--key", str(file)], input="correct horse\n")
    word.write_text(signed.stdout.splitlines()[-1])

    assert f"bob: approve {stood['name']}@{stood['version']} from {day}T00:00:00+00:00" in signed.stderr
    assert f"{stood['reference']}  approved from {day:%d %b %Y} 00:00:00 UTC\n" == desk.run(
        *approving, "--signed", word
    )


def test_the_public_half_of_a_key_is_printed(desk):
    """The command prints a key as the directory takes it, and refuses a file that others can read."""
    file = key_file(desk.folder, BOB, desk.keys[BOB])
    assert jwk_of(desk.keys[BOB]) == json.loads(desk.run("key", file))
    file.chmod(0o644)
    with pytest.raises(KeyRefused):
        desk.run("key", file)


def test_whose_account_it_is_the_system_says(monkeypatch):
    """The account in the record is the one that runs the command, and not what its environment says."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")

    assert f"operator:{pwd.getpwuid(os.getuid()).pw_name}" == operator().client_id


def test_in_force_at_once_and_ended(desk):
    """Without a moment a version is in force a second later; when it has ended, the list says that nothing is."""
    name = desk.publish()

    assert f"published versions; no file of HUB_POLICIES is.\n    {name}\n" in desk.run("versions")
    desk.run("end", name, *desk.by(ANN))
    time.sleep(SECONDS)
    assert "published versions; no file of HUB_POLICIES is.\n    nothing\n" in desk.run("versions")


def test_a_draft_is_told_as_a_failure(desk):
    """What could not be in force beside what is ends the command with 1, and says why."""
    clash = desk.folder / "clash.yaml"
    clash.write_text(FILE.read_text().replace("agreement: west", "agreement: east"))

    (stood,) = desk.tell("propose", clash, *desk.by(ANN), code=1)

    assert "draft" == stood["state"]
    assert stood["problems"]


@pytest.mark.parametrize("moment", ["2027-01-04T09:00", "soon", "2027-13-01"])
def test_a_moment_has_a_clock(desk, moment):
    """A moment without its offset, or that is none, is refused before anything is done."""
    desk.run("approve", "x@00000000", *desk.by(BOB), "--from", moment, code=2)


def happened(desk):
    """Let somebody be adopted at the desk's hub, and get a date, today."""
    now = dt.datetime.now(dt.UTC).replace(hour=0, minute=0)

    async def happen():
        async with Story(desk.data, secret=load_secret(secret_path(desk.data)), now=now) as story:
            await adopted(story, person(1))
            await date_set(story, person(1), now.date() + dt.timedelta(days=20))
            return (await story.copies(Role.NEIGHBOURHOOD_POLICING))[-1]

    return asyncio.run(happen())


def test_a_draft_over_what_was_disclosed(desk):
    """A draft's effect on the last days is told as text and JSON, with an exit code for each outcome."""
    happened(desk)
    draft = desk.folder / "draft.yaml"
    rule = "\n  - {id: no-dates, withhold: release.date, from: neighbourhood-policing}\n"
    draft.write_text(FILE.read_text() + rule)
    open_question = desk.folder / "open.yaml"
    open_question.write_text(FILE.read_text() + rule.replace("}", ", when: {consent: given}}"))

    (change,) = desk.tell("simulate", draft, code=1)["changes"]
    assert ("release.date", "", None, ["no-dates"]) == (*(change[n] for n in ("leaf", "before", "after", "because")),)
    text = desk.run("simulate", draft, "--days", "2", code=1)
    assert "1. neighbourhood-policing: no longer given\n     release.date in 2 copies" in text
    assert "Nobody would have been told anything otherwise." in desk.run("simulate", FILE)
    assert "consent not read then" in desk.run("simulate", open_question, code=3)
    (stood,) = desk.tell("propose", draft, *desk.by(ANN))
    assert change["copies"] == desk.tell("simulate", stood["reference"], code=1)["changes"][0]["copies"]
    desk.run("simulate", "nothing@00000000", code=2)


def test_what_was_disclosed_is_explained(desk):
    """What somebody was told of an event in the store is shown for a stated reason alone, and for nobody unknown."""
    copy = happened(desk)
    entry, why = copy.handling["entry"], ("--reason", "a complaint")

    (found,) = desk.tell("explain", entry, "--for", "neighbourhood-policing-1", *why)
    assert copy.given == found["copy"]
    text = desk.run("explain", entry, "--for", "neighbourhood-policing", *why)
    assert "neighbourhood-policing-1 (neighbourhood-policing), of release.notice: told" in text
    assert "release-date:" in text
    desk.run("explain", entry, "--for", "neighbourhood-policing-1", code=2)
    desk.run("explain", "0" * 32, "--for", "neighbourhood-policing-1", *why, code=2)
    assert "were not concerned" in desk.run("explain", entry, "--for", "school-2", *why)


def test_a_decision_is_made_again(desk):
    """The command says that an entry's decision is the same, and with another exit code that it is not, or is none."""
    now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)

    async def happen():
        async with Story(desk.data, secret=load_secret(secret_path(desk.data)), now=now) as story:
            await adopted(story, person(1))

    asyncio.run(happen())
    with sqlite3.connect(desk.data / "hub.sqlite") as db:
        ((entry,),) = db.execute("SELECT id FROM entries WHERE kind = 'disclosure' LIMIT 1").fetchall()
        assert [] == desk.tell("again", entry, "--reason", "a complaint")["otherwise"]
        db.execute("UPDATE entries SET content = replace(content, 'prevent-crime', 'protect') WHERE id = ?", (entry,))
    db.close()

    assert "purposes were" in desk.run("again", entry, "--reason", "a complaint", code=1)
    desk.run("again", "0" * 32, "--reason", "a complaint", code=2)
    desk.run("again", entry, "--reason", "", code=2)
