"""What the deployment names exists: settings, commands, files, and no secret among them."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from hub.cli import hub
from hub.config import PREFIX, Config

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FOLDERS = ("container", "compose", "systemd", "prometheus")
FILES = sorted(
    path
    for path in (*DEPLOY.glob("*.md"), *(path for name in FOLDERS for path in (DEPLOY / name).iterdir()))
    if path.is_file()
)
TEXTS = {str(path.relative_to(DEPLOY)): path.read_text() for path in FILES}


def code_of(text):
    """The code of a Markdown page, blocks and spans."""
    return [
        line.strip()
        for found in re.findall(r"```sh\n(.*?)```|`([^`]*)`", text, re.DOTALL)
        for line in "".join(found).splitlines()
    ]


def commands(name):
    """The commands of the hub that a page or a unit gives."""
    lines = (
        code_of(TEXTS[name])
        if name.endswith(".md")
        else re.findall(r"^ExecStart=\S+/(hub .+)$", TEXTS[name], re.MULTILINE)
    )
    return [line.split()[1:3] for line in lines if re.match(r"hub [a-z]", line)]


@pytest.mark.parametrize("name", TEXTS)
def test_settings_exist(name):
    """Every setting that a file names is one that the hub reads, and documented."""
    named = set(re.findall(r"\bHUB_[A-Z_]*[A-Z]\b", TEXTS[name]))
    known = {PREFIX + field.upper() for field in Config.__struct_fields__}
    documented = set(re.findall(r"`(HUB_[A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text()))

    assert set() == named - known
    assert set() == named - documented


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith((".md", ".service"))])
def test_commands_exist(name):
    """Every command of the hub that a page or a unit gives is one of the hub's."""
    unknown = []
    for first, *rest in commands(name):
        command = hub.commands.get(first)
        if command is None or (isinstance(command, click.Group) and rest[0] not in command.commands):
            unknown.append((first, *rest))

    assert [] == unknown


def test_commands_are_found():
    """The search for commands finds those of the runbook and of the units."""
    assert {"held", "init", "keys", "suspend", "resume", "doors"} < {first for first, *_ in commands("runbook.md")}
    assert [["serve"]] == commands("systemd/offender-hub@.service")
    assert [["migrate"]] == commands("systemd/offender-hub-migrate.service")


def test_container_runs_commands(compose):
    """The image serves unless told otherwise, and the compose file tells it to migrate."""
    default = re.search(r'^CMD \["([a-z]+)"\]$', TEXTS["container/Dockerfile"], re.MULTILINE).group(1)

    assert "serve" == default
    assert ["migrate"] == compose["services"]["migrate"]["command"]
    assert {"serve", "migrate"} < set(hub.commands)


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith(".md")])
def test_links_lead_somewhere(name):
    """Every link within the repository leads to a file."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXTS[name])

    assert [] == [link for link in links if not (DEPLOY / link).exists()]


def test_image_gets_only_what_it_needs():
    """What is copied into the image passes the list of what may be sent to the builder, and neither names more."""
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", TEXTS["container/Dockerfile"], re.MULTILINE)
        for word in line.split()
    }
    passed = set(re.findall(r"^!/(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))

    assert passed == {word.partition("/")[0] for word in copied}
