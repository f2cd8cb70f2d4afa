"""``hub held``: an operator lists, sees and tries again what is held, beside a hub that serves or without one."""

import asyncio
import base64
import datetime as dt
import json
import sqlite3
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hub.bootstrap import initialise, secret_path
from hub.cli import hub
from hub.sealing import load_secret
from schemas.labels import Role
from schemas.record.need import Risk
from tests.fixtures.agencies import POLICIES, Agencies
from tests.fixtures.chapters import adopted, received
from tests.fixtures.failing import Failing
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story
from tests.fixtures.tables import with_tables

WHY = ["--reason", "a complaint about it"]


class Desk:
    """An operator's shell at a hub of its own, in whose store something happened before."""

    def __init__(self, folder):
        self.data = folder / "data"
        initialise(self.data)
        with_tables(self.data / "hub.sqlite")
        self.settings = {
            "HUB_DATA": str(self.data),
            "HUB_DIRECTORY": str(Agencies().write(folder / "directory.yaml")),
            "HUB_POLICIES": str(POLICIES),
        }

    def story(self):
        now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        return Story(self.data, secret=load_secret(secret_path(self.data)), now=now)

    def run(self, *words, code=0):
        """Run a command; return what it printed."""
        result = CliRunner(env=self.settings).invoke(hub, ["held", *words])
        assert code == result.exit_code, result.output
        return result.output if code == 2 else result.stdout

    def items(self, *words):
        return json.loads(self.run("list", "--json", *words))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def held(desk, monkeypatch):
    """A refusal, input that is no text, and two events that failed as often as the hub tries."""

    async def happen():
        async with desk.story() as story:
            await adopted(story, person(1))
            await story.send(b'{"id": "\x1b[2J"}', by="prisons")
            await story.send(b"\xff\xfe", by="prisons")
            await story.settle_mailboxes()
            with monkeypatch.context() as patch:
                failing = Failing(patch)
                failing.events = True
                await received(story, only_number(1))
                await story.tell("risk.assessed", person(1), by="police", risk=Risk(level="high"))
                for pause in (1, 10, 60, 600):
                    await story.later(seconds=pause)

    asyncio.run(happen())
    return {item["reason"]: item for item in desk.items()}


def test_list(desk, held):
    """What is held is listed with its reason, whose it is and how often the hub tried; filters leave the rest out."""
    listed = desk.run("list")

    assert 4 == len(listed.strip().splitlines()) - listed.count("    ")
    assert "hub-fault  from prisons  custody.received  tried 4 times" in listed
    assert 2 == len(desk.items("--reason", "hub-fault"))
    assert [held["hub-fault"]["id"]] == [i["id"] for i in desk.items("--reason", "hub-fault", "--agency", "prisons")]
    assert [] == desk.items("--state", "retrying")
    assert "Nothing is retried." in desk.run("list", "--state", "retried")


def test_show(desk, held):
    """What is shown is the event as it came; that it was asked for, by whom and why stands in the record."""
    shown = desk.run("show", held["hub-fault"]["id"], *WHY)

    event = json.loads(shown.partition("\n\n")[2])
    assert "custody.received" == event["type"]
    with sqlite3.connect(desk.data / "hub.sqlite") as db:
        ((content,),) = db.execute("SELECT content FROM entries WHERE kind = 'consultation'").fetchall()
    db.close()
    assert ("held.shown", held["hub-fault"]["id"]) == tuple(json.loads(content)[k] for k in ("event", "reference"))
    assert json.loads(content)["by"].startswith("operator:")


def test_what_is_shown_does_not_command_the_terminal(desk, held):
    """Whatever an agency sent, its control characters are shown and not obeyed; what is no text is in base64."""
    by = {base64.b64decode(i["base64"]) if "base64" in i else i["text"].encode(): i for i in all_shown(desk)}

    assert b"\xff\xfe" in by
    for item in by.values():
        shown = desk.run("show", item["held"]["id"], *WHY)
        assert "\x1b" not in shown


def all_shown(desk):
    return [json.loads(desk.run("show", i["id"], "--json", *WHY)) for i in desk.items("--agency", "prisons")]


@pytest.mark.parametrize("command", [["show", "some"], ["retry", "some"], ["retry-all"], ["settle", "some", "--new"]])
@pytest.mark.parametrize("reason", [[], ["--reason", " "]])
def test_without_a_reason(desk, command, reason):
    """Nothing is shown or changed without a reason."""
    assert "reason" in desk.run(*command, *reason, code=2)


def test_retry_all(desk, held):
    """Everything held is tried again in the order in which it came, and each outcome is counted; what stays held makes
    the command end with 1.
    """
    said = desk.run("retry-all", *WHY, code=1)

    async def news():
        async with desk.story() as story:
            return [c.type for c in sorted(await story.news(Role.COORDINATOR), key=lambda c: c.number)]

    assert ["2  accepted", "2  malformed"] == [line.strip() for line in said.splitlines() if line.startswith("   ")]
    assert ["custody.received", "risk.assessed"] == [t for t in asyncio.run(news()) if t != "ppo.alert"]
    assert ["malformed"] * 2 == [item["reason"] for item in desk.items()]
    assert {} == json.loads(desk.run("retry-all", "--why", "hub-fault", "--json", *WHY))


def test_retry(desk, held):
    """One event is tried again and says what came of it; one that is refused again says why and ends with 1."""
    command = [sys.executable, "-m", "hub", "held", "retry"]
    good, bad = (
        subprocess.run(
            [*command, held[reason]["id"], *WHY], env=desk.settings, capture_output=True, text=True, check=False
        )
        for reason in ("hub-fault", "malformed")
    )

    assert (0, "accepted\n") == (good.returncode, good.stdout)
    assert 1 == bad.returncode
    assert "well-formed" in bad.stderr


def test_beside_a_hub_that_serves(desk, held):
    """An operator's command works on the store of a hub that is running, which goes on."""

    async def both():
        async with desk.story() as story:
            await asyncio.to_thread(desk.run, "retry", held["hub-fault"]["id"], *WHY)
            return await story.types(Role.COORDINATOR)

    assert "custody.received" in asyncio.run(both())
