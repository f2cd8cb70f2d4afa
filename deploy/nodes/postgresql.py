"""A private PostgreSQL for tests, benchmarks, campaigns and rehearsals: no default port, nothing left behind."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from pathlib import Path
from typing import Any, Self

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from deploy.nodes.place import Place, Ports

ACCOUNT = "postgres"
"""PostgreSQL refuses to run as root, so root runs it as this account."""
READY_SECONDS = 120
SHARED_MEMORY_LINE = 6
"""The line of postmaster.pid, from 0, that names the shared memory."""


class Address(msgspec.Struct, frozen=True):
    """What another process must know to use a node."""

    folder: Path
    port: int
    password: str


class ServerFolder(Place):
    """The place of a server; its files are the server's account's."""

    kind = "postgresql"

    def remove(self) -> None:
        """End the server at once, but so that it gives its shared memory back, and remove the folder."""
        self.end(signal.SIGQUIT, seconds=5)
        super().remove()

    def kill(self) -> None:
        """End every process as a power cut would, which takes the shared memory too."""
        memory = self._shared_memory()
        super().kill()
        for lock in (self.folder / "data" / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)  # the next start would take a process that nobody has reaped for a living one
        if memory:
            subprocess.run(["ipcrm", "--shmem-id", memory], check=False, capture_output=True)  # noqa: S607 - as on every Linux

    def _shared_memory(self) -> str | None:
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        return lines[SHARED_MEMORY_LINE].split()[1] if len(lines) > SHARED_MEMORY_LINE else None


class Postgres:
    """One PostgreSQL server in a temporary folder, on 127.0.0.1 and a port of its own.

    Methods block: in a coroutine call ``start`` and ``restart`` by ``asyncio.to_thread``.
    """

    def __init__(self, *, durable: bool = True, owner: int | None = None, max_connections: int = 200) -> None:
        """Say what it is to be; ``durable=False`` is quicker and loses everything when it is killed."""
        self._durable, self._owner, self._max_connections = durable, owner, max_connections
        self._ports = Ports()
        self.address = Address(Path(), 0, "")

    @classmethod
    def at(cls, address: Address) -> Self:
        """Return a node that another process started and will end."""
        node = cls()
        node.address = address
        return node

    def __enter__(self) -> Self:
        """Make the folder and start.

        Raises:
            RuntimeError: PostgreSQL is not installed, or does not come up.
        """
        for abandoned in ServerFolder.abandoned():
            abandoned.remove()
        place = ServerFolder.make(self._owner)
        self.address = Address(place.folder, self._ports.take(), secrets.token_hex(16))
        try:
            self._initialise(place)
            self.start()
            self._make_role()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it at once and remove everything."""
        ServerFolder(self.address.folder).remove()
        self._ports.free()

    def database(self, like: str = "template1") -> str:
        """Make a database, empty or like another that nobody is connected to; return its URL.

        Its role owns it and is no superuser.
        """
        name = f"hub_{secrets.token_hex(6)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
        with self._connect("hub", "postgres") as connection:
            connection.execute(made)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected: its owner may not end a vacuum that the server began there."""
        name = make_url(url).database or ""
        with self._connect("postgres", "postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, database: str) -> str:
        """Return the URL of a database by its name."""
        url = URL.create("postgresql+psycopg", "hub", self.address.password, "127.0.0.1", self.address.port, database)
        return url.render_as_string(hide_password=False)

    def start(self) -> None:
        """Start it, and wait until it has recovered and answers."""
        self._control("start", "--log", str(self.address.folder / "log"), "--timeout", str(READY_SECONDS))

    def stop(self) -> None:
        """End it in good order, without waiting for its clients."""
        self._control("stop", "--mode", "fast")

    def kill(self) -> None:
        """End all of it as a power cut would."""
        ServerFolder(self.address.folder).kill()

    def restart(self) -> None:
        """Stop and start it."""
        self.stop()
        self.start()

    def _initialise(self, place: ServerFolder) -> None:
        secret = place.folder / "password"
        secret.write_text(self.address.password)
        if os.getuid() == 0:
            place.give_to(ACCOUNT)
        self._run(
            "initdb",
            "--username=postgres",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )
        secret.unlink()
        with (place.folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in self._settings().items())

    def _settings(self) -> dict[str, str | int]:
        durable = "on" if self._durable else "off"
        return {
            "listen_addresses": "'127.0.0.1'",
            "port": self.address.port,
            "unix_socket_directories": f"'{self.address.folder}'",
            "max_connections": self._max_connections,
            "fsync": durable,
            "synchronous_commit": durable,
            "full_page_writes": durable,
            "dynamic_shared_memory_type": "mmap",  # in its own folder, so that nothing stays in /dev/shm
        }

    def _make_role(self) -> None:
        with self._connect("postgres", "postgres") as connection:
            connection.execute(
                sql.SQL("CREATE ROLE hub LOGIN CREATEDB PASSWORD {}").format(sql.Literal(self.address.password))
            )

    def _connect(self, user: str, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.address.port,
            user=user,
            password=self.address.password,
            dbname=database,
            autocommit=True,
        )

    def _control(self, action: str, *words: str) -> None:
        self._run("pg_ctl", action, "--wait", *words)

    def _run(self, program: str, *words: str) -> None:
        account = ACCOUNT if os.getuid() == 0 else None
        done = subprocess.run(
            [programs() / program, "--pgdata", self.address.folder / "data", *words],
            cwd=self.address.folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            user=account,
            group=account,
            extra_groups=[] if account else None,
            start_new_session=True,  # Ctrl-C is for us; we end it in our own time
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            log = self.address.folder / "log"
            said = log.read_text()[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} ended with {done.returncode}\n{said}")


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs.

    Raises:
        RuntimeError: it is not installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent
