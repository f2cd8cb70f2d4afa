"""The example of the documentation is the file that is shipped, and it works."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from adapters.sdk import AgencyKey

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "adapters" / "example.py"


def test_the_page_shows_the_file():
    """docs/adapters.md holds the example word for word, so what is read there is what is tested here."""
    assert EXAMPLE.read_text() in (ROOT / "docs" / "adapters.md").read_text()


async def test_it_publishes_and_shows(hub, tmp_path):
    """Run against the hub that stands in for the hub, it says its arrest and shows whom to call."""
    AgencyKey.generate().save(tmp_path / "key.pem")
    contact = {"name": "Sgt Ann Smith", "telephone": "0121 496 0001"}
    given = {"subject": {"surname": "Jones"}, "memberships": [{"contact": contact}]}
    hub.give("force-custody-officer", "ppo.alert", given)
    command = [sys.executable, "-u", "-m", "adapters.example", hub.address, str(tmp_path)]

    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.wait(), 60)

    assert b"Jones: call 0121 496 0001\n" == line
    assert ["custody.detained"] == [event.type for event in hub.published]
    assert 0 == process.returncode


MODULES = ["national", "scheme_list", "partner_desk", "reception_desk", "neighbourhood", "coordinator"]


@pytest.mark.parametrize("module", MODULES)
def test_every_adapter_is_on_the_page(module):
    """docs/adapters.md names the command of every adapter."""
    assert f"python -m adapters.{module}" in (ROOT / "docs" / "adapters.md").read_text()
