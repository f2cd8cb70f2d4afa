"""Closes connections that outlive what let them in: the broker asks for a token only when a connection begins.

What such a connection could do is little, since doors close and intake refuses before: this is the second lock.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import aiohttp
import msgspec
import structlog

from hub.broker.rounds import Rounds
from hub.errors import Fault
from hub.service import Hub

log = structlog.get_logger("sessions")
LOOK_SECONDS = 1.0
WHOLE_SECONDS = 20.0
"""How often connections are looked at when nobody was suspended meanwhile."""
TIMEOUT = aiohttp.ClientTimeout(total=10)
NOT_FOUND = 404
REASON = "The token of this connection is over, or its agency's part is suspended."


class ManagementUnavailable(Fault):
    """The broker's management API does not answer as it should."""


class Connection(msgspec.Struct, frozen=True):
    """One connection as the broker lists it."""

    name: str = ""
    user: str = ""
    vhost: str = ""


_connections_of = msgspec.json.Decoder(list[Connection]).decode


class Sessions:
    """Looks at the connections of one virtual host."""

    def __init__(
        self, hub: Hub, addresses: Sequence[str], *, virtual_host: str, user: str, password: str, ca: Path | None
    ) -> None:
        """Say where the management API is.

        Args:
            hub: Tells whose connections are to end.
            addresses: Its URL on each node, with a user and password where not those that follow.
            virtual_host: Which connections are the hub's business.
            user: Who asks.
            password: That user's.
            ca: The authority of the API's certificate, in PEM.
        """
        self._hub, self._virtual_host = hub, virtual_host
        self._nodes = [_node(address, user, password) for address in addresses]
        self._tls = ssl.create_default_context(cafile=ca)
        self._rounds = Rounds("sessions", self._look, LOOK_SECONDS)
        self._suspended: frozenset[str] = frozenset()
        self._until_whole = 0.0
        self.closed = 0
        """How many connections were closed since the start."""

    def start(self) -> None:
        """Begin."""
        self._rounds.start()

    async def stop(self) -> None:
        """End."""
        await self._rounds.stop()

    def probe(self) -> Mapping[str, object]:
        """Tell for ``/health`` whether connections can be looked at."""
        if self._rounds.fault:
            return {"status": "DOWN", "details": {"error": self._rounds.fault}}
        return {"status": "UP", "details": {"closed": self.closed}}

    async def _look(self) -> None:
        suspended = self._hub.standing.suspended
        self._until_whole -= LOOK_SECONDS
        if self._until_whole > 0 and suspended <= self._suspended:
            return
        found = await self.sweep()
        self._until_whole = 0 if found else WHOLE_SECONDS  # until a look finds none: the broker knows the newest late
        self._suspended = suspended

    async def sweep(self) -> int:
        """Close the connections of systems that should have none; return how many were found.

        Raises:
            StoreUnavailable, ManagementUnavailable: it is not known which those are.
        """
        over = await self._hub.standing.over(self._hub.now())
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            unwanted = await self._unwanted(session, over)
            for name in sorted(unwanted):
                if await self._ask(session, "DELETE", f"connections/{quote(name, safe='')}") is not None:
                    self.closed += 1
                    log.info("connection-closed")
        return len(unwanted)

    async def _unwanted(self, session: aiohttp.ClientSession, over: frozenset[str]) -> set[str]:
        """Return the names of the connections that are to end.

        The broker lists those of a virtual host some seconds late, and those of one user at once: so it is asked for
        the latter where somebody was put out. It cannot close any before it lists it the former way.
        """
        place = quote(self._virtual_host, safe="")
        listed = await self._list(session, f"vhosts/{place}/connections?columns=name,user")
        found = [connection for connection in listed if connection.user in over]
        for system in self._hub.directory.systems.values():
            if system.agency in self._hub.standing.suspended:
                tracked = await self._list(session, f"connections/username/{quote(system.client_id, safe='')}")
                found += [connection for connection in tracked if connection.vhost == self._virtual_host]
        return {connection.name for connection in found}

    async def _list(self, session: aiohttp.ClientSession, path: str) -> list[Connection]:
        body = await self._ask(session, "GET", path)
        try:
            return _connections_of(body or b"[]")
        except msgspec.DecodeError:
            raise ManagementUnavailable from None

    async def _ask(self, session: aiohttp.ClientSession, method: str, path: str) -> bytes | None:
        """Ask one node after the other; return None for what is not there.

        Raises:
            ManagementUnavailable: none of them answers as it should.
        """
        for address, headers in self._nodes:
            try:
                asked = session.request(method, f"{address}/api/{path}", headers=headers, ssl=self._tls)
                async with asked as answer:
                    if answer.status == NOT_FOUND:
                        return None
                    if answer.ok:
                        return await answer.read()
                    log.warning("management-refused", address=address, status=answer.status)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("management-silent", address=address, error=type(error).__name__)
        raise ManagementUnavailable


def _node(address: str, user: str, password: str) -> tuple[str, dict[str, str]]:
    """Return the address without a user, and the headers of who asks there."""
    parts = urlsplit(address)
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    if parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
    return bare, {"Authorization": aiohttp.encode_basic_auth(user, password, "utf-8"), "X-Reason": REASON}
