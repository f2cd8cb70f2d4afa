"""The hub's door at its broker: events and receipts are published there, and copies come from queues of our own.

Tokens, doors, look-ups and the numbers of copies come from the hub over HTTP.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Self

import msgspec
from msgspec import UNSET, Raw

from adapters.sdk.answers import decoded
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.errors import Refused, Unavailable
from adapters.sdk.http import JSON, HttpClient
from adapters.sdk.link import BrokerRefused
from adapters.sdk.links import Links
from adapters.sdk.numbers import Numbers
from adapters.sdk.partitions import Partitions, read_addressed
from adapters.sdk.receipts import receipt_of
from adapters.sdk.receiving import Receiving
from adapters.sdk.sending import ANSWER_SECONDS, LONGEST_ANSWER_SECONDS, Parcel, Sending, Unanswered
from schemas.broker import RECEIPT
from schemas.envelope import SINGLE
from schemas.exchange import Deliveries, Door, DoorQueues, Found, Lookup, Mailbox, Outcome, Waiting

DOOR_SECONDS: Final = 60.0
"""How long a door may take to open."""
LOOK_SECONDS: Final = 0.2
"""Between two looks whether it is open."""
ARRIVAL_SECONDS: Final = 1.0
"""How long what waits at the broker may take to come to us; who asks for copies waits so long at least."""


class AmqpClient:
    """A system's connections with hub and broker; see ``Client``. It opens the door of whom it receives for."""

    def __init__(
        self, address: str, client_id: str, key: AgencyKey, tls: ssl.SSLContext | None, *, plain_allowed: bool
    ) -> None:
        """Take the hub's HTTP address without a slash at its end, and who we are."""
        self._http = HttpClient(address, client_id, key, tls)
        self._user, self._key = client_id, key
        self._links = Links(self._http, client_id, tls, plain_allowed=plain_allowed)
        self._partitions = Partitions(key.secret_for("partitions"))
        self._sending: Sending | None = None
        self._patience = ANSWER_SECONDS
        """How long we wait for an answer at present: longer each time that there was none."""
        self._receiving: dict[str, Receiving] = {}
        self._numbers: dict[str, Numbers] = {}
        self._opening_sending = asyncio.Lock()
        self._opening_receiving = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Be ready; the broker is spoken to when there is something to say."""
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End every connection; copies without a receipt go back to the broker."""
        await self._links.close()
        await self._http.__aexit__()

    async def publish(self, events: Sequence[bytes]) -> Sequence[Outcome]:
        """Send each event in its person's order; see ``Client``.

        That the broker has an event says nothing of what the hub makes of it: without the hub's answer, in a time that
        grows, it raises ``Unavailable``, and what is sent again is answered again.
        """
        addressed = [read_addressed(event) for event in events]
        parcels = [
            Parcel(body=event, key=to.type, content_type=SINGLE, person=to.person)
            for event, to in zip(events, addressed, strict=True)
        ]
        answers = await self._send(parcels)
        return [_outcome(to.id, answer) for to, answer in zip(addressed, answers, strict=True)]

    async def copies(self, recipient: str, *, wait: int, limit: int, after: int = 0) -> Mailbox:
        """Give what the broker has given us and has no receipt; see ``Client``."""
        receiving = await self._receiving_of(recipient)
        self._numbers.setdefault(recipient, Numbers(partial(self._http.deliveries, recipient), after))
        arrived = await receiving.arrived(max(wait, ARRIVAL_SECONDS), limit)
        numbers = await self._numbers[recipient].of([each.delivery for each in arrived]) if arrived else {}
        copies = [Waiting(number=numbers[a.delivery], delivery=a.delivery, copy=Raw(a.body)) for a in arrived]
        return Mailbox(recipient=recipient, copies=copies)

    async def receipt(
        self, recipient: str, deliveries: Sequence[str], digests: Mapping[str, str] | None = None
    ) -> None:
        """Give a receipt, and then let the broker forget the copies; see ``Client``."""
        body = msgspec.json.encode(receipt_of(self._key, recipient, deliveries, digests))
        (answer,) = await self._send([Parcel(body=body, key=RECEIPT, content_type=JSON)])
        outcome = _outcome("", answer)
        if outcome.state == "refused":
            raise Refused(outcome.problem or "refused", outcome.fields or ())
        # A crash here, or a receipt that is lost after all: the copy comes again, and its id is known.
        if recipient in self._receiving:
            await self._receiving[recipient].acknowledge(deliveries)
        if recipient in self._numbers:
            self._numbers[recipient].forget(deliveries)

    async def deliveries(self, recipient: str, after: int) -> Deliveries:
        """Ask over HTTP where copies stand; see ``Client``."""
        return await self._http.deliveries(recipient, after)

    async def proof(self, recipient: str, delivery: str) -> bytes:
        """Ask for the proof of a copy; see ``Client``."""
        return await self._http.proof(recipient, delivery)

    async def look_up(self, question: Lookup) -> Found:
        """Ask over HTTP about a person; see ``Client``."""
        return await self._http.look_up(question)

    async def _send(self, parcels: Sequence[Parcel]) -> list[bytes]:
        """Send; where the token does not permit it, once more with a new one.

        Then on a channel of its own: the broker closes a channel for one message, whoever else is on it.
        """
        try:
            return await self._answers_to(parcels, await self._shared_sending())
        except BrokerRefused:
            await self._http.tokens.renewed()
        alone = await self._open_sending()
        try:
            return await self._answers_to(parcels, alone)
        except BrokerRefused:
            raise Refused("not-permitted", status=403) from None
        finally:
            await alone.close()

    async def _answers_to(self, parcels: Sequence[Parcel], sending: Sending) -> list[bytes]:
        try:
            answers = await sending.send(parcels, self._patience)
        except Unanswered:
            self._patience = min(self._patience * 2, LONGEST_ANSWER_SECONDS)
            raise
        self._patience = ANSWER_SECONDS
        return answers

    async def _shared_sending(self) -> Sending:
        async with self._opening_sending:
            if self._sending is None or not self._sending.usable:
                former, self._sending = self._sending, await self._open_sending()
                if former is not None:
                    await former.close()
            return self._sending

    async def _open_sending(self) -> Sending:
        told = await self._links.told()
        link = await self._links.living("sending", told.address)
        return await Sending.open(link, told, self._user, self._partitions)

    async def _receiving_of(self, recipient: str) -> Receiving:
        async with self._opening_receiving:
            receiving = self._receiving.get(recipient)
            if receiving is None or await receiving.ended():
                if receiving is not None:
                    await receiving.close()
                queues = await self._open_door(recipient)
                told = await self._links.told()
                # What we may read stands in the token, so one is needed that is newer than the door.
                await self._http.tokens.renewed()
                link = await self._links.living("receiving", told.address)
                receiving = self._receiving[recipient] = await Receiving.open(link, queues)
            return receiving

    async def _open_door(self, recipient: str) -> DoorQueues:
        """Have the recipient's copies sent to the broker; return its queues once they are there."""
        try:
            async with asyncio.timeout(DOOR_SECONDS):
                while True:
                    door = await self._door(recipient)
                    if door.state == "open" and door.door == "http":
                        door = await self._http.set_door(recipient, "amqp")
                    if door.state == "open" and door.queues is not UNSET:
                        return door.queues
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise Unavailable("the door does not open") from None

    async def _door(self, recipient: str) -> Door:
        for door in (await self._http.doors()).doors:
            if door.recipient == recipient:
                return door
        raise Refused("not-found", status=404)


def _outcome(event_id: str, answer: bytes) -> Outcome:
    return msgspec.structs.replace(decoded(answer, Outcome), id=event_id)
