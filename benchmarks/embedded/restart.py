"""How long a hub takes to serve again when many copies wait."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from pathlib import Path

import aiohttp

from benchmarks.embedded.clients import bearer
from benchmarks.embedded.process import Server
from benchmarks.embedded.town import RECIPIENTS, Town
from benchmarks.measure import Figure
from hub.bootstrap import secret_path
from hub.sealing import Sealer, load_secret
from hub.store.port import Changes, CopyRow, Head, MailRow
from hub.store.sqlite import SqliteStore

UNDELIVERED = 100_000
TIMES = 3


async def restart_seconds(town: Town, server: Server) -> Figure:
    """Fill the mailboxes of a stopped hub, start it, and see that it gives copies; the median of some starts."""
    waiting = await asyncio.to_thread(_fill, town.folder / "data")
    taken = []
    for _ in range(TIMES):
        taken.append(await server.start())
        try:
            await _check(town, server)
        finally:
            await server.stop()
    what = f"from the start of the process until it is ready, with {waiting:,} copies undelivered"
    return Figure("embedded.restart_ready_s", sorted(taken)[TIMES // 2], "s", what)


def _fill(data: Path) -> int:
    """Add copies to the mailboxes through the store itself, until so many wait."""
    store, sealer = SqliteStore(data / "hub.sqlite"), Sealer(load_secret(secret_path(data)))
    now, each = dt.datetime.now(dt.UTC), UNDELIVERED // len(RECIPIENTS) + 1
    body = sealer.seal("copy", b'{"made": "up"}' + b" " * 1500)
    names = list(RECIPIENTS)

    def work(tx: object) -> None:
        heads = tx.close_record(names).heads  # type: ignore[attr-defined]
        for first in range(0, each, 1000):
            changes = Changes()
            ids = [secrets.token_hex(16) for _ in range(min(1000, each - first))]
            changes.copies = [CopyRow(id=i, entry=i, lane="routine", body=body, committed_at=now) for i in ids]
            for name in names:
                start = heads[name].number + first if name in heads else first
                changes.mail += [MailRow(recipient=name, number=start + n, copy=i) for n, i in enumerate(ids, 1)]
                changes.heads[name] = Head(start + len(ids), bytes(32))
            tx.write(changes)  # type: ignore[attr-defined]

    store.transact(work)
    unreceipted: dict[str, int] = store.counts()["unreceipted"]  # type: ignore[assignment]
    store.close()
    return sum(unreceipted.values())


async def _check(town: Town, server: Server) -> None:
    """See that a recipient is given what waits for it."""
    name = next(iter(RECIPIENTS))
    async with aiohttp.ClientSession() as session:
        token = await bearer(session, server.address, f"of-{name}", town.keys[f"of-{name}"])
        async with session.get(f"{server.address}/mailboxes/{name}/copies", headers={"Authorization": token}) as answer:
            answer.raise_for_status()
            assert len((await answer.json())["copies"]) == 100
