"""Doors and suspensions over HTTP, of a hub that has a broker's address and nothing yet that carries changes out."""

import asyncio
import json
import shutil

import pytest
from click.testing import CliRunner

from hub.cli.doors import doors
from hub.cli.suspend import resume, suspend
from hub.errors import NotFound
from hub.pipeline.standing import Broker
from tests.contract.http.conftest import config_of

WHY = {"reason": "a leak"}
BROKER = Broker("amqps://broker.example/area", "area", 4)


@pytest.fixture
async def two_doors(door):
    door.hub.standing.broker = BROKER
    return door


async def put(door, path, value, by):
    status, _, body = await door.ask("PUT", path, by=by, json=value)
    return status, json.loads(body)


async def doors_of(door, by):
    status, _, body = await door.get("/doors", by)
    assert 200 == status, body
    return json.loads(body)


async def carry_out(door):
    """Do in the store what a doorkeeper does once the broker has done its part."""
    for row in await door.hub.standing.rows():
        await (door.hub.standing.closed if row.state == "closing" else door.hub.standing.opened)(row)
    await door.hub.standing.refresh()


async def test_without_a_broker_there_is_one_door(door):
    """A hub without a broker says nothing of one, and refuses its door."""
    told = await doors_of(door, "prison")
    status, body = await put(door, "/doors/reception", {"door": "amqp"}, "prison")

    assert {"doors": [{"recipient": "reception", "door": "http", "state": "open"}]} == told
    assert (409, "/problems/no-broker") == (status, body["type"])


async def test_a_door_opens_when_its_queues_stand(two_doors):
    """A door that was asked for is opening, with random queues that stay its own, and open once that is done."""
    status, asked = await put(two_doors, "/doors/reception", {"door": "amqp"}, "prison")
    _, again = await put(two_doors, "/doors/reception", {"door": "amqp"}, "prison")
    await carry_out(two_doors)
    told = await doors_of(two_doors, "prison")

    assert 200 == status
    assert asked == again == told["doors"][0] | {"state": "opening"}
    assert {"door": "amqp", "state": "open"}.items() <= told["doors"][0].items()
    assert {"address": BROKER.address, "exchange": "intake.prison", "partitions": 4} == told["broker"]
    urgent, routine = asked["queues"]["urgent"], asked["queues"]["routine"]
    assert (24, ".urgent", ".routine") == (len(urgent[:-7]), urgent[-7:], routine[-8:])


async def test_the_mailbox_is_closed_while_the_broker_has_it(two_doors):
    """Copies come by one door at a time; receipts and reconciliation serve both."""
    await two_doors.publish("scheme", two_doors.adopted())
    await two_doors.publish("prison", two_doors.received())
    (copy, *_) = await two_doors.copies("prison", "reception")
    await put(two_doors, "/doors/reception", {"door": "amqp"}, "prison")

    answers = {}
    for state in ("opening", "open"):
        answers[state] = [
            (await two_doors.get(f"/mailboxes/reception/{way}", "prison"))[0] for way in ("copies", "stream")
        ]
        await carry_out(two_doors)
    receipt = {"recipient": "reception", "deliveries": [copy["delivery"]]}
    received = await two_doors.post("/receipts", receipt, "prison")
    listed = await two_doors.get("/deliveries?recipient=reception", "prison")

    assert {"opening": [409, 409], "open": [409, 409]} == answers
    assert (200, {"received": 1}) == (received[0], json.loads(received[2]))
    assert 200 == listed[0]


async def test_what_has_no_receipt_comes_by_the_new_door(two_doors):
    """Opening the broker's door sends what waits there; closing it leaves that in the mailbox."""
    await two_doors.publish("scheme", two_doors.adopted())
    await two_doors.publish("prison", two_doors.received())
    waiting = {copy["delivery"] for copy in await two_doors.copies("prison", "reception")}
    await put(two_doors, "/doors/reception", {"door": "amqp"}, "prison")
    await carry_out(two_doors)
    sent = await two_doors.hub.unsent("", limit=100)

    _, closing = await put(two_doors, "/doors/reception", {"door": "http"}, "prison")
    refused = await put(two_doors, "/doors/reception", {"door": "amqp"}, "prison")
    await carry_out(two_doors)

    assert waiting
    assert waiting == {parcel.copy for departure in sent for parcel in departure.parcels}
    assert ("amqp", "closing") == (closing["door"], closing["state"])
    assert (409, "/problems/door-closing") == (refused[0], refused[1]["type"])
    assert waiting == {copy["delivery"] for copy in await two_doors.copies("prison", "reception")}


async def test_a_door_is_its_owners(two_doors):
    """Another agency's door can neither be changed nor seen, and is not told from one that is not there."""
    other = await put(two_doors, "/doors/npt", {"door": "amqp"}, "prison")
    nobody = await put(two_doors, "/doors/nobody", {"door": "amqp"}, "prison")

    assert 404 == other[0]
    assert other == nobody
    assert ["reception"] == [each["recipient"] for each in (await doors_of(two_doors, "prison"))["doors"]]


async def test_a_change_ends_a_wait_for_copies(opened):
    """Who reads a stream or waits for copies is let go when the door changes or the agency is suspended."""
    async with opened(heartbeat_seconds=3600) as door:
        door.hub.standing.broker = BROKER
        for change in (("/doors/reception", {"door": "amqp"}, "prison"), ("/suspensions/police", WHY, "operator")):
            who, recipient = ("prison", "reception") if change[2] == "prison" else ("police", "npt")
            waiting = asyncio.create_task(door.copies(who, recipient, wait=30))
            reading = door.session.get(f"{door.url}/mailboxes/{recipient}/stream", headers=door.bearer(who))
            async with reading as stream:
                await stream.content.readline()
                await put(door, *change)

                assert b"copy" not in await asyncio.wait_for(stream.content.read(), 25)
            assert [] == await asyncio.wait_for(waiting, 25)


async def test_only_operators_suspend(door):
    """An agency can neither suspend nor resume anybody, nor see who is suspended."""
    asked = [
        await door.ask("PUT", "/suspensions/police", by="prison", json={"reason": "because"}),
        await door.ask("DELETE", "/suspensions/police", by="prison"),
        await door.get("/suspensions", "prison"),
    ]

    assert [403] * 3 == [status for status, _, _ in asked]


async def test_a_suspended_agency_takes_no_part(two_doors):
    """From the suspension on nothing is taken from it, nothing given to it, and no token issued; others go on."""
    await put(two_doors, "/doors/reception", {"door": "amqp"}, "prison")
    await carry_out(two_doors)
    status, told = await put(two_doors, "/suspensions/prison", {"reason": "leaks"}, "operator")
    state = (await two_doors.hub.standing.rows())[0].state
    await two_doors.publish("scheme", two_doors.adopted())

    refused = [await two_doors.publish("prison", two_doors.received()), await two_doors.get("/doors", "prison")]
    token, _, body = await two_doors.ask_token(client_assertion=two_doors.assertion("prison"))

    assert (200, ["prison"]) == (status, [each["agency"] for each in told["suspended"]])
    assert "closing" == state
    assert [(403, "/problems/suspended")] * 2 == [(code, json.loads(b)["type"]) for code, _, b in refused]
    assert (401, {"error": "invalid_client"}) == (token, json.loads(body))
    assert await two_doors.copies("scheme", "coordinator")


async def test_a_resumed_agency_gets_what_waited(two_doors):
    """What was committed before the suspension waits, and comes by HTTP afterwards; nothing was added meanwhile."""
    await put(two_doors, "/doors/coordinator", {"door": "amqp"}, "scheme")
    await two_doors.publish("scheme", two_doors.adopted())
    await two_doors.publish("prison", two_doors.received())
    before = await two_doors.hub.copies("coordinator")
    await put(two_doors, "/suspensions/scheme", {"reason": "leaks"}, "operator")
    await two_doors.publish("prison", two_doors.received())
    await carry_out(two_doors)
    status, _, body = await two_doors.ask("DELETE", "/suspensions/scheme", by="operator")

    assert (200, {"suspended": []}) == (status, json.loads(body))
    assert before
    assert [c.delivery for c in before] == [c["delivery"] for c in await two_doors.copies("scheme", "coordinator")]


async def test_a_suspension_survives_a_restart(opened):
    """Who was suspended still is after a restart of the hub."""
    async with opened() as door:
        await put(door, "/suspensions/prison", {"reason": "leaks"}, "operator")
    async with opened() as door:
        status, _, body = await door.publish("prison", door.received())

    assert (403, "/problems/suspended") == (status, json.loads(body)["type"])


async def test_unknown_agency(door):
    """An agency that is not in the directory cannot be suspended."""
    status, _ = await put(door, "/suspensions/nobody", {"reason": "because"}, "operator")

    assert 404 == status


async def test_a_token_says_what_its_system_may_do_at_the_broker(two_doors):
    """A token names the agency's exchange and the queues of the doors that were asked for; those of others never."""
    await put(two_doors, "/doors/reception", {"door": "amqp"}, "prison")
    (row,) = await two_doors.hub.standing.rows()
    _, _, body = await two_doors.ask_token(client_assertion=two_doors.assertion("prison"))
    _, _, other = await two_doors.ask_token(client_assertion=two_doors.assertion("police"))
    _, _, narrow = await two_doors.ask_token(client_assertion=two_doors.assertion("prison"), scope="people:look-up")

    scopes = json.loads(body)["scope"].split()
    assert f"rabbitmq.read:area/{row.queue}.*" in scopes
    assert "rabbitmq.write:area/intake.prison/custody.received" in scopes
    assert row.queue not in other.decode()
    assert "people:look-up" == json.loads(narrow)["scope"]
    assert {"prison-system", "police-system"} <= set(await two_doors.hub.standing.over(two_doors.hub.now())) ^ set(
        two_doors.hub.directory.systems
    )


async def test_who_only_publishes_is_told_where(two_doors):
    """A system that may publish and nothing else learns where the broker is, and changes no door."""
    only = {"Authorization": f"Bearer {two_doors.token('prison', permissions=('events:publish',))}"}

    told = await two_doors.ask("GET", "/doors", headers=only)
    changed = await two_doors.ask("PUT", "/doors/reception", headers=only, json={"door": "amqp"})

    assert (200, "intake.prison") == (told[0], json.loads(told[2])["broker"]["exchange"])
    assert (403, "/problems/not-permitted") == (changed[0], json.loads(changed[2])["type"])


def test_the_operator_s_commands(home, tmp_path, monkeypatch):
    """An operator suspends an agency by its name, sees who has which door, and lets it take part again."""
    shutil.copytree(home / "data", tmp_path / "data")
    config = config_of(home, tmp_path)
    for name in ("data", "directory"):
        monkeypatch.setenv(f"HUB_{name.upper()}", str(getattr(config, name)))
    monkeypatch.setenv("HUB_POLICIES", str(config.policies[0]))

    def run(command, *words):
        return CliRunner().invoke(command, words)

    assert "prison  suspended since" in run(suspend, "prison", "--reason", "a leak").output
    assert "Every recipient receives by HTTP." in run(doors).output
    assert "[]" == run(doors, "--json").output.strip()
    assert "Every agency takes part." in run(resume, "prison").output
    assert isinstance(run(suspend, "nobody", "--reason", "a leak").exception, NotFound)
    assert 2 == run(suspend, "prison").exit_code
