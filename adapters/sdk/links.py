"""A system's connections with the broker: opened where the hub says, kept under a token that is good."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final, Literal, TypeAlias

from msgspec import UNSET
from yarl import URL

from adapters.sdk.addresses import LOOPBACK
from adapters.sdk.errors import HubTrouble, NotAdmitted, Unavailable, UnusableAddress
from adapters.sdk.http import HttpClient
from adapters.sdk.link import BrokerRefused, Link
from schemas.exchange import BrokerAddress

Purpose: TypeAlias = Literal["sending", "receiving"]
PAUSE: Final = 1.0
"""Seconds, at the least, between two attempts to renew the token of living connections."""


class Links:
    """One connection to send and one to receive: what we publish never waits behind what we are given."""

    def __init__(self, http: HttpClient, user: str, tls: ssl.SSLContext | None, *, plain_allowed: bool) -> None:
        """Take where to ask for doors and tokens, who we are, and how to connect."""
        self._http = http
        self._user = user
        self._tls = tls
        self._plain_allowed = plain_allowed
        self._links: dict[Purpose, Link] = {}
        self._opening = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def told(self) -> BrokerAddress:
        """Return what the hub says of its broker.

        Raises:
            UnusableAddress: it has none, or one that would be spoken to in the clear.
        """
        told = (await self._http.doors()).broker
        if told is UNSET:
            raise UnusableAddress("this hub has no broker")
        address = URL(told.address)
        if address.scheme != "amqps" and not (self._plain_allowed or address.host in LOOPBACK):
            raise UnusableAddress("plain amqp to another machine")
        return told

    async def living(self, purpose: Purpose, address: str) -> Link:
        """Return a connection that has not ended, opened if need be; it knows us by our present token."""
        async with self._opening:
            link = self._links.get(purpose)
            if link is not None and link.ended.is_set():
                # Perhaps the hub ended it: whether we are still admitted, a new token will show.
                self._http.tokens.discard(link.token)
                await link.close()
                link = None
            token = await self._http.tokens.token()
            if link is None:
                link = self._links[purpose] = await self._open(address, token)
                self._renewing = self._renewing or asyncio.create_task(self._renew())
            await link.renew(token)
            return link

    async def close(self) -> None:
        """End every connection."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait((self._renewing,))
        for link in self._links.values():
            await link.close()

    async def _open(self, address: str, token: str) -> Link:
        try:
            return await Link.open(address, self._user, token, self._tls)
        except BrokerRefused:
            # A token of the hub's own: the broker may not know a new key yet.
            self._http.tokens.discard(token)
            raise Unavailable("the broker does not accept the token") from None

    async def _renew(self) -> None:
        """Give living connections each newer token before theirs is over; who is admitted no more loses them."""
        while True:
            await asyncio.sleep(max(self._http.tokens.seconds_left, PAUSE))
            for link in [each for each in self._links.values() if not each.ended.is_set()]:
                try:
                    token = await self._http.tokens.token()
                except NotAdmitted:
                    await link.close()
                except HubTrouble:
                    continue
                else:
                    await self._renew_one(link, token)

    async def _renew_one(self, link: Link, token: str) -> None:
        try:
            await link.renew(token)
        except Unavailable:
            await link.close()
