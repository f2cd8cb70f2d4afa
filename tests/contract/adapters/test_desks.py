"""The partners' desks as they run: a card comes, stays over a restart, and goes when the marker goes."""

import asyncio
import importlib
import json
import sys

import pytest

from adapters.sdk import AgencyKey
from adapters.sdk.testing import HANDLING

PERSON = {
    "surname": "Jones",
    "forename": "Terry",
    "date_of_birth": "1990-02-01",
    "identifiers": [{"kind": "prison-number", "value": "A1234BC"}],
}
ALERT = {
    "subject": PERSON,
    "memberships": [
        {
            "scheme": "bham-north",
            "scheme_name": "Birmingham North",
            "kind": "PPO",
            "lead": True,
            "strands": ["catch-and-convict", "rehabilitate-and-resettle"],
            "contact": {"name": "Sgt Ann Smith", "telephone": "0121 496 0001"},
        }
    ],
    "custody": {"in_custody": True, "establishment": "BMI", "establishment_name": "HMP Birmingham"},
    "health": {"immediate_safety": ["open self-harm plan"]},
}
DESKS = ["reception_desk", "neighbourhood", "coordinator", "partner_desk"]


@pytest.fixture
def desk(hub, tmp_path):
    key = tmp_path / "key.pem"
    AgencyKey.generate().save(key)

    async def desk(*options, which="reception_desk", inbox="inbox.db"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"adapters.{which}", "--hub", hub.address, "--client", "desk", "--key", str(key),
            "--recipient", "bmi-reception", "--inbox", str(tmp_path / inbox), "--once", *options,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, log = await asyncio.wait_for(process.communicate(), 60)
        assert 0 == process.returncode, log
        return out.decode()

    return desk


CONFIRMING = ("--confirm-markers", "--source", "/bmi")


async def test_an_alert_says_who_whose_and_whom_to_call(hub, desk):
    """The card has the name, the scheme and strands, the coordinator's number and what matters in the next hours."""
    hub.give("bmi-reception", "ppo.alert", ALERT)

    card = await desk("--name", "BMI reception")

    for words in (
        "!! BMI reception | ALERT",
        "JONES, Terry; born 1 February 1990",
        "prison number A1234BC",
        "PPO Birmingham North",
        "strands: catch and convict, rehabilitate and resettle",
        "Sgt Ann Smith, 0121 496 0001",
        "OPEN SELF-HARM PLAN",
        "in custody at HMP Birmingham",
    ):
        assert words in " ".join(card.split())


async def test_what_was_not_given_is_not_there(hub, desk):
    """A recipient that may know little gets a card of little, with no empty line for the rest."""
    hub.give("bmi-reception", "custody.returned", {"subject": {"surname": "Jones"}})

    card = await desk()

    assert ["JONES"] == [line.strip() for line in card.splitlines()[1:] if line.strip()]


async def test_a_card_survives_a_restart(hub, desk):
    """A desk that starts again shows the cards that stand, and does not answer for them again."""
    hub.give("bmi-reception", "ppo.alert", ALERT)
    first = await desk(*CONFIRMING)

    again = await desk(*CONFIRMING)

    assert "JONES" in first
    assert "JONES" in again
    assert 1 == len(hub.published)


async def test_a_marker_is_confirmed_and_removed(hub, desk):
    """The hub hears that the marker is set, is so still, and is removed, then the card goes; and is set anew."""
    for kind in ("ppo.alert", "ppo.alert", "ppo.remove-marker"):
        hub.give("bmi-reception", kind, ALERT)
        await desk(*CONFIRMING)
    after_removal = await desk(*CONFIRMING)
    hub.give("bmi-reception", "ppo.alert", ALERT)
    await desk(*CONFIRMING)

    said = [event.data["marker_confirmations"][0] for event in hub.published]
    assert "" == after_removal
    assert ["set", "confirmed", "removed", "set"] == [each["state"] for each in said]
    assert {("bmi-reception", True)} == {(each["holder"], each["prompted"]) for each in said}
    assert {"/bmi"} == {event.source for event in hub.published}
    assert [{"kind": "prison-number", "value": "A1234BC"}] == hub.published[0].data["subject"]["identifiers"]


async def test_a_removal_that_nobody_answered_stands(hub, desk):
    """Without the answer, the request to take the marker off is shown until somebody sees to it; the alert is not."""
    hub.give("bmi-reception", "ppo.alert", ALERT)
    await desk()
    hub.give("bmi-reception", "ppo.remove-marker", {"subject": PERSON})
    await desk()

    again = await desk()

    assert "TAKE THE MARKER OFF" in again
    assert "ALERT" not in again


async def test_no_longer_yours_ends_the_cards(hub, desk):
    """After the notice that a person is no longer ours, their earlier cards are gone and others' are not."""
    hub.give("bmi-reception", "ppo.alert", ALERT)
    other = {"subject": {"surname": "Smith", "identifiers": [{"kind": "crn", "value": "X000001"}]}}
    hub.give("bmi-reception", "custody.returned", other)
    hub.give("bmi-reception", "concern.ended", {"subject": PERSON, "contact": {"name": "Sgt Ann Smith"}})
    await desk()

    again = await desk()

    assert "ALERT" not in again
    assert "SMITH" in again
    assert "NO LONGER YOURS" in again


async def test_a_marker_of_nobody_is_shown_and_not_answered(hub, desk):
    """A copy that names nobody who could be found again is shown, and the desk says that it could not answer."""
    hub.give("bmi-reception", "ppo.alert", {"memberships": []})

    card = await desk(*CONFIRMING)

    assert "Somebody whose name was not given" in card
    assert "too little was given" in card
    assert [] == hub.published


async def test_json_lines(hub, desk):
    """With --json each card is one line of JSON with its lines and the leaves that were given."""
    delivery = hub.give("bmi-reception", "ppo.alert", ALERT)

    (line,) = (await desk("--json")).splitlines()
    card = json.loads(line)

    assert (delivery, "ppo.alert", True, ALERT) == (card["delivery"], card["type"], card["urgent"], card["given"])
    assert {"label": "Where", "text": "in custody at HMP Birmingham"} in card["lines"]
    assert HANDLING.purposes == card["handling"]["purposes"]


async def test_a_screen_cannot_be_commanded(hub, desk):
    """Characters that move the cursor, or turn the text round, do not reach the screen."""
    hub.give("bmi-reception", "custody.returned", {"subject": {"surname": "J\x1b[2Jones\u202e\r\nFAKE"}})

    card = await desk()

    assert not {"\x1b", "\u202e", "\r"} & set(card)
    assert 3 == len(card.splitlines())


@pytest.mark.parametrize("which", DESKS)
async def test_every_desk_runs(hub, desk, which):
    """Each desk is a process of its own and shows a card under a heading of its own trade."""
    hub.give("bmi-reception", "ppo.alert", ALERT)

    card = await desk(which=which, inbox=f"{which}.db")

    assert "Terry" in card
    assert "Sgt Ann Smith" in card


@pytest.mark.parametrize("which", DESKS)
def test_every_desk_explains_itself(which):
    """Each desk is a command whose help names its options."""
    main = importlib.import_module(f"adapters.{which}.__main__").main

    assert "plain lines" in main.help
    assert {"recipient", "inbox", "confirm_markers"} <= {p.name for p in main.params}
