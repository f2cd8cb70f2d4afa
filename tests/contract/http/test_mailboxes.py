"""Receiving by HTTP: long poll, stream, receipts and reconciliation."""

import asyncio
import datetime as dt
import json
import socket
import time

import pytest

from hub.access.tokens import LIFETIME
from hub.api.state import WATCHES
from tests.contract.http.conftest import until

PATIENCE = 60
"""Seconds, of which a server that waits for nobody needs next to none."""


async def put_somebody_in(door):
    """Make copies for the reception: somebody of a scheme is received."""
    await door.publish("scheme", door.adopted())
    await door.publish("prison", door.received())


class Stream:
    """A reader of server-sent events."""

    def __init__(self, answer):
        self.answer = answer

    async def event(self):
        """Return the next event's fields, heartbeats left out."""
        lines = []
        async with asyncio.timeout(30):
            while True:
                line = (await self.answer.content.readuntil(b"\n")).decode().rstrip("\n")
                if line.startswith(":"):
                    continue
                if line:
                    lines.append(line.split(": ", 1))
                elif lines:
                    return dict(lines)


def stream(door, by="prison", recipient="reception", headers=None):
    given = headers or door.bearer(by) | {"Accept": "text/event-stream"}
    return door.session.get(f"{door.url}/mailboxes/{recipient}/stream", headers=given)


async def test_poll(door):
    """A poll gives the copies without a receipt, urgent before routine, until a receipt is given."""
    await put_somebody_in(door)

    first = await door.copies("prison", "reception")
    again = await door.copies("prison", "reception")
    _, _, received = await door.post(
        "/receipts", {"recipient": "reception", "deliveries": [copy["delivery"] for copy in first]}, "prison"
    )
    after = await door.copies("prison", "reception")

    assert "ppo.alert" in {copy["copy"]["type"] for copy in first}
    assert first == again
    assert {"received": len(first)} == json.loads(received)
    assert [] == after


async def test_poll_limit(door):
    """A poll gives no more copies than were asked for."""
    await put_somebody_in(door)

    assert 1 == len(await door.copies("scheme", "coordinator", limit=1))


async def test_poll_waits_for_the_first(door):
    """A poll that waits is answered as soon as something is committed for the recipient."""
    await door.publish("scheme", door.adopted())
    began = time.monotonic()
    poll = asyncio.create_task(door.copies("prison", "reception", wait=20))
    await asyncio.sleep(0.1)

    await door.publish("prison", door.received())

    assert await poll
    assert time.monotonic() - began < 15


async def test_poll_in_vain(door):
    """A poll that waits in vain is answered with an empty mailbox when its time is over."""
    began = time.monotonic()

    assert [] == await door.copies("prison", "reception", wait=1)
    assert 0.9 < time.monotonic() - began < 15


async def test_deliveries(door):
    """Reconciliation tells which copies were committed, which left, and which were received."""
    await put_somebody_in(door)
    path = "/deliveries?recipient=reception"

    async def states():
        _, _, body = await door.get(path, "prison")
        return [("left_at" in d, "received_at" in d) for d in json.loads(body)["deliveries"]]

    committed = await states()
    copies = await door.copies("prison", "reception")
    left = await states()
    receipt = {"recipient": "reception", "deliveries": [copies[0]["delivery"]]}
    await door.post("/receipts", receipt, "prison")
    received = await states()

    assert {(False, False)} == set(committed)
    assert {(True, False)} == set(left)
    assert 1 == received.count((True, True))


async def test_receipt_for_anothers_copy(door):
    """A receipt for a copy of somebody else counts for nothing, like one for no copy at all."""
    await put_somebody_in(door)
    theirs = await door.copies("scheme", "coordinator")
    ours = {copy["delivery"] for copy in await door.copies("prison", "reception")}
    only_theirs = [copy["delivery"] for copy in theirs if copy["delivery"] not in ours]
    receipt = {"recipient": "reception", "deliveries": [*only_theirs, "none"]}

    _, _, body = await door.post("/receipts", receipt, "prison")

    assert only_theirs
    assert {"received": 0} == json.loads(body)
    assert theirs == await door.copies("scheme", "coordinator")


async def test_stream_gives_what_waits_and_what_comes(door):
    """A stream gives the copies without a receipt, then each new one, and a new stream begins with them again."""
    await put_somebody_in(door)
    waiting = await door.copies("prison", "reception")

    async with stream(door) as answer:
        reader = Stream(answer)
        events = [await reader.event() for _ in waiting]
        await door.publish("prison", door.received())
        new = await reader.event()
    async with stream(door) as answer:
        again = await Stream(answer).event()

    assert "text/event-stream" == answer.content_type
    assert {"copy"} == {event["event"] for event in [*events, new]}
    assert waiting == [json.loads(event["data"]) for event in events]
    assert new["id"] not in {event["id"] for event in events}
    assert events[0] == again


async def test_stream_marks_copies_as_sent(door):
    """Copies that went out on a stream have left the hub and are not received."""
    await put_somebody_in(door)
    async with stream(door) as answer:
        await Stream(answer).event()

        async def left():
            _, _, body = await door.get("/deliveries?recipient=reception", "prison")
            found = json.loads(body)["deliveries"]
            return found if all("left_at" in each for each in found) else None

        deliveries = await until(left)

    assert all("received_at" not in each for each in deliveries)


async def test_stream_beats(opened):
    """A silent stream gives a sign of life at every heartbeat."""
    async with opened(heartbeat_seconds=0.1) as door, stream(door) as answer:
        async with asyncio.timeout(20):
            lines = [await answer.content.readuntil(b"\n\n") for _ in range(4)]

        assert {b": still here\n\n"} == set(lines)


@pytest.mark.parametrize("heartbeat", [0.2, 3600])
async def test_stream_ends_with_the_token(opened, heartbeat):
    """A stream ends when the token that opened it expires, whether there is anything to say until then or not."""
    async with opened(heartbeat_seconds=heartbeat) as door, asyncio.timeout(120):
        for seconds in (1, 4, 16):  # a busy machine may not come to it before a short one is over
            token = door.token("prison", ago=LIFETIME - dt.timedelta(seconds=seconds))
            async with stream(door, headers={"Authorization": f"Bearer {token}"}) as answer:
                await answer.read()
            if answer.status == 200:
                break

        assert 200 == answer.status


async def test_stream_for_another_kind_of_reader(door):
    """A reader that does not take server-sent events is answered 406."""
    status, _, _ = await door.get("/mailboxes/reception/stream", "prison", headers={"Accept": "application/json"})

    assert 406 == status


async def test_places_at_a_mailbox(opened):
    """No more requests may wait on one mailbox at once than the settings say, and places are given back."""
    async with opened(most_watching=2) as door:
        path, watches = "/mailboxes/reception/copies", door.runner.app[WATCHES]

        async def taken():
            return watches._places["reception"] == 2  # noqa: SLF001 - nobody is told

        waiting = [asyncio.create_task(door.get(path, "prison", params={"wait": 30})) for _ in range(2)]
        await until(taken)
        third, headers, _ = await door.get(path, "prison", params={"wait": 30})
        at_once, _, _ = await door.get(path, "prison")
        await put_somebody_in(door)
        await asyncio.gather(*waiting)
        later, _, _ = await door.get(path, "prison", params={"wait": 1})

        assert (503, 200, 200) == (third, at_once, later)
        assert "Retry-After" in headers


async def test_shutdown_ends_what_waits(opened):
    """When the server stops, polls and streams that wait end promptly and without an error."""
    async with opened(shutdown_seconds=PATIENCE) as door:
        poll = asyncio.create_task(door.copies("prison", "reception", wait=30))
        async with stream(door) as answer:
            await answer.content.readuntil(b"\n\n")
            began = time.monotonic()
            await door.runner.cleanup()
            rest = await answer.read()

        assert [] == await poll
        assert b"" == rest
        assert time.monotonic() - began < PATIENCE / 2


async def test_reader_that_stalls_is_let_go(opened, logs):
    """A reader that takes nothing is let go after a while, and its copies wait for the next one."""
    async with opened(write_seconds=1) as door:
        for listening in [s for site in door.runner.sites for s in site._server.sockets]:  # noqa: SLF001 - small buffers
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        await door.publish("scheme", door.adopted())
        await door.publish("prison", *[door.received() for _ in range(200)])
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((door.host, door.port))
        head = "GET /mailboxes/reception/stream HTTP/1.1\r\nHost: hub\r\n"
        client.sendall(f"{head}Authorization: {door.bearer('prison')['Authorization']}\r\n\r\n".encode())
        await until(lambda: streams(door, 1))
        await until(lambda: streams(door, 0))
        client.close()

        assert "unexpected" not in logs()
        assert await door.copies("prison", "reception")


async def streams(door, count):
    """Tell whether there are so many streams."""
    _, _, metrics = await door.get("/metrics")
    return f"hub_http_streams {count}.0".encode() in metrics


BAD_QUERIES = {
    "wait too long": "wait=31",
    "a negative wait": "wait=-1",
    "no number": "wait=soon",
    "other digits": "wait=%D9%A3",
    "twice": "wait=1&wait=2",
    "too many": "limit=501",
    "none": "limit=0",
    "unknown": "since=yesterday",
}


@pytest.mark.parametrize("query", BAD_QUERIES.values(), ids=BAD_QUERIES)
async def test_bad_query(door, query):
    """A query that is not as the address takes it is answered 400."""
    status, _, body = await door.get(f"/mailboxes/reception/copies?{query}", "prison")

    assert 400 == status
    assert "/problems/bad-query" == json.loads(body)["type"]
