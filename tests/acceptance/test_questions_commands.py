"""The commands that ask the record: the document for a person, what an agency got, what never was given, the export."""

import asyncio
import csv
import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.bootstrap import initialise, secret_path
from hub.cli import hub
from hub.errors import BadQuestion, DocumentInvalid
from hub.sealing import load_secret
from schemas.labels import Role
from tests.fixtures.agencies import POLICIES, Agencies, recipient_id
from tests.fixtures.chapters import adopted, received
from tests.fixtures.people import person
from tests.fixtures.story import Story

ROOT = Path(__file__).parents[2]
RECEPTION = recipient_id(Role.PRISON_RECEPTION)
PERIOD = ("--from", "2026-10-01", "--until", "2026-10-08", "--reason", "an audit")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A hub in whose store somebody was adopted, received and looked up."""
    folder = tmp_path_factory.mktemp("hub")
    data = folder / "data"
    initialise(data)

    async def happen():
        now = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
        async with Story(data, secret=load_secret(secret_path(data)), now=now) as story:
            await adopted(story, person(1))
            await received(story, person(1))
            await story.look_up(Role.COORDINATOR, person(1))

    asyncio.run(happen())
    directory = Agencies().write(folder / "directory.yaml")
    return {"HUB_DATA": str(data), "HUB_DIRECTORY": str(directory), "HUB_POLICIES": str(POLICIES)}


def run(settings, *words):
    result = CliRunner(env=settings).invoke(hub, [*map(str, words)], catch_exceptions=False, standalone_mode=False)
    return result.output


def number():
    """Return the option that names the person."""
    kind = person(1).identifiers[0]
    return f"--{kind.kind}", kind.value


def test_the_document_for_a_person(settings, tmp_path):
    """A page, a text and data are written, complete up to the same words, with the restriction that was stated."""
    restrictions = tmp_path / "restrictions.yaml"
    restrictions.write_text(f"- grounds: [45-4-b, sch2-2]\n  recipients: [{RECEPTION}]\n")
    for form, mark in (
        (".html", "<h1>What was told about you</h1>"),
        (".md", "# What was told about you"),
        (".json", "{"),
    ):
        file = tmp_path / f"told{form}"
        said = run(settings, "disclosures", *number(), "--reason", "a request", "--document", file)
        assert mark in file.read_text()
        assert RECEPTION in file.read_text()
        assert "complete up to checkpoint" in said
        run(
            settings, "disclosures", *number(), "--reason", "a request", "--document", file,
            "--restrictions", restrictions,
        )  # fmt: skip
        assert RECEPTION not in file.read_text()
        assert "section 45(4)(b)" in file.read_text()


def test_restrictions_that_are_none(settings, tmp_path):
    """What the file says wrongly is refused, and no document is written."""
    file, restrictions = tmp_path / "told.html", tmp_path / "restrictions.yaml"
    for text, error in (("- grounds: [because]\n  events: [x]\n", BadQuestion), ("- nonsense: 1\n", DocumentInvalid)):
        restrictions.write_text(text)
        with pytest.raises(error):
            run(
                settings, "disclosures", *number(), "--reason", "a request", "--document", file,
                "--restrictions", restrictions,
            )  # fmt: skip
    assert not file.exists()


def test_what_an_agency_got_and_on_what_ground(settings):
    """Both are told in words and as data, with the checkpoint up to which they are complete."""
    agency = next(r["agency"] for r in Agencies().recipients if r["id"] == RECEPTION)
    page = json.loads(run(settings, "ledger", "received", agency, *PERIOD, "--json"))
    (rule, *_), *_ = [how["rules"] for how in page["given"][0]["given"].values() if how["rules"]]

    assert RECEPTION in {each["recipient"] for each in page["given"]}
    said = run(settings, "ledger", "resting-on", "rule", rule, *PERIOD)
    assert rule in said
    assert "Complete up to checkpoint" in said
    assert "0 disclosures." in run(settings, "ledger", "resting-on", "agreement", "no-such", *PERIOD)


def test_never_given_is_verified_without_the_hub(settings, tmp_path):
    """The file verifies with no library but one, in words, with an exit code; of what was given it does not."""
    key, file = run(settings, "ledger", "key").strip(), tmp_path / "never.json"
    alone = (
        "import sys, runpy\n"
        "for name in ('msgspec', 'aiohttp', 'sqlalchemy', 'hub'): sys.modules[name] = None\n"
        "runpy.run_module('schemas.never', run_name='__main__')\n"
    )
    for category, code, words in (
        ("clinical", 0, f"no recorded disclosure gave {RECEPTION} anything of the category 'clinical'."),
        ("marker", 1, "DOES NOT HOLD: Branch"),
    ):
        run(settings, "ledger", "never", RECEPTION, category, *PERIOD, "--output", file)
        done = subprocess.run(
            [sys.executable, "-c", alone, key, file], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert code == done.returncode, done.stdout + done.stderr
        assert words in done.stdout
    file.write_text("{}")
    done = subprocess.run(
        [sys.executable, "-c", alone, key, file], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 2 == done.returncode


def test_export(settings, tmp_path):
    """Both forms are written, each entry of the period in them."""
    lines = run(settings, "ledger", "export", *PERIOD).splitlines()
    file = tmp_path / "export.csv"
    run(settings, "ledger", "export", *PERIOD, "--form", "csv", "--output", file)
    rows = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))

    assert {json.loads(line)["business_identifier"] for line in lines} <= {row["entry"] for row in rows}
    assert {"collection", "disclosure", "consultation"} <= {row["kind"] for row in rows}
    assert "Looked" not in file.read_text()
