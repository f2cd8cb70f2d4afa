"""Look-ups by HTTP: whoever may not know gets the answer that a stranger gets."""

import json
import time


def question(recipient, person):
    return {"recipient": recipient, "reason": "asked in a test", "person": person}


def without_chance(headers):
    return {k: v for k, v in headers.items() if k.lower() not in {"x-request-id", "date"}}


STRANGER = {"surname": "Nobody", "forename": "Nora", "date_of_birth": "1971-01-01"}


async def test_found(door):
    """A recipient that may know is told whose somebody is and whom to call."""
    await door.publish("scheme", door.adopted())

    status, _, body = await door.post("/lookups", question("reception", door.person), "prison")

    assert 200 == status
    assert "made-up-ppo" == json.loads(body)["given"]["memberships"][0]["scheme"]


async def test_hidden_like_a_stranger(door):
    """To one that may not know, somebody of a scheme is answered like a stranger: status, headers, bytes."""
    await door.publish("scheme", door.adopted())

    hidden = await door.post("/lookups", question("charity", door.person), "charity")
    stranger = await door.post("/lookups", question("charity", STRANGER), "charity")

    assert (200, b'{"given":{}}') == (hidden[0], hidden[2])
    assert (hidden[0], without_chance(hidden[1]), hidden[2]) == (stranger[0], without_chance(stranger[1]), stranger[2])


async def test_time_tells_nothing(opened):
    """An answer comes no sooner than the grain, whoever was asked about."""
    async with opened(lookup_grain=0.3) as door:
        await door.publish("scheme", door.adopted())
        times = []
        for person in (door.person, STRANGER) * 2:
            began = time.monotonic()
            await door.post("/lookups", question("charity", person), "charity")
            times.append(time.monotonic() - began)

        assert all(0.3 <= taken for taken in times), times


async def test_what_was_told_is_listed(door):
    """An operator sees what was told about somebody, to whom and under which rule; an agency its own part."""
    await door.publish("scheme", door.adopted())
    await door.publish("prison", door.received())

    question = {"reason": "subject access", "person": door.person}
    status, _, body = await door.post("/disclosures", question, "operator")
    _, _, own = await door.post("/disclosures", question, "scheme")
    told = json.loads(body)["disclosures"]

    assert 200 == status
    assert {"reception", "coordinator"} <= {to["recipient"] for entry in told for to in entry["to"]}
    assert all(leaf["rules"] for entry in told for to in entry["to"] for leaf in to["given"].values())
    assert "Example" not in body.decode()
    assert {"coordinator"} == {to["recipient"] for entry in json.loads(own)["disclosures"] for to in entry["to"]}
