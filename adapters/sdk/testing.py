"""A hub that decides nothing: it speaks the hub's HTTP contract, so an adapter can be tried without one.

It keeps what is published in memory, gives the copies that it is told to give, and fails as it is
told to fail. It judges no event and discloses nothing of its own accord.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any, Final, Self

import jwt
import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from adapters.sdk.fake_mailbox import FakeMailbox
from schemas.catalogue import CATALOGUE
from schemas.envelope import BATCH, SINGLE, Envelope, Given, Handling
from schemas.exchange import (
    BrokerAddress,
    Deliveries,
    Door,
    Doors,
    FieldProblem,
    Found,
    Lookup,
    Mailbox,
    Outcome,
    ProblemDetails,
    Published,
    Receipt,
    Receipted,
    Token,
)
from schemas.withdrawal import WITHDRAWN

HANDLING: Final = Handling(
    agreements=["trial@0"],
    purposes={"trial": "To try"},
    gateways={"trial": "None"},
    obligations={},
    regime="law-enforcement",
    entry="0",
)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that goes wrong: for the next request whose path begins so, instead of the true answer."""

    path: str
    status: int = 503
    headers: Mapping[str, str] = {}
    body: bytes = b"{}"
    hang: bool = False
    """Never answer; the request is counted in ``hanging``."""


class FakeHub:
    """Use it as an asynchronous context manager; ``address`` is where it listens on this machine."""

    def __init__(self, *, token_seconds: int = 1200) -> None:
        """Choose how long its tokens are good for."""
        self.address = ""
        self.published: list[Envelope[dict[str, Any]]] = []
        """Every event accepted, once each, in order."""
        self.offered: list[str] = []
        """The id of every event offered, repeats included."""
        self.refusals: dict[str, tuple[str, list[FieldProblem]]] = {}
        """Event types to refuse, each with the problem's code and fields."""
        self.faults: list[Fault] = []
        self.hanging: dict[str, int] = {}
        self.tokens: dict[str, float] = {}
        """Tokens given, each with the loop's time at which it ends; empty it to make them all void."""
        self.mailboxes: dict[str, FakeMailbox] = {}
        self.found: dict[str, Any] = {}
        """What a look-up finds."""
        self.broker: BrokerAddress | UnsetType = UNSET
        """Where it says that it has a broker; it has none, so every recipient's door is HTTP."""
        self._token_seconds = token_seconds
        self._assertions: set[str] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Start to listen on a free port of this machine."""
        app = web.Application(middlewares=[self._failing])
        app.add_routes(
            [
                web.post("/oauth/token", self._token),
                web.post("/events", self._events),
                web.get("/mailboxes/{recipient}/copies", self._copies),
                web.get("/mailboxes/{recipient}/stream", self._stream),
                web.post("/receipts", self._receipts),
                web.get("/deliveries", self._deliveries),
                web.post("/lookups", self._lookups),
                web.get("/doors", self._doors),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening; requests that wait are cut off."""
        if self._runner is not None:
            await self._runner.cleanup()

    def mailbox(self, recipient: str) -> FakeMailbox:
        """Return a recipient's mailbox, made when first asked for."""
        return self.mailboxes.setdefault(recipient, FakeMailbox())

    def give(self, recipient: str, kind: str, given: Mapping[str, Any], *, corrects: str | UnsetType = UNSET) -> str:
        """Put a copy with these leaves into a recipient's mailbox; return its delivery id.

        ``corrects`` is the delivery id of a copy that this one takes the place of.
        """
        dataschema = CATALOGUE[kind].dataschema if kind in CATALOGUE else f"https://unknown.example/{kind}/1"
        copy = Envelope(
            id=secrets.token_hex(8), source="/trial", type=kind, time=dt.datetime.now(dt.UTC), dataschema=dataschema,
            data=Given(given=given, handling=msgspec.structs.replace(HANDLING, corrects=corrects)),
        )  # fmt: skip
        return self.mailbox(recipient).put(msgspec.json.encode(copy), urgent=_is_urgent(kind))

    def withdraw(self, recipient: str, delivery: str) -> str:
        """Tell a recipient to take a copy back; return the delivery id of that."""
        return self.give(recipient, WITHDRAWN, {"withdrawn": {"delivery": delivery}})

    @web.middleware
    async def _failing(self, request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 - aiohttp's handler type is private
        for fault in self.faults:
            if request.path.startswith(fault.path):
                self.faults.remove(fault)
                if fault.hang:
                    self.hanging[fault.path] = self.hanging.get(fault.path, 0) + 1
                    await asyncio.Event().wait()
                return web.Response(
                    status=fault.status, body=fault.body, headers=fault.headers, content_type="application/problem+json"
                )
        if request.path != "/oauth/token" and not self._admitted(request):
            return _problem(401, "unauthenticated")
        answer: web.StreamResponse = await handler(request)
        return answer

    def _admitted(self, request: web.Request) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.get(token, 0.0) > asyncio.get_running_loop().time()

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        # Whose key it is, is the true hub's to check; what an adapter may get wrong is checked here.
        claims = jwt.decode(
            str(form["client_assertion"]),
            audience=f"{self.address}/oauth/token",
            options={"verify_signature": False, "verify_aud": True, "verify_exp": True},
        )
        if claims["jti"] in self._assertions:
            return web.json_response({"error": "invalid_client"}, status=401)
        self._assertions.add(claims["jti"])
        token = secrets.token_urlsafe(16)
        self.tokens[token] = asyncio.get_running_loop().time() + self._token_seconds
        return _json(Token(access_token=token, token_type="Bearer", expires_in=self._token_seconds, scope="trial"))  # noqa: S106 - the scheme of RFC 6750

    async def _events(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            if request.content_type == BATCH:
                batch = msgspec.json.decode(body, type=list[Envelope[dict[str, Any]]])
                return _json(Published(outcomes=[self._accept(each) for each in batch]))
            if request.content_type != SINGLE:
                return _problem(415, "wrong-media-type")
            event = msgspec.json.decode(body, type=Envelope[dict[str, Any]])
        except msgspec.MsgspecError:
            return _problem(400, "malformed")
        outcome = self._accept(event)
        if outcome.state == "refused":
            return _problem(422, *self.refusals[event.type])
        return _json(outcome, 202)

    def _accept(self, event: Envelope[dict[str, Any]]) -> Outcome:
        self.offered.append(event.id)
        if event.type in self.refusals:
            return self._refusal(event)
        for known in self.published:
            if (known.source, known.id) == (event.source, event.id):
                return Outcome(id=event.id, state="repeated")
        self.published.append(event)
        return Outcome(id=event.id, state="accepted")

    def _refusal(self, event: Envelope[dict[str, Any]]) -> Outcome:
        code, problems = self.refusals[event.type]
        return Outcome(id=event.id, state="refused", problem=code, fields=[f"{p.field}: {p.rule}" for p in problems])

    async def _copies(self, request: web.Request) -> web.Response:
        recipient = request.match_info["recipient"]
        limit = int(request.query.get("limit", "100"))
        copies = await self.mailbox(recipient).waiting(float(request.query.get("wait", "0")), limit)
        return _json(Mailbox(recipient=recipient, copies=copies))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        async for each in self.mailbox(request.match_info["recipient"]).stream():
            await answer.write(b"id: %d\nevent: copy\ndata: %s\n\n" % (each.number, msgspec.json.encode(each)))
        return answer

    async def _receipts(self, request: web.Request) -> web.Response:
        receipt = msgspec.json.decode(await request.read(), type=Receipt)
        return _json(Receipted(received=self.mailbox(receipt.recipient).receipt(receipt.deliveries)))

    async def _deliveries(self, request: web.Request) -> web.Response:
        recipient, after = request.query["recipient"], int(request.query.get("after", "0"))
        return _json(Deliveries(recipient=recipient, deliveries=self.mailbox(recipient).states(after)))

    async def _doors(self, _: web.Request) -> web.Response:
        doors = [Door(recipient=name, door="http", state="open") for name in self.mailboxes]
        return _json(Doors(doors=doors, broker=self.broker))

    async def _lookups(self, request: web.Request) -> web.Response:
        msgspec.json.decode(await request.read(), type=Lookup)
        return _json(Found(given=msgspec.Raw(msgspec.json.encode(self.found))))


def _is_urgent(kind: str) -> bool:
    return kind in CATALOGUE and CATALOGUE[kind].lane == "urgent"


def _json(value: Any, status: int = 200) -> web.Response:  # noqa: ANN401 - any body of the contract
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def _problem(status: int, code: str, errors: list[FieldProblem] | None = None) -> web.Response:
    kind = f"https://problems.example/{code}"
    details = ProblemDetails(type=kind, title=code, status=status, detail=code, errors=errors or [])
    return web.Response(body=msgspec.json.encode(details), status=status, content_type="application/problem+json")
