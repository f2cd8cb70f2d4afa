"""A leaf that goes from somebody whose adapter uses it is marked, before the change is signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from hub.cli import hub
from hub.directory.load import load_directory
from hub.errors import DocumentInvalid
from tests.fixtures.agencies import Agencies

FILE = Path(__file__).parents[3] / "policies" / "west-midlands-offender-management.yaml"
POLICE = "neighbourhood-policing-1"


@pytest.fixture
def directory(tmp_path):
    """A directory in which one neighbourhood team has an adapter that uses release dates, and hears of few types."""
    agencies = Agencies()
    agencies.adapters = {"screen": ["release.date", "subject.surname"]}
    for recipient in agencies.recipients:
        if recipient["id"] == POLICE:
            recipient |= {"adapter": "screen", "listens": ["release.notice"]}
    return agencies.write(tmp_path / "directory.yaml")


def withheld(tmp_path, what, whom="neighbourhood-policing", about="'*'"):
    path = tmp_path / "new.yaml"
    rule = f"\n  - {{id: draft-rule, withhold: {what}, from: {whom}, about: {about}}}\n"
    path.write_text(FILE.read_text() + rule)
    return path


def diff(new, *words):
    result = CliRunner().invoke(hub, ["policy", "diff", str(FILE), str(new), *map(str, words)])
    assert 1 == result.exit_code, result.output
    return result.stdout


def test_a_leaf_that_an_adapter_uses(tmp_path, directory):
    """A diff says which adapter of whom uses what goes, also where it goes in some messages alone."""
    mark = f"! the adapter screen uses release.date: {POLICE}"

    assert mark in diff(withheld(tmp_path, "release.date"), "--directory", directory)
    assert mark in diff(withheld(tmp_path, "release.date", about="release.notice"), "--directory", directory)
    found = json.loads(diff(withheld(tmp_path, "release.date"), "--directory", directory, "--json"))
    assert mark.removeprefix("! ") in [m for change in found["changes"] for m in change["unusual"]]


ANOTHER = {
    "another leaf": {"what": "release.area"},
    "another role": {"what": "release.date", "whom": "custody-officer"},
    "a message that they do not hear": {"what": "release.date", "about": "release.date-set"},
}


@pytest.mark.parametrize("change", ANOTHER.values(), ids=ANOTHER)
def test_a_leaf_that_no_adapter_uses(tmp_path, directory, change):
    """What nobody's adapter uses, in no message that they hear of, is not marked; nothing is without a directory."""
    new = withheld(tmp_path, **change)

    assert "the adapter" not in diff(new, "--directory", directory)
    assert "the adapter" not in diff(withheld(tmp_path, "release.date"))


def test_messages_that_end(tmp_path, directory):
    """Of a message that ends, what the adapter used of it is marked."""
    said = diff(withheld(tmp_path, "everything", about="release.notice"), "--directory", directory)

    assert "the adapter screen uses release.date" in said
    assert "the adapter screen uses subject.surname" in said or "uses release.date, subject.surname" in said


def test_what_is_never_given(tmp_path, directory):
    """A check notes what an adapter uses and its role is given in no case."""
    new = withheld(tmp_path, "release.date")
    for file, notes in ((FILE, 0), (new, 1)):
        result = CliRunner().invoke(hub, ["policy", "check", str(file), "--directory", str(directory), "--json"])
        found = [note["says"] for note in json.loads(result.stdout)["notes"] if "the adapter" in note["says"]]

        assert notes == len(found)
    assert "the adapter screen uses release.date, given in no case to neighbourhood-policing" in found[0]


def test_a_mistyped_leaf_is_refused(directory):
    """What is no leaf, or no adapter, is refused with what was probably meant."""
    spec = yaml.safe_load(directory.read_text())
    spec["adapters"]["screen"] = ["release.dat"]
    spec["recipients"][0]["adapter"] = "scren"
    directory.write_text(yaml.safe_dump(spec))

    with pytest.raises(DocumentInvalid) as refused:
        load_directory(directory)

    assert "unknown leaf 'release.dat'; did you mean 'release.date'?" in str(refused.value)
    assert "unknown adapter 'scren'; did you mean 'screen'?" in str(refused.value)
