"""The programs that will read the deployment's files read them, in a Debian of their own (`make check-deploy`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEBIAN = ROOT / "var" / "deploy-tools"
HADOLINT = Path(sys.executable).with_name("hadolint")
EXPOSURE = 15
"""Tenths of systemd's own measure, of which 100 is anything goes."""


class Debian:
    """A Debian with the tools, and in it a place of one test's own with the deployment and its secrets."""

    def __init__(self, place: Path) -> None:
        """Take a folder of that Debian."""
        self.place = place
        self.inside = Path("/") / place.relative_to(DEBIAN)

    def run(self, *command: object, **environment: object) -> tuple[int, str]:
        """Run one of the tools in that Debian; return its exit code and what it said."""
        done = subprocess.run(
            ["/usr/sbin/chroot", DEBIAN, *map(str, command)],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **{name: str(value) for name, value in environment.items()}},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def debian(folder):
    """The deployment beside the tools."""
    if os.geteuid() != 0 or not DEBIAN.exists():
        pytest.skip("the tools are not here: sudo make check-deploy")
    hub = DEBIAN / "opt" / "offender-hub" / "bin" / "hub"
    hub.parent.mkdir(parents=True, exist_ok=True)
    hub.touch(0o755)
    with tempfile.TemporaryDirectory(dir=DEBIAN) as name:
        place = Path(name)
        shutil.copytree(ROOT / "deploy", place / "deploy")
        shutil.copytree(folder, place / "area")
        shutil.copy(folder / "alertmanagers.yaml", place / "deploy" / "prometheus")
        yield Debian(place)


@pytest.mark.parametrize(
    ("verb", "what", "file"),
    [("check", "rules", "alerts.yaml"), ("check", "config", "prometheus.yaml"), ("test", "rules", "alerts_test.yaml")],
)
def test_prometheus(debian, verb, what, file):
    """Prometheus takes its configuration and rules, and each alert fires when its case says, and not before."""
    code, said = debian.run("promtool", verb, what, debian.inside / "deploy" / "prometheus" / file)

    assert (0, False) == (code, "WARNING" in said), said


def test_compose(debian):
    """Compose takes the file as a whole, with what `prepare` made, and has nothing to warn of."""
    file = debian.inside / "deploy" / "compose" / "compose.yaml"

    assert (0, "") == debian.run(
        "docker-compose", "--file", file, "config", "--quiet", DEPLOYMENT=debian.inside / "area", PUBLIC_HOST="h"
    )


def test_compose_without_folder(debian):
    """Without the folder of secrets nothing is started, and it is said what is missing."""
    file = debian.inside / "deploy" / "compose" / "compose.yaml"

    code, said = debian.run("docker-compose", "--file", file, "config", "--quiet")

    assert code != 0
    assert "run deploy.compose.prepare" in said


def test_door(debian):
    """HAProxy takes its configuration."""
    file = debian.place / "deploy" / "compose" / "haproxy.cfg"
    file.write_text(file.read_text().replace("/run/secrets", str(debian.inside / "area" / "tls")))

    code, said = debian.run("haproxy", "-c", "-V", "-f", debian.inside / "deploy" / "compose" / "haproxy.cfg")

    assert code == 0, said


@pytest.mark.parametrize("unit", ["offender-hub@1.service", "offender-hub-migrate.service"])
def test_units(debian, unit):
    """The system takes each unit without a word, and finds little in it that could do harm."""
    units, inside = debian.place / "deploy" / "systemd", debian.inside / "deploy" / "systemd"
    shutil.copy(units / "offender-hub@.service", units / "offender-hub@1.service")

    taken = debian.run(
        "systemd-analyze", "verify", "--man=no", "--recursive-errors=one", inside / unit, SYSTEMD_UNIT_PATH=f"{inside}:"
    )
    exposed, said = debian.run(
        "systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", inside / unit
    )

    assert (0, "") == taken
    assert exposed == 0, said


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not here: make check-deploy")
def test_image():
    """Hadolint has nothing to say about the Dockerfile."""
    done = subprocess.run(
        [HADOLINT, ROOT / "deploy" / "container" / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stdout)
