"""The shipped adapters go by the broker's door when they are given its address, and need nothing else for it."""

import asyncio
import json
import sys

import pytest

LIST = "Surname,Forename,Date of birth,Adopted on,Strands\nRowe,Terry,01/02/1985,03/04/2024,C&C\n"


@pytest.fixture
def command(at_broker, tmp_path):
    """Run an adapter as a process at the broker's door; return what it prints."""

    async def command(module, *words):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"adapters.{module}", "--hub", at_broker.address, *map(str, words),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, log = await asyncio.wait_for(process.communicate(), 60)
        assert 0 == process.returncode, log.decode()
        return out.decode()

    return command


async def test_a_list_and_a_feed_go_in_and_cards_come_out(at_broker, command, tmp_path):
    """A scheme's list, a prison's feed and a coordinator's desk, all over the broker."""
    source, keys = at_broker.area.agencies.source, {}
    for agency in ("schemes", "prisons"):
        keys[agency] = tmp_path / f"{agency}.pem"
        at_broker.party(agency).save(keys[agency])
    number = next(i.value for i in at_broker.people["Jones"].identifiers if i.kind == "prison-number")
    information = {"nomsNumber": number, "reason": "ADMISSION", "nomisMovementReasonCode": "N", "prisonId": "BMI"}
    reception = {
        "eventType": "prison-offender-events.prisoner.received",
        "occurredAt": "2026-03-02T09:30:00Z",
        "additionalInformation": information,
    }
    feed = tmp_path / "feed"
    feed.mkdir()
    (feed / "one.json").write_text(json.dumps(reception))
    (tmp_path / "list.csv").write_text(LIST)

    said = await command(
        "scheme_list", "--scheme", "north", "--client", "schemes-system", "--key", keys["schemes"],
        "--source", source("schemes"), "--state", tmp_path / "list", tmp_path / "list.csv",
    )  # fmt: skip
    await command(
        "national", "--scheme", "north", "--folder", feed, "--once", "--prison-client", "prisons-system",
        "--prison-key", keys["prisons"], "--prison-source", source("prisons"),
    )  # fmt: skip
    cards = await command(
        "coordinator", "--client", "schemes-system", "--key", keys["schemes"], "--recipient", at_broker.recipient,
        "--inbox", tmp_path / "inbox.db", "--once", "--json",
    )  # fmt: skip

    assert "1 accepted" in said
    assert ["one.json"] == [path.name for path in (feed / "done").iterdir()]
    assert {"ppo.adopted", "custody.received", "ppo.alert"} == {json.loads(line)["type"] for line in cards.splitlines()}
    assert "Rowe" in cards
    assert "Jones" in cards
