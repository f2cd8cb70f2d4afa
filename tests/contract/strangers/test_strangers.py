"""Clients that use no code of ours publish, receive and give receipts: the examples of the documentation."""

import asyncio
import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from adapters.sdk import connect
from schemas.record.scheme import Membership
from tests.fixtures.people import event, person

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "stranger"
OURS = re.compile(r"^\s*(?:from|import)\s+(?:adapters|hub|schemas)\b", re.MULTILINE)


def python(folder):
    """Return the command of the client on pika: without our modules on its path, and nothing of our environment."""
    return [sys.executable, "-I", str(EXAMPLES / "publish_and_receive.py")]


def javascript(folder):
    """Return the command of the client on amqplib, installed from the registry."""
    if shutil.which("npm") is None:
        pytest.skip("Node.js is not installed: apt-get install nodejs npm")
    for name in ("index.mjs", "package.json"):
        shutil.copy(EXAMPLES / name, folder)
    npm = [shutil.which("npm"), "install", "--no-audit", "--no-fund", "--no-package-lock"]
    installed = subprocess.run(npm, cwd=folder, capture_output=True, text=True, check=False)
    assert 0 == installed.returncode, installed.stderr
    return [shutil.which("node"), str(folder / "index.mjs")]


@pytest.fixture(params=[python, javascript])
async def stranger(request, at_broker, tmp_path):
    """Run a stranger as the scheme's own system, until it has so many copies; return the lines that it prints."""
    command = await asyncio.to_thread(request.param, tmp_path)

    async def stranger(said, copies):
        key, told = at_broker.desk.save(tmp_path / "key.pem"), tmp_path / "event.json"
        told.write_bytes(msgspec.json.encode(said))
        process = await asyncio.create_subprocess_exec(
            *command, at_broker.area.address, at_broker.desk.client, key, at_broker.recipient, told, str(copies),
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, log = await asyncio.wait_for(process.communicate(), 60)
        assert 0 == process.returncode, log.decode()
        return [json.loads(line) for line in out.splitlines()]

    return stranger


async def test_a_stranger_takes_part(at_broker, stranger):
    """A client of another make proves who it is, opens its door, publishes, has the hub's outcome, gets what it may
    know, and its receipts count.
    """
    waiting = [await at_broker.give("Smith"), await at_broker.give("Jones", urgent=True)]
    source, north = at_broker.area.agencies.source("schemes"), [Membership(scheme="north", kind="PPO")]
    adoption = event("ppo.adopted", person(900), dt.datetime.now(dt.UTC), source, memberships=north)

    lines = await stranger(adoption, copies=3)

    outcomes = [line for line in lines if "outcome" in line]
    copies = {line["delivery"]: line["copy"]["data"] for line in lines if "copy" in line}
    states = [state.delivery for state in await at_broker.states()]
    async with connect(at_broker.address, at_broker.desk.client, at_broker.desk.key) as client:
        left = (await client.copies(at_broker.recipient, wait=0, limit=100)).copies
    assert [{"event": adoption.id, "outcome": {"id": adoption.id, "state": "accepted"}}] == outcomes
    assert waiting == states[:2]
    assert set(states) == set(copies)
    assert {"Smith", "Jones", adoption.data.subject.surname} == {
        c["given"]["subject"]["surname"] for c in copies.values()
    }
    assert all(copy["handling"]["purposes"] for copy in copies.values())
    assert states == await at_broker.received()
    assert [] == left


@pytest.mark.parametrize("name", ["publish_and_receive.py", "index.mjs"])
def test_an_example_is_short_and_a_strangers_own(name):
    """An example is read at one sitting, and has nothing of ours in it."""
    text = (EXAMPLES / name).read_text()

    assert len(text.splitlines()) < 120
    assert not OURS.search(text)
