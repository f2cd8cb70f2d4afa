"""Hostile input: each is answered with the field and the rule and never the value, and is kept for the operators."""

import asyncio
import io
import json

import pytest

from schemas.envelope import SINGLE

MARKER = "Zzyzx-7731"
DEEP = b'{"a":' * 5000 + b'"' + MARKER.encode() + b'"' + b"}" * 5000


def person(door, **changes):
    return door.person | {"surname": MARKER} | changes


def replaced(event, path, value):
    """Return the event with one member replaced, or left out where the value is None."""
    whole = json.loads(json.dumps(event))
    *parents, last = path.split(".")
    place = whole
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return whole


def received(path, value):
    return lambda door: replaced(door.received(person(door)), path, value)


def written(old, new):
    """Return a good event whose bytes are changed in one place."""

    def body(door):
        text = json.dumps(door.received(person(door))).encode()
        assert old in text
        return text.replace(old, new, 1)

    return body


BAD_PNC = [{"kind": "pnc", "value": "1981/0000034X"}]
INPUTS = {
    # what is sent, by whom: status, problem, field
    "deep nesting": (lambda _: DEEP, "prison", 400, "malformed", "body"),
    "deep nesting in a field": (
        written(b'"custody": {', b'"custody": {"x":' + b"[" * 200 + b"]" * 200 + b","),
        *("prison", 400, "malformed", "body"),
    ),
    "a member twice": (written(b'"data": {', b'"data": {"subject": {}, '), "prison", 400, "malformed", "body"),
    "a huge number": (written(b"true", b"9" * 100_000), "prison", 400, "malformed", "body"),
    "a huge exponent": (written(b"true", b"1e999999"), "prison", 422, "invalid", "data.custody.in_custody"),
    "bad UTF-8": (written(b"Erin", b"Er\xff\xfein"), "prison", 400, "malformed", "body"),
    "bad UTF-8 in an unknown member": (
        written(b'"data": {', b'"z": "\xff", "data": {'),
        "prison",
        400,
        "malformed",
        "body",
    ),
    "half a surrogate": (written(b"Erin", b"\\ud800"), "prison", 400, "malformed", "body"),
    "NaN": (written(b"true", b"NaN"), "prison", 400, "malformed", "body"),
    "infinity": (written(b"true", b"-Infinity"), "prison", 400, "malformed", "body"),
    "not JSON": (lambda _: f"<event>{MARKER}</event>".encode(), "prison", 400, "malformed", "body"),
    "nothing": (lambda _: b"", "prison", 400, "malformed", "body"),
    "a list": (lambda _: f'["{MARKER}"]'.encode(), "prison", 422, "invalid", "body"),
    "unknown type": (received("type", f"custody.{MARKER}"), "prison", 422, "unknown-type", "type"),
    "unknown version": (received("dataschema", f"https://{MARKER}/2"), "prison", 422, "unknown-type", "dataschema"),
    "no id": (received("id", None), "prison", 422, "invalid", "body"),
    "no subject": (received("data.subject", None), "prison", 422, "invalid", "data"),
    "no custody": (received("data.custody", None), "prison", 422, "invalid", "data"),
    "unknown member": (received(f"data.{MARKER}", MARKER), "prison", 422, "invalid", "data"),
    "unknown context attribute": (received("subject", MARKER), "prison", 422, "invalid", "body"),
    "unknown word": (received("data.custody.reason", MARKER), "prison", 422, "invalid", "data.custody.reason"),
    "another type in the data": (
        written(b'"specversion"', b'"data": {"type": "ppo.scored"}, "specversion"'),
        *("prison", 400, "malformed", "body"),
    ),
    "not of its pattern": (
        received("data.custody.establishment", MARKER),
        *("prison", 422, "invalid", "data.custody.establishment"),
    ),
    "too long": (received("data.subject.forename", MARKER * 100), "prison", 422, "invalid", "data.subject.forename"),
    "null": (written(b'"1981-04-05"', b"null"), "prison", 422, "invalid", "data.subject.date_of_birth"),
    "wrong check letter": (received("data.subject.identifiers", BAD_PNC), "prison", 422, None, None),
    "impossible date": (received("data.subject.date_of_birth", "1981-02-30"), "prison", 422, "invalid", None),
    "born in the future": (
        received("data.subject.date_of_birth", "2981-01-01"),
        *("prison", 422, "invalid", "data.subject.date_of_birth"),
    ),
    "happens in the future": (received("time", "2981-01-01T00:00:00Z"), "prison", 422, "invalid", "time"),
    "time without a zone": (received("time", "2026-01-01T00:00:00"), "prison", 422, "invalid", "time"),
    "another's source": (received("source", "urn:police"), "prison", 403, "not-yours", "source"),
    "a charity recalls": (
        lambda door: door.event(
            "recall.requested", "urn:charity", {"subject": person(door), "recall": {"stage": "requested"}}
        ),
        *("charity", 403, "not-yours", "type"),
    ),
    "the hub's own word": (
        lambda door: door.event(
            "ppo.alert",
            "urn:prison",
            {"subject": person(door), "memberships": [{"scheme": "made-up-ppo", "kind": "PPO"}]},
        ),
        *("prison", 403, "not-yours", "type"),
    ),
}


@pytest.mark.parametrize("case", INPUTS.values(), ids=INPUTS)
async def test_hostile(door, logs, case):
    """It is refused by field and rule, told nowhere, kept for operators, and the good event beside it goes through."""
    make, by, status, problem, field = case
    bad, good = make(door), door.received()

    refused, accepted = await asyncio.gather(door.publish(by, bad), door.publish("prison", good))
    _, _, held = await door.get("/held", "operator")
    told = json.loads(refused[2])
    kept = json.loads(held)["held"]

    assert status == refused[0], told
    assert "application/problem+json" == refused[1]["Content-Type"]
    assert problem in (None, told["type"].removeprefix("/problems/"))
    assert field in (None, told["errors"][0]["field"])
    assert told["errors"][0]["rule"]
    assert " - at " not in told["errors"][0]["rule"]
    assert 202 == accepted[0]
    assert [(told["type"].removeprefix("/problems/"), by)] == [(item["reason"], item["agency"]) for item in kept]
    assert [[f"{e['field']}: {e['rule']}" for e in told["errors"]]] == [item["fields"] for item in kept]
    everything = repr(refused) + held.decode() + logs()
    assert MARKER not in everything
    assert "0000034X" not in everything


@pytest.mark.parametrize("case", INPUTS.values(), ids=INPUTS)
async def test_hostile_in_a_batch(door, logs, case):
    """Within a batch it is refused by itself, and the others go through."""
    make, _, _, problem, _ = case

    answer, _, body = await door.publish("prison", door.received(), make(door), door.received())
    outcomes = json.loads(body)["outcomes"]

    assert 200 == answer
    assert ["accepted", "refused", "accepted"] == [outcome["state"] for outcome in outcomes]
    assert problem in (None, outcomes[1]["problem"])
    assert outcomes[1]["fields"]
    assert MARKER not in body.decode() + logs()


async def test_same_id_with_different_content(door, logs):
    """An id used again with different content is refused, and what was accepted first stays."""
    first = door.received()
    second = first | {"data": first["data"] | {"subject": person(door)}}

    await door.publish("prison", first)
    status, headers, body = await door.publish("prison", second)
    _, _, held = await door.get("/held", "operator")

    assert 409 == status
    assert {"field": "id", "rule": "was used before with different content"} in json.loads(body)["errors"]
    assert ["different-content"] == [item["reason"] for item in json.loads(held)["held"]]
    assert MARKER not in repr(headers) + body.decode() + held.decode() + logs()


AT_THE_DOOR = {
    "wrong content type": ({"Content-Type": "text/xml"}, MARKER.encode, 415),
    "ten mebibytes": ({"Content-Type": SINGLE}, lambda: io.BytesIO(MARKER.encode() * 1024 * 1024), 413),
    "a marker for a token": ({"Authorization": f"Bearer {MARKER}"}, lambda: b"{}", 401),
    "a marker for a trace": ({"Content-Type": "x", "traceparent": MARKER, "X-Request-Id": MARKER}, lambda: b"", 415),
}


@pytest.mark.parametrize(("headers", "body", "expected"), AT_THE_DOOR.values(), ids=AT_THE_DOOR)
async def test_refused_at_the_door(door, logs, headers, body, expected):
    """What does not get past the door is answered with field and rule, told nowhere, and a good event goes through."""
    bad = door.ask(
        "POST", f"/events?{MARKER}" if expected == 401 else "/events", by="prison", data=body(), headers=headers
    )

    refused, accepted = await asyncio.gather(bad, door.publish("prison", door.received()))

    assert (expected, 202) == (refused[0], accepted[0])
    assert json.loads(refused[2])["errors"][0]["rule"]
    assert MARKER not in repr(refused) + logs()


BODIES = {
    "receipts": ("/receipts", {"recipient": "reception", "deliveries": [MARKER * 20]}, 422),
    "receipts, nothing named": ("/receipts", {"recipient": "reception", "deliveries": []}, 422),
    "receipts, wrong type": ("/receipts", {"recipient": "reception", "deliveries": MARKER}, 422),
    "look-up with another member": (
        "/lookups",
        {"recipient": "reception", "reason": "why", "person": {MARKER: 1}},
        422,
    ),
    "look-up without a reason": ("/lookups", {"recipient": "reception", "person": {"surname": MARKER}}, 422),
    "look-up of nobody": ("/lookups", {"recipient": "reception", "reason": "why", "person": {}}, 422),
    "retry with another member": ("/held/some/retry", {"reason": "why", MARKER: MARKER}, 422),
    "settle with both": ("/held/some/settle", {"reason": "why", "person": MARKER, "new": True}, 422),
    "settle with neither": ("/held/some/settle", {"reason": MARKER}, 422),
}


@pytest.mark.parametrize(("path", "value", "expected"), BODIES.values(), ids=BODIES)
async def test_other_bodies(door, logs, path, value, expected):
    """Every other body that does not fit its schema is answered with field and rule, never the value."""
    status, headers, body = await door.post(path, value, "prison")

    assert expected == status
    assert json.loads(body)["errors"]
    assert MARKER not in repr(headers) + body.decode() + logs()


RAW = {
    "deep nesting": b"[" * 10_000,
    "a member twice": b'{"reason":"a","reason":"b"}',
    "bad UTF-8": b'{"reason":"\xff"}',
    "NaN": b'{"reason":NaN}',
    "nothing": b"",
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
@pytest.mark.parametrize("path", ["/receipts", "/lookups", "/held/some/settle", "/held/some/retry"])
async def test_other_bodies_that_are_no_json(door, path, raw):
    """Every other body that is no strict JSON is answered 400."""
    status, _, body = await door.ask("POST", path, by="prison", data=raw, headers={"Content-Type": "application/json"})

    assert 400 == status
    assert "/problems/malformed" == json.loads(body)["type"]
