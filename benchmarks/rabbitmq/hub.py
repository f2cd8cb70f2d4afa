"""A hub on RabbitMQ and PostgreSQL: prepared once, and started on a fresh copy of its database as often as wanted."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.embedded.clients import bearer, publish_batches
from benchmarks.embedded.process import Server, free_port
from benchmarks.rabbitmq.area import AGENCIES, AGREEMENT, Area, preparing
from benchmarks.rabbitmq.broker import PARTITIONS, Host
from deploy.nodes.postgresql import Postgres, ServerFolder
from deploy.nodes.rabbitmq import Broker, NodeFolder
from hub.bootstrap import initialise
from hub.store.postgres import migrate_database

PATIENCE_SECONDS = 60.0


class Deployment:
    """One area's hub: its folder, its database, its virtual host, and the queues of its recipients."""

    def __init__(self, area: Area, broker: Broker, host: Host, postgres: Postgres) -> None:
        """Take where it is to be."""
        self.area, self.host = area, host
        self._broker, self._postgres = broker, postgres
        self._prepared = postgres.database()
        self._queues: dict[str, str] = {}
        self.people = 0
        """How many people the hub knows."""
        initialise(area.folder / "data")
        migrate_database(self._prepared)

    async def prepare(self, people: int) -> None:
        """Let the hub know the people, and give every recipient a door at the broker."""
        self.people = people
        server = self._server(self._prepared)
        await server.start()
        try:
            async with aiohttp.ClientSession() as session:
                for publisher, events in preparing(people):
                    token = await bearer(session, server.address, publisher, self.area.keys[publisher])
                    await publish_batches(session, server.address, token, events)
                for agency in AGENCIES:
                    await self._open_doors(session, server.address, agency)
        finally:
            await server.stop()

    async def _open_doors(self, session: aiohttp.ClientSession, address: str, agency: str) -> None:
        recipients = self.area.of_agency(agency)
        if not recipients:
            return
        client = f"of-{agency}"
        headers = {"Authorization": await bearer(session, address, client, self.area.keys[client])}
        for recipient in recipients:
            async with session.put(f"{address}/doors/{recipient}", json={"door": "amqp"}, headers=headers) as answer:
                assert answer.status < 300, await answer.text()
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            async with session.get(f"{address}/doors", headers=headers) as answer:
                doors = (await answer.json())["doors"]
            if all(door["state"] == "open" for door in doors):
                self._queues |= {door["recipient"]: door["queues"]["urgent"] for door in doors}
                return
            await asyncio.sleep(0.2)
        raise RuntimeError("the doors did not open")

    def queues_by_view(self) -> list[list[str]]:
        """Return the queues of the recipients, those of each view together."""
        return [[self._queues[name] for name in names] for names in self.area.by_view().values()]

    @property
    def queues(self) -> list[str]:
        """The queues of all recipients."""
        return [queue for group in self.queues_by_view() for queue in group]

    def nodes(self) -> dict[str, Callable[[], Sequence[int]]]:
        """Return what finds the processes of the broker and of the database."""
        return {
            "broker": NodeFolder(self._broker.address.folder).processes,
            "database": ServerFolder(self._postgres.address.folder).processes,
        }

    @asynccontextmanager
    async def serving(self, workers: int) -> AsyncIterator[Sequence[Server]]:
        """Start so many workers on a copy of the prepared database; each of them reads its share when this enters."""
        database = await asyncio.to_thread(self._copy)
        servers = [self._server(database) for _ in range(workers)]
        try:
            for server in servers:
                await server.start()
            await self._shared_out(workers)
            yield servers
        finally:
            for server in servers:
                await server.stop()
            await asyncio.to_thread(self._postgres.drop, database)

    async def _shared_out(self, workers: int) -> None:
        """Wait until every partition is read, by so many connections."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            found = await asyncio.to_thread(self._broker.management.get, "consumers", self.host.vhost.name)
            known = [c for c in found if c["channel_details"]]  # the broker knows of a consumer before it knows whose
            reading = {c["queue"]["name"]: c["channel_details"]["connection_name"] for c in known}
            urgent = {name: of for name, of in reading.items() if name.startswith("intake.urgent.")}
            if len(urgent) == PARTITIONS and len(set(urgent.values())) == workers:
                return
            await asyncio.sleep(0.2)
        raise RuntimeError("the partitions were not shared out")

    def _copy(self) -> str:
        """Return a new database with everything that the prepared one has."""
        template, name = make_url(self._prepared).database or "", f"hub_{secrets.token_hex(6)}"
        plain = make_url(self._prepared).set(drivername="postgresql", database="postgres")
        with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self._postgres.url(name)

    def _server(self, database: str) -> Server:
        port = free_port()
        vhost = self.host.vhost
        settings = {
            "HUB_DATA": str(self.area.folder / "data"), "HUB_DIRECTORY": str(self.area.directory),
            "HUB_POLICIES": str(AGREEMENT), "HUB_PORT": str(port),
            "HUB_LOG_LEVEL": "warning", "HUB_STORE": database, "HUB_BROKER": vhost.url,
            "HUB_BROKER_PUBLIC_URL": f"amqp://127.0.0.1:{self._broker.address.port}/{vhost.name}",
            "HUB_BROKER_MANAGEMENT": self._broker.management.url, "HUB_PARTITIONS": str(PARTITIONS),
        }  # fmt: skip
        return Server(["hub", "serve"], settings, "/health/readiness", self.area.folder / "hub.log")
