"""What somebody might write instead: a relay of raw JSON to twelve mailboxes, with no policy and no record.

As durable as the hub, by the same means (write-ahead log, full synchronisation, one transaction for
all that waits), and with one fixed token in place of identities.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

MAILBOXES = 12
TABLES = """
CREATE TABLE event (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE mail (box TEXT NOT NULL, number INTEGER NOT NULL, received REAL, PRIMARY KEY (box, number)) WITHOUT ROWID;
"""
TOKEN = "Bearer benchmark"  # noqa: S105 - made up


class Relay:
    """Mailboxes in one file."""

    def __init__(self, path: str) -> None:
        """Open a new file."""
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(TABLES)
        self._waiting: asyncio.Queue[tuple[bytes, asyncio.Future[int]]] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1)
        self._news: set[asyncio.Queue[bytes]] = set()

    async def publish(self, request: web.Request) -> web.Response:
        """Take one event; it is on disk when this answers."""
        if request.headers.get("Authorization") != TOKEN:
            raise web.HTTPUnauthorized
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((await request.read(), done))
        return web.json_response({"id": await done}, status=202)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Give each event to a reader as it comes."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        news: asyncio.Queue[bytes] = asyncio.Queue()
        self._news.add(news)
        try:
            while True:
                await response.write(b"data: " + await news.get() + b"\n\n")
        finally:
            self._news.discard(news)

    async def commit(self, _: web.Application) -> None:
        """Write whatever waits, again and again."""
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty() and len(batch) < 256:
                batch.append(self._waiting.get_nowait())
            ids = await loop.run_in_executor(self._thread, self._write, [body for body, _ in batch])
            for (body, done), number in zip(batch, ids, strict=True):
                done.set_result(number)
                for news in self._news:
                    news.put_nowait(body)

    def _write(self, bodies: list[bytes]) -> list[int]:
        self._db.execute("BEGIN IMMEDIATE")
        ids = [self._db.execute("INSERT INTO event (body) VALUES (?)", (body,)).lastrowid or 0 for body in bodies]
        self._db.executemany(
            "INSERT INTO mail VALUES (?, ?, NULL)", [(f"box-{b}", i) for i in ids for b in range(MAILBOXES)]
        )
        self._db.execute("COMMIT")
        return ids


async def _begin(app: web.Application) -> None:
    app[TASK] = asyncio.create_task(app[RELAY].commit(app))


RELAY = web.AppKey("relay", Relay)
TASK = web.AppKey("task", asyncio.Task[None])
if __name__ == "__main__":
    app = web.Application()
    app[RELAY] = relay = Relay(os.environ["RELAY_FILE"])
    app.on_startup.append(_begin)
    app.router.add_post("/events", relay.publish)
    app.router.add_get("/stream", relay.stream)
    app.router.add_get("/health/readiness", lambda _: web.Response())  # type: ignore[arg-type, return-value]
    web.run_app(app, host="127.0.0.1", port=int(os.environ["HUB_PORT"]), print=None, access_log=None)
