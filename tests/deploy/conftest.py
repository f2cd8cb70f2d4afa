"""What a deployment consists of, read once; and a folder with its secrets, made as an operator makes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from deploy.compose.prepare import prepare

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(scope="session")
def compose() -> dict:
    """The compose file, its anchors followed."""
    return yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())


@pytest.fixture(scope="session")
def rules() -> dict[str, dict]:
    """Every alert, by its name."""
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    by_name = {rule["alert"]: rule for rule in found}
    assert len(found) == len(by_name)
    return by_name


@pytest.fixture(scope="session")
def image() -> dict[str, str]:
    """The settings that stand in the image."""
    text = (DEPLOY / "container" / "Dockerfile").read_text()
    return dict(re.findall(r"^\s+(HUB_[A-Z_]+)=(\S+)", text, re.MULTILINE))


@pytest.fixture(scope="session")
def broker_settings() -> dict[str, str]:
    """The lines of rabbitmq.conf."""
    text = (DEPLOY / "compose" / "rabbitmq.conf").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    settings = dict(line.split(" = ", 1) for line in lines)
    assert len(lines) == len(settings)
    return settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What compose.yaml reads its secrets from, with certificates for a trial on this machine."""
    made = ["make", str(tmp_path / "area"), "--public-host", "localhost", "--trial-certificates"]
    CliRunner().invoke(prepare, made, catch_exceptions=False)
    return tmp_path / "area"
