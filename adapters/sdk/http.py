"""The hub's HTTP door: one request for each method of the port, with a token and one renewal of it."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Self, TypeVar

import aiohttp
import msgspec

from adapters.sdk.answers import decoded, raise_for, read_body
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.errors import MalformedAnswer, NotAdmitted, Refused, Unavailable
from adapters.sdk.receipts import receipt_of
from adapters.sdk.tokens import TokenCache
from schemas.envelope import BATCH, SINGLE
from schemas.exchange import (
    Deliveries,
    Door,
    Doors,
    DoorWanted,
    Found,
    Lookup,
    Mailbox,
    Outcome,
    Published,
    Receipted,
    Token,
)

T = TypeVar("T")
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECONDS: Final = 30.0
"""How long an answer may take, beyond the time that the hub was asked to wait."""
JSON: Final = "application/json"


class HttpClient:
    """A system's connection over HTTP. It follows no redirects: a token goes to the hub alone."""

    def __init__(self, address: str, client_id: str, key: AgencyKey, tls: ssl.SSLContext | None) -> None:
        """Take the hub's address without a slash at its end, and who we are."""
        self._address = address
        self._client_id = client_id
        self._key = key
        self._tls: ssl.SSLContext | bool = tls if tls is not None else True
        self.tokens: Final = TokenCache(self._new_token)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def publish(self, events: Sequence[bytes]) -> Sequence[Outcome]:
        """Send one event by itself, several as a batch; see ``Client``."""
        if len(events) == 1:
            return [await self._post("/events", events[0], SINGLE, Outcome)]
        body = b"[" + b",".join(events) + b"]"
        outcomes = (await self._post("/events", body, BATCH, Published)).outcomes
        if len(outcomes) != len(events):
            raise MalformedAnswer("not an outcome for each event")
        return outcomes

    async def copies(self, recipient: str, *, wait: int, limit: int, after: int = 0) -> Mailbox:  # noqa: ARG002 - the port's own
        """Ask for copies by a long poll; see ``Client``. The hub knows by itself which have no receipt."""
        query = {"wait": str(wait), "limit": str(limit)}
        return await self._get(f"/mailboxes/{recipient}/copies", query, Mailbox, SECONDS + wait)

    async def receipt(
        self, recipient: str, deliveries: Sequence[str], digests: Mapping[str, str] | None = None
    ) -> None:
        """Give a receipt; see ``Client``."""
        body = msgspec.json.encode(receipt_of(self._key, recipient, deliveries, digests))
        await self._post("/receipts", body, JSON, Receipted)

    async def deliveries(self, recipient: str, after: int) -> Deliveries:
        """Ask where copies stand; see ``Client``."""
        return await self._get("/deliveries", {"recipient": recipient, "after": str(after)}, Deliveries, SECONDS)

    async def look_up(self, question: Lookup) -> Found:
        """Ask about a person; see ``Client``."""
        return await self._post("/lookups", msgspec.json.encode(question), JSON, Found)

    async def proof(self, recipient: str, delivery: str) -> bytes:
        """Ask for the proof of a copy; see ``Client``."""
        return await self._authorised("GET", f"/mailboxes/{recipient}/copies/{delivery}/proof", SECONDS)

    async def doors(self) -> Doors:
        """Ask by which door each of our recipients receives, and where the broker is."""
        return await self._get("/doors", {}, Doors, SECONDS)

    async def set_door(self, recipient: str, door: Literal["http", "amqp"]) -> Door:
        """Have a recipient's copies given at this door from now on; it may take a moment to open."""
        body, headers = msgspec.json.encode(DoorWanted(door)), {"Content-Type": JSON}
        return decoded(await self._authorised("PUT", f"/doors/{recipient}", SECONDS, data=body, headers=headers), Door)

    async def _get(self, path: str, query: Mapping[str, str], kind: type[T], seconds: float) -> T:
        return decoded(await self._authorised("GET", path, seconds, params=query), kind)

    async def _post(self, path: str, body: bytes, media_type: str, kind: type[T]) -> T:
        headers = {"Content-Type": media_type}
        return decoded(await self._authorised("POST", path, SECONDS, data=body, headers=headers), kind)

    async def _authorised(self, method: str, path: str, seconds: float, **request: Any) -> bytes:  # noqa: ANN401 - passed on to aiohttp
        """Send with a token; when the hub does not accept it, once more with a new one."""
        token = await self.tokens.token()
        try:
            return await self._send(method, path, seconds, token, **request)
        except NotAdmitted:
            self.tokens.discard(token)
        return await self._send(method, path, seconds, await self.tokens.token(), **request)

    async def _send(self, method: str, path: str, seconds: float, token: str | None, **request: Any) -> bytes:  # noqa: ANN401 - as above
        """Return the body of a good answer; raise what any other answer means."""
        if self._session is None:
            raise RuntimeError("the client is used outside its 'async with'")
        headers = dict(request.pop("headers", {}), Accept=JSON)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.request(
                method,
                self._address + path,
                headers=headers,
                timeout=limit,
                ssl=self._tls,
                allow_redirects=False,
                **request,
            ) as answer:
                body = await read_body(answer)
                raise_for(answer.status, answer.headers, body)
                return body
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # From None: an error of the network library may quote the address and headers.
            raise Unavailable(type(error).__name__) from None

    async def _new_token(self) -> Token:
        """Ask for a token with a new assertion; each attempt signs one of its own."""
        endpoint = f"{self._address}/oauth/token"
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._key.client_assertion(self._client_id, endpoint, dt.datetime.now(dt.UTC)),
        }
        try:
            return decoded(await self._send("POST", "/oauth/token", SECONDS, None, data=form), Token)
        except Refused as refusal:
            raise NotAdmitted(refusal.problem) from None
