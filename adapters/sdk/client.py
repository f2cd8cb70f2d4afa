"""The port between an adapter and the hub, and the door that an address chooses."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import Protocol, Self
from urllib.parse import urlsplit

from adapters.sdk.addresses import LOOPBACK
from adapters.sdk.amqp import AmqpClient
from adapters.sdk.credentials import AgencyKey
from adapters.sdk.errors import UnusableAddress
from adapters.sdk.http import HttpClient
from schemas.exchange import Deliveries, Found, Lookup, Mailbox, Outcome


class Client(Protocol):
    """One system's connection with the hub; use it as an asynchronous context manager.

    Every method raises ``Unavailable`` for what is worth asking again (nothing is known of the
    request then: send the same again), ``Refused`` for a final no, and ``NotAdmitted``.
    """

    async def publish(self, events: Sequence[bytes]) -> Sequence[Outcome]:
        """Send encoded envelopes; return an outcome for each in the order given.

        When this returns, each event accepted or repeated is durable at the hub.
        """

    async def copies(self, recipient: str, *, wait: int, limit: int, after: int = 0) -> Mailbox:
        """Return copies without a receipt, urgent first; wait up to so many seconds for the first.

        ``after`` is the highest number that was ever received: most of what comes stands behind it.
        """

    async def receipt(
        self, recipient: str, deliveries: Sequence[str], digests: Mapping[str, str] | None = None
    ) -> None:
        """Say that copies are durable in the recipient's hands; signed, where the digests of their bytes are given."""

    async def deliveries(self, recipient: str, after: int) -> Deliveries:
        """Return where the recipient's copies after a number stand, oldest first; a page at most."""

    async def look_up(self, question: Lookup) -> Found:
        """Ask about one person, for a stated reason; a stranger and one hidden are answered alike."""

    async def proof(self, recipient: str, delivery: str) -> bytes:
        """Return the proof file of what a recipient was given by a copy; ``schemas.proof`` verifies it without the hub.

        That it was asked for is recorded. A moment after the copy was made it is ``Unavailable``, or there is one.
        """

    async def __aenter__(self) -> Self:
        """Open the connection."""

    async def __aexit__(self, *_: object) -> None:
        """Close the connection; copies without a receipt will be given again."""


def connect(
    address: str,
    client_id: str,
    key: AgencyKey,
    *,
    tls: ssl.SSLContext | None = None,
    plain_allowed: bool = False,
) -> Client:
    """Return a client for the hub at an address, whose scheme chooses the door.

    ``https://…`` is the HTTP door, and ``http://…`` the same on this machine. ``amqp+https://…`` and
    ``amqp+http://…`` are the broker's door: the address is still the hub's, which tells where its broker is.
    ``plain_allowed`` lets personal data go unencrypted to another machine, for instance to a proxy
    that encrypts; ``tls`` brings certificates of your own.

    Raises:
        UnusableAddress: the address is of another kind, or plain and not of this machine.
    """
    parts = urlsplit(address)
    door, _, scheme = parts.scheme.rpartition("+")
    if door not in {"", "amqp"} or scheme not in {"http", "https"} or not parts.hostname:
        raise UnusableAddress("not an address of http, https, amqp+http or amqp+https")
    if scheme == "http" and parts.hostname not in LOOPBACK and not plain_allowed:
        raise UnusableAddress("plain http to another machine")
    over_http = parts._replace(scheme=scheme).geturl().rstrip("/")
    if door:
        return AmqpClient(over_http, client_id, key, tls, plain_allowed=plain_allowed)
    return HttpClient(over_http, client_id, key, tls)
