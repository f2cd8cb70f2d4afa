"""What every answer is like: problems, headers, health, metrics and what is logged."""

import asyncio
import json
import re
import socket

import pytest

MARKER = "Zzyzx-7731"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("GET", f"/{MARKER}", 404), ("DELETE", "/events", 405), ("PUT", "/health", 405), ("PURGE", "/events", 405)],
)
async def test_no_such_address(door, logs, method, path, expected):
    """An address or method that is not there is a problem answer that repeats nothing."""
    status, headers, body = await door.ask(method, path)

    assert expected == status
    assert "application/problem+json" == headers["Content-Type"]
    assert ("Allow" in headers) is (expected == 405)
    assert MARKER not in body.decode() + repr(headers) + logs()


@pytest.mark.parametrize("path", ["/health", "/no-such", "/held", "/openapi.json"])
async def test_headers(door, path):
    """Every answer forbids keeping and guessing, and names no software and no version."""
    _, headers, _ = await door.get(path)

    assert "no-store" == headers["Cache-Control"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "hub" == headers["Server"]
    assert "Strict-Transport-Security" in headers
    assert not {"ETag", "Content-Encoding", "Last-Modified"} & set(headers)


async def test_request_id(door):
    """An answer has a random identifier, or the trace of a well-formed ``traceparent``, and never the caller's own."""
    _, first, _ = await door.get("/info")
    _, second, _ = await door.get("/info", headers={"X-Request-Id": MARKER, "traceparent": f"00-{MARKER}-00-00"})
    _, traced, _ = await door.get("/info", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})

    assert re.fullmatch("[0-9a-f]{32}", first["X-Request-Id"])
    assert re.fullmatch("[0-9a-f]{32}", second["X-Request-Id"])
    assert first["X-Request-Id"] != second["X-Request-Id"]
    assert TRACE == traced["X-Request-Id"]


async def test_unexpected(door, logs, monkeypatch):
    """Of an unexpected fault the answer says nothing, and the log its class alone."""

    def fail(*_, **__):
        raise LookupError(MARKER)

    monkeypatch.setattr(type(door.hub.quarantine), "items", fail)

    status, _, body = await door.get("/held", "operator")

    assert 500 == status
    assert "/problems/hub-error" == json.loads(body)["type"]
    assert "LookupError" in logs()
    assert MARKER not in body.decode() + logs()
    assert "Traceback" not in logs()


async def test_half_an_answer_is_cut_off(door, monkeypatch):
    """Where something fails after an answer has begun, the connection breaks: half does not look like whole."""

    async def fail(*_, **__):
        raise LookupError

    monkeypatch.setattr(type(door.hub), "copies", fail)
    reader, writer = await asyncio.open_connection(door.host, door.port)
    head = "GET /mailboxes/reception/stream HTTP/1.1\r\nHost: hub\r\n"
    writer.write(f"{head}Authorization: {door.bearer('prison')['Authorization']}\r\n\r\n".encode())
    got = b""
    try:
        async with asyncio.timeout(20):
            got = await reader.read()
    except ConnectionResetError:
        pass
    writer.close()

    assert not got.endswith(b"0\r\n\r\n")


RAW = {
    "no HTTP": f"{MARKER}\r\n\r\n".encode(),
    "a bad header": f"GET / HTTP/1.1\r\nHost: hub\r\n{MARKER}\x01: x\r\n\r\n".encode(),
    "a long line": b"GET /" + MARKER.encode() * 1000 + b" HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: hub\r\nX: " + MARKER.encode() * 2000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: hub\r\n"
    + b"".join(b"X%d: Zzyzx-7731\r\n" % i for i in range(200))
    + b"\r\n",
    "two lengths": f"POST /events HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: {MARKER}\r\n\r\n".encode(),
    "bad chunks": f"POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    f"Transfer-Encoding: chunked\r\n\r\n{MARKER}\r\n".encode(),
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
async def test_no_http(door, logs, raw):
    """What is not well-formed HTTP, or too long, is answered 400 and repeated neither in the answer nor in a log."""
    reader, writer = await asyncio.open_connection(door.host, door.port)
    writer.write(raw)
    async with asyncio.timeout(30):
        got = await reader.readuntil(b"\r\n\r\n") + await reader.read(4096)
    writer.close()

    assert got.split(b" ")[1] == b"400"
    assert b"Server: hub" in got
    assert MARKER not in got.decode() + logs()
    assert "Traceback" not in logs()


async def test_log_of_a_request(door, logs):
    """The log of a request names route, status and client; never the path, the query or the token."""
    await door.get(f"/mailboxes/{MARKER}/copies?wait={MARKER}", "prison")

    assert "'route': '/mailboxes/{recipient}/copies'" in logs()
    assert "'client': 'prison-system'" in logs()
    assert MARKER not in logs()
    assert door.tokens["prison"][-30:] not in logs()


async def test_health(door):
    """Health tells the state of each component, and from outside nothing of how much waits."""
    status, _, body = await door.get("/health")
    health = json.loads(body)

    assert (200, "UP") == (status, health["status"])
    assert {"status"} == {key for component in health["components"].values() for key in component}


@pytest.mark.parametrize("path", ["/health/liveness", "/health/readiness", "/health/ping"])
async def test_signs_of_life(door, path):
    """The other addresses of health answer UP."""
    status, _, body = await door.get(path)

    assert (200, {"status": "UP", "components": {}}) == (status, json.loads(body))


async def test_ill_health(opened, monkeypatch):
    """A hub that is down says so with 503, is not ready, and is alive."""
    async with opened(health_seconds=0) as door:

        async def down(_):
            return {"status": "DOWN", "components": {}}

        monkeypatch.setattr(type(door.hub), "health", down)
        answers = [(await door.get(path))[0] for path in ("/health", "/health/readiness", "/health/liveness")]

        assert [503, 503, 200] == answers


async def test_info(door):
    """The build is told."""
    _, _, body = await door.get("/info")

    assert {"build": {"version": "1"}} == json.loads(body)


async def test_metrics(door):
    """Metrics count by route, method, status and code, and have no label of the caller's own."""
    await door.get(f"/{MARKER}")
    await door.ask("PURGE", "/events")
    await door.get("/held")

    _, headers, body = await door.get("/metrics")
    text = body.decode()

    assert headers["Content-Type"].startswith("text/plain")
    assert 'hub_http_requests_total{method="GET",route="/held",status="401"} 1.0' in text
    assert 'hub_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'hub_http_requests_total{method="other",route="unmatched",status="405"} 1.0' in text
    assert 'hub_http_refusals_total{code="unauthenticated"} 1.0' in text
    assert MARKER not in text


async def test_what_is_due_is_measured(door):
    """How many days an agreement in force has until its review, and until its end, is a metric."""
    _, _, body = await door.get("/metrics")
    days = dict(
        re.findall(r'^hub_agreement_days{agreement="[a-z-]+",until="(\w+)"} (\S+)$', body.decode(), re.MULTILINE)
    )

    assert {"review", "end"} == days.keys()
    assert float(days["review"]) < float(days["end"])


async def test_inner_port(opened):
    """Where there is an inner port, metrics and the details of health are told there and nowhere else."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        inner = free.getsockname()[1]
    async with opened(inner_port=inner) as door:
        outside, _, _ = await door.get("/metrics")
        door.url = f"http://127.0.0.1:{inner}"
        inside, _, _ = await door.get("/metrics")
        _, _, health = await door.get("/health")

        assert (404, 200) == (outside, inside)
        assert "details" in json.loads(health)["components"]["store"]
