"""Publishing by HTTP: one event or a batch, within bounds."""

import asyncio
import gzip
import io
import json

import pytest

from schemas.envelope import BATCH, SINGLE

MIB = 1024 * 1024


async def test_single(door):
    """One event is answered 202 with its outcome; sent again it is a repetition."""
    event = door.received()

    first = await door.publish("prison", event)
    again = await door.publish("prison", event)

    assert (202, {"id": event["id"], "state": "accepted"}) == (first[0], json.loads(first[2]))
    assert (202, {"id": event["id"], "state": "repeated"}) == (again[0], json.loads(again[2]))


async def test_batch(door):
    """Each event of a batch has its own outcome, in order, and one bad event harms no other."""
    good, other = door.received(), door.received()
    wrong = door.received() | {"type": "no.such-type"}

    status, _, body = await door.publish("prison", good, wrong, b'{"a":NaN}', other)

    assert 200 == status
    assert [
        (good["id"], "accepted", None),
        (wrong["id"], "refused", "unknown-type"),
        ("", "refused", "malformed"),
        (other["id"], "accepted", None),
    ] == [(o["id"], o["state"], o.get("problem")) for o in json.loads(body)["outcomes"]]


async def test_batch_with_one_unreadable_event(door):
    """Bad UTF-8, deep nesting, numbers that JSON does not have and doubled members harm no other event."""
    good = door.received()
    bad = [b'{"id":"\xff"}', b"[" * 2000 + b"]" * 2000, b"NaN", b'{"id":"a","id":"b"}', b"", b"9" * 5000]

    status, _, body = await door.publish("prison", *bad, good)
    outcomes = json.loads(body)["outcomes"]

    assert 200 == status
    assert ["refused"] * len(bad) + ["accepted"] == [o["state"] for o in outcomes]


async def test_empty_batch(door):
    """A batch of nothing has no outcomes."""
    status, _, body = await door.ask("POST", "/events", by="prison", data=b" [ ] ", headers={"Content-Type": BATCH})

    assert (200, {"outcomes": []}) == (status, json.loads(body))


MEDIA = {
    "JSON": "application/json",
    "bytes": "application/octet-stream",
    "text": "text/plain",
    "another charset": SINGLE + "; charset=latin-1",
    "another parameter": SINGLE + "; version=2",
    "two types": f"{SINGLE}, {BATCH}",
}


@pytest.mark.parametrize("media", MEDIA.values(), ids=MEDIA)
async def test_content_type(door, media):
    """Any content type but the two of CloudEvents, in UTF-8, is answered 415."""
    status, _, body = await door.publish("prison", door.received(), media=media)

    assert 415 == status
    assert "Content-Type" == json.loads(body)["errors"][0]["field"]


async def test_compressed(door):
    """A compressed body is answered 415 and never unpacked."""
    body = gzip.compress(b"0" * 50 * MIB)
    headers = {"Content-Type": SINGLE, "Content-Encoding": "gzip"}

    status, _, answer = await door.ask("POST", "/events", by="prison", data=body, headers=headers)

    assert 415 == status
    assert "Content-Encoding" == json.loads(answer)["errors"][0]["field"]


async def pieces(size):
    for _ in range(size // 65536):
        yield b" " * 65536


LARGE = {
    "single, announced": (SINGLE, lambda: io.BytesIO(b" " * (MIB + 1))),
    "single, in pieces": (SINGLE, lambda: pieces(2 * MIB)),
    "ten mebibytes": (SINGLE, lambda: io.BytesIO(b" " * 10 * MIB)),
    "batch, announced": (BATCH, lambda: io.BytesIO(b" " * (8 * MIB + 1))),
    "batch, in pieces": (BATCH, lambda: pieces(9 * MIB)),
    "batch of 501": (BATCH, lambda: b"[" + b",".join([b"{}"] * 501) + b"]"),
    "batch of millions": (BATCH, lambda: io.BytesIO(b"[" + b"0," * 2 * MIB + b"0]")),
}


@pytest.mark.parametrize(("media", "body"), LARGE.values(), ids=LARGE)
async def test_too_large(opened, media, body):
    """What is larger than the hub takes is answered 413."""
    async with opened(shutdown_seconds=0.1) as door:  # the rest of a body that nobody reads would be waited for
        status, _, answer = await door.ask("POST", "/events", by="prison", data=body(), headers={"Content-Type": media})

    assert 413 == status
    assert "/problems/too-large" == json.loads(answer)["type"]


NOT_BATCHES = {
    "an object": b'{"specversion":"1.0"}',
    "nothing": b"",
    "a bracket": b"[",
    "an open string": b'["]',
    "closed twice": b"[]]",
    "the wrong bracket first": b"]{}[",
    "one open": b"[{]",
    "after the end": b"[{}] {}",
}


@pytest.mark.parametrize("body", NOT_BATCHES.values(), ids=NOT_BATCHES)
async def test_no_batch(door, body):
    """A batch that is no array is answered 400, and unless it is an object it is kept for the operators."""
    status, _, answer = await door.ask("POST", "/events", by="prison", data=body, headers={"Content-Type": BATCH})
    _, _, held = await door.get("/held", "operator")

    assert 400 == status
    assert "/problems/malformed" == json.loads(answer)["type"]
    assert (0 if body.startswith(b"{") else 1) == len(json.loads(held)["held"])


async def test_too_busy(opened):
    """When as many submissions wait as may, the next is answered 503 with Retry-After, and then all goes on."""
    async with opened(most_waiting=1) as door:
        answers = await asyncio.gather(*(door.publish("prison", door.received()) for _ in range(12)))
        after, _, _ = await door.publish("prison", door.received())

        refused = [headers for status, headers, _ in answers if status == 503]
        assert {202, 503} == {status for status, _, _ in answers}
        assert all(headers["Retry-After"].isdigit() for headers in refused)
        assert 202 == after


async def test_too_many_bytes(opened):
    """When too many bytes of submissions are in memory, more are answered 503; none of it is leaked."""
    async with opened(most_bytes=100_000) as door:
        headers = {"Content-Type": BATCH}
        for _ in range(4):
            refused, _, _ = await door.ask("POST", "/events", by="prison", data=b" " * 200_000, headers=headers)
            after, _, _ = await door.ask(
                "POST", "/events", by="prison", data=b"[" + b" " * 90_000 + b"]", headers=headers
            )

            assert (503, 200) == (refused, after)


async def stalled(body):
    yield body
    await asyncio.sleep(5)


async def test_slow_body(opened):
    """A body that does not arrive in time is answered 408."""
    async with opened(body_seconds=0.2) as door:
        status, _, answer = await door.ask(
            "POST", "/events", by="prison", data=stalled(b"{"), headers={"Content-Type": SINGLE}
        )

        assert 408 == status
        assert "/problems/too-slow" == json.loads(answer)["type"]


async def test_slow_and_half_closed_clients_block_nobody(door):
    """Clients that trickle a request, stall in it or half-close it do not hold up others."""
    head = f"POST /events HTTP/1.1\r\nHost: hub\r\nAuthorization: {door.bearer('prison')['Authorization']}\r\n"
    whole = head + f"Content-Type: {SINGLE}\r\nContent-Length: 1000\r\n\r\n{{"
    writers = []
    for number in range(60):
        _, writer = await asyncio.open_connection(door.host, door.port)
        writer.write((head, whole, whole)[number % 3].encode())
        await writer.drain()
        if number % 3 == 2:
            writer.write_eof()
        writers.append(writer)

    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(door.publish("prison", door.received()) for _ in range(20)))

    for writer in writers:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    assert {202} == {status for status, _, _ in answers}
