"""What is held, for the operators and for the agency whose event it is."""

import io
import json

import pytest

from schemas.envelope import SINGLE

NEW = {"reason": "seen the papers", "new": True}
TRY = {"reason": "the directory was mended"}


async def held(door, by, **query):
    status, _, body = await door.get("/held", by, params=query)
    assert 200 == status
    return json.loads(body)["held"]


@pytest.fixture
async def refused(door):
    """Keep one refused event of the prison."""
    await door.publish("prison", door.received() | {"source": "urn:police"})
    (item,) = await held(door, "operator")
    return item["id"]


async def test_own_agency_only(door, refused):
    """An agency sees what is held of its own, an operator everything."""
    assert [refused] == [item["id"] for item in await held(door, "prison")]
    assert [] == await held(door, "scheme")
    assert [refused] == [item["id"] for item in await held(door, "operator")]


@pytest.mark.parametrize(("path", "body"), [("settle", NEW), ("retry", TRY)])
async def test_anothers_and_none_are_alike(door, refused, path, body):
    """What is held of another agency is not found, like what is not held at all."""
    theirs = await door.post(f"/held/{refused}/{path}", body, "scheme")
    nothing = await door.post(f"/held/none/{path}", body, "scheme")

    assert 404 == theirs[0]
    assert (theirs[0], theirs[2]) == (nothing[0], nothing[2])


async def test_retry_refused_again(door, refused):
    """An event that is tried again unchanged is refused again, and stays held."""
    status, _, body = await door.post(f"/held/{refused}/retry", TRY, "prison")

    assert 403 == status
    assert "/problems/not-yours" == json.loads(body)["type"]
    assert [refused] == [item["id"] for item in await held(door, "prison")]


async def test_settle(door):
    """The scheme of a candidate says whom an event is about; its publisher does not learn that there was a question."""
    twins = [{"kind": "pnc", "value": "1981/0000034U"}], [{"kind": "pnc", "value": "2002/0073319Z"}]
    for identifiers in twins:
        await door.publish("scheme", door.adopted(door.person | {"identifiers": identifiers}))
    bare = {name: door.person[name] for name in ("surname", "forename", "date_of_birth")}
    await door.publish("prison", door.received(bare))
    (question,) = [item for item in await held(door, "scheme") if item["kind"] == "custody.received"]

    assert [] == await held(door, "prison")

    strange, _, _ = await door.post(f"/held/{question['id']}/settle", {"reason": "why", "person": "other"}, "scheme")
    choice = {"reason": "seen the papers", "person": question["candidates"][0]}
    status, _, body = await door.post(f"/held/{question['id']}/settle", choice, "scheme")
    again, _, _ = await door.post(f"/held/{question['id']}/settle", choice, "scheme")

    assert "ambiguous" == question["reason"]
    assert (404, 200, 404) == (strange, status, again)
    assert "accepted" == json.loads(body)["state"]
    assert [question["id"]] == [item["id"] for item in await held(door, "scheme", state="settled")]


@pytest.mark.parametrize(
    ("media", "size", "reason"),
    [("text/xml", 10, "wrong-media-type"), (SINGLE, 1024 * 1024 + 1, "too-large")],
    ids=["another content type", "too large"],
)
async def test_what_is_refused_unread_is_noted(door, media, size, reason):
    """What is refused before it is read is listed with its reason and sender, and without its body."""
    headers = {"Content-Type": media}
    await door.ask("POST", "/events", by="prison", data=io.BytesIO(b"x" * size), headers=headers)

    (item,) = await held(door, "operator")
    assert (reason, "prison") == (item["reason"], item["agency"])
    assert [] == await held(door, "scheme")
