"""What is held, for the operators and for the agency whose event it is."""

import base64
import datetime as dt
import io
import json
import sqlite3

import pytest

from schemas.envelope import SINGLE

NEW = {"reason": "seen the papers", "new": True}
TRY = {"reason": "the directory was mended"}
WHY = {"reason": "asked about by its sender"}


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


@pytest.mark.parametrize(("path", "body"), [("settle", NEW), ("retry", TRY), ("show", WHY)])
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


@pytest.fixture
def store(tmp_path):
    """Run a statement on the hub's store, from beside."""

    def run(statement):
        with sqlite3.connect(tmp_path / "data" / "hub.sqlite") as db:
            rows = db.execute(statement).fetchall()
        db.close()
        return rows

    return run


def consultations(store):
    entries = [json.loads(content) for (content,) in store("SELECT content FROM entries WHERE kind = 'consultation'")]
    return [(entry["event"], entry["reference"], entry["by"]) for entry in entries]


@pytest.mark.parametrize("by", ["prison", "operator"])
async def test_show(door, store, logs, by):
    """Its own agency and an operator see what came, byte for byte; who asked is recorded, why is sealed, and no log
    has a word of it.
    """
    body = json.dumps(door.received({"surname": door.marker}) | {"source": "urn:police"})
    await door.publish("prison", body.encode())
    (item,) = await held(door, by)

    status, _, answer = await door.post(f"/held/{item['id']}/show", WHY, by)
    shown = json.loads(answer)

    assert (200, body, item["id"]) == (status, shown["text"], shown["held"]["id"])
    assert "not-yours" == shown["held"]["reason"]
    assert [("held.shown", item["id"], f"{by}-system")] == consultations(store)
    assert WHY["reason"] not in repr(store("SELECT * FROM entries"))
    assert door.marker not in logs()
    assert [item] == await held(door, by)


async def test_show_what_is_no_text(door):
    """What is no text is shown in base64."""
    body = b'{"id": "\xff\xfe"}'
    await door.publish("prison", body)
    (item,) = await held(door, "prison")

    _, _, answer = await door.post(f"/held/{item['id']}/show", WHY, "prison")

    assert body == base64.b64decode(json.loads(answer)["base64"])


async def test_nothing_is_shown_that_is_not_recorded(door, store, refused):
    """While the record cannot be written, nobody sees inside anything."""
    store("CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'broken'); END")

    status, _, answer = await door.post(f"/held/{refused}/show", WHY, "prison")

    assert 503 == status
    assert b"text" not in answer


async def test_a_stranger_leaves_no_trace_of_what_it_asked_for(door, store, refused):
    """What is not shown is not recorded as if it had been."""
    await door.post(f"/held/{refused}/show", WHY, "scheme")

    assert [] == consultations(store)


@pytest.mark.parametrize("path", ["show", "retry", "retry-all"])
@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x"}])
async def test_without_a_reason(door, refused, path, body):
    """Nothing is shown or tried again without a reason."""
    address = "/held/retry-all" if path == "retry-all" else f"/held/{refused}/{path}"

    status, _, _ = await door.post(address, body, "prison")

    assert 422 == status


async def test_a_question_is_not_shown_to_whom_it_is_put(door):
    """The scheme that is asked about another agency's event does not see inside it, nor does its publisher, who does
    not learn that there is a question; an operator does.
    """
    for identifiers in ([{"kind": "pnc", "value": "1981/0000034U"}], [{"kind": "pnc", "value": "2002/0073319Z"}]):
        await door.publish("scheme", door.adopted(door.person | {"identifiers": identifiers}))
    await door.publish("prison", door.received({k: door.person[k] for k in ("surname", "forename", "date_of_birth")}))
    (question,) = [item for item in await held(door, "scheme") if item["kind"] == "custody.received"]

    asked = [(await door.post(f"/held/{question['id']}/show", WHY, by))[0] for by in ("scheme", "prison", "operator")]

    assert "ambiguous" == question["reason"]
    assert [404, 404, 200] == asked


async def test_filters(door, refused):
    """What is held is listed by its reason and by agency; another's is as good as nothing."""
    await door.publish("prison", b"no json")

    assert {"not-yours", "malformed"} == {item["reason"] for item in await held(door, "prison")}
    assert [refused] == [item["id"] for item in await held(door, "operator", reason="not-yours")]
    assert [refused] == [item["id"] for item in await held(door, "operator", reason="not-yours", agency="prison")]
    assert [] == await held(door, "operator", agency="scheme")
    assert [] == await held(door, "scheme", agency="prison")
    assert 2 == len(await held(door, "prison", agency="prison"))


async def test_retry_all(door, monkeypatch):
    """An agency tries its own again and nobody else's, in the order in which it came, and hears how many came to
    what.
    """
    monkeypatch.setattr("hub.pipeline.journey.check_plausible", lambda *_: 1 / 0)
    monkeypatch.setattr("hub.pipeline.holding.next_try", lambda now, _: now + dt.timedelta(hours=1))
    for _ in range(3):
        await door.publish("prison", door.received())
    await door.publish("scheme", door.adopted())
    monkeypatch.undo()
    await door.publish("prison", door.received() | {"source": "urn:police"})
    for item in await held(door, "operator", state="retrying"):
        await door.hub._committer.do(lambda batch, i=item["id"]: batch.changes.retries.append((i, 4, None)))  # noqa: SLF001 - as after its last try

    nothing = await door.post("/held/retry-all", TRY | {"agency": "prison"}, "scheme")
    some = await door.post("/held/retry-all", TRY | {"why": "not-yours"}, "prison")
    rest = await door.post("/held/retry-all", TRY, "prison")
    last = await door.post("/held/retry-all", TRY, "operator")

    assert [{}, {"not-yours": 1}, {"accepted": 3, "not-yours": 1}, {"accepted": 1, "not-yours": 1}] == [
        json.loads(body)["outcomes"] for _, _, body in (nothing, some, rest, last)
    ]
    assert ["not-yours"] == [item["reason"] for item in await held(door, "operator")]


async def test_metrics_tell_how_much_is_held(opened, monkeypatch):
    """How much is held for each reason, and how much the hub is going to try again by itself, can be watched."""
    async with opened(health_seconds=0) as door:
        monkeypatch.setattr("hub.pipeline.holding.next_try", lambda now, _: now + dt.timedelta(hours=1))
        await door.publish("prison", door.received() | {"source": "urn:police"})
        monkeypatch.setattr("hub.pipeline.journey.check_plausible", lambda *_: 1 / 0)
        await door.publish("prison", door.received())

        _, _, figures = await door.get("/metrics")

    assert b'hub_held{reason="not-yours"} 1.0' in figures
    assert b"hub_retries_waiting 1.0" in figures
