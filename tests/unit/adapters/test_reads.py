"""What an adapter declares that it uses is what its code uses, no more and no less."""

import contextlib
import datetime as dt
import importlib
import pkgutil
from pathlib import Path

import yaml
from click.testing import CliRunner

import adapters
from adapters import example
from adapters.coordinator.__main__ import COORDINATOR
from adapters.coordinator.__main__ import main as coordinator
from adapters.partner_desk.lines import who, worded
from adapters.partner_desk.people import marks_of, person_of
from adapters.partner_desk.reads import READS
from adapters.sdk import Copy
from tests.fixtures.whole_copies import used_by

ROOT = Path(__file__).parents[3]
NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def card(given):
    """Return what a desk words of a copy, and whom it takes it to be about."""
    try:
        person = person_of(given)
    except (TypeError, ValueError):
        person = "nobody that could be found"
    return who(given), marks_of(given), person, worded(given)


def test_the_desks():
    """The desks declare the leaves that they word, and those by which they know a person."""
    assert used_by(card) == READS


def shown(given, capsys):
    copy = Copy(delivery="d", number=1, type="ppo.alert", time=NOW, kept_at=NOW, given=given, handling=None)
    with contextlib.suppress(StopIteration):
        example.show(copy).send(None)
    return capsys.readouterr().out


def test_the_example(capsys):
    """The adapter in twenty lines declares what it prints."""
    assert used_by(lambda given: shown(given, capsys)) == example.READS


def test_the_shipped_directory():
    """In the directory of the rehearsal the desks' adapter reads what it declares, and every desk has it."""
    directory = yaml.safe_load((ROOT / "deploy" / "rehearsal" / "directory.yaml").read_text())

    assert sorted(READS) == sorted(directory["adapters"]["desk"])
    assert {"desk"} == {recipient.get("adapter") for recipient in directory["recipients"]}


def test_declared_at_the_command_line():
    """A desk prints what it uses as it stands in a directory."""
    printed = CliRunner().invoke(coordinator, ["--declare"])

    assert (0, sorted(READS)) == (printed.exit_code, yaml.safe_load(printed.stdout))
    assert COORDINATOR


def test_nobody_else_reads_copies():
    """Every other adapter that is shipped only publishes: it has no subscriber, so it has nothing to declare."""
    modules = [
        m.name for m in pkgutil.walk_packages(adapters.__path__, "adapters.") if not m.name.startswith("adapters.sdk")
    ]
    reading = {
        name.split(".")[1]
        for name in modules
        if not name.endswith("__main__") and hasattr(importlib.import_module(name), "Subscriber")
    }

    assert {"example", "partner_desk"} == reading
