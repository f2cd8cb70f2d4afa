"""The client's doors and questions, and the contract that the stand-in for the hub speaks."""

import msgspec
import pytest
from aiohttp import ClientSession

from adapters.sdk import AgencyKey, connect
from adapters.sdk.amqp import AmqpClient
from adapters.sdk.answers import retry_after
from adapters.sdk.errors import Refused, UnusableAddress
from adapters.sdk.http import HttpClient
from adapters.sdk.testing import Fault
from schemas.exchange import Lookup, Waiting
from schemas.record.person import Person

KEY = AgencyKey.generate()
ADDRESSES = [
    "http://hub.example",
    "http://10.0.0.1:8080",
    "ftp://hub.example",
    "hub.example",
    "https://",
    "",
    "amqp+http://hub.example",
    "amqp://hub.example",
    "amqps://hub.example",
    "ftp+https://hub.example",
    "amqp+https://",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_would_expose_the_person_is_refused(address):
    """Plain http is for this machine alone, and no other door is guessed."""
    with pytest.raises(UnusableAddress):
        connect(address, "desk", KEY)


def test_plain_http_can_be_allowed_by_name():
    """A proxy that encrypts may be spoken to plainly by those who say so."""
    connect("http://proxy.example", "desk", KEY, plain_allowed=True)
    connect("http://localhost:8080", "desk", KEY)
    connect("https://hub.example/agencies/", "desk", KEY)
    connect("amqp+http://proxy.example", "desk", KEY, plain_allowed=True)


def test_an_address_chooses_the_door():
    """``amqp+`` before the hub's own address is the broker's door, whatever the letters are."""
    doors = {
        "https://hub.example:8443": HttpClient,
        "http://127.0.0.1:1": HttpClient,
        "amqp+https://hub.example:8443": AmqpClient,
        "AMQP+HTTP://localhost:1": AmqpClient,
    }

    assert doors == {address: type(connect(address, "desk", KEY)) for address in doors}


async def test_a_look_up_brings_what_may_be_known(hub, client):
    """The answer is what the recipient may know, and nothing for a stranger."""
    question = Lookup(recipient="custody", reason="arrested today", person=Person(surname="Jones"))
    stranger = await client.look_up(question)
    hub.found = {"memberships": [{"kind": "PPO"}]}

    found = await client.look_up(question)

    assert b"{}" == bytes(stranger.given)
    assert hub.found == msgspec.json.decode(found.given)


async def test_a_refusal_names_field_and_rule(hub, client):
    """A problem answer becomes a refusal with its code, fields and status."""
    body = (
        b'{"type":"https://hub.example/problems/not-yours","title":"t","status":403,"detail":"d",'
        b'"errors":[{"field":"type","rule":"r"}]}'
    )
    hub.faults.append(Fault(path="/events", status=403, body=body))

    with pytest.raises(Refused) as refused:
        await client.publish([b"{}"])

    assert ("not-yours", ("type: r",), 403) == (refused.value.problem, refused.value.fields, refused.value.status)


async def test_the_stand_in_streams_copies(hub, client):
    """Copies come by server-sent events too, each under its number."""
    delivery = hub.give("desk", "ppo.alert", {"subject": {"surname": "Jones"}})
    await client.deliveries("desk", 0)
    token = next(iter(hub.tokens))
    async with (
        ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.get(f"{hub.address}/mailboxes/desk/stream") as answer,
    ):
        lines = [(await answer.content.readline()).strip() for _ in range(3)]

    assert [b"id: 1", b"event: copy"] == lines[:2]
    assert delivery == msgspec.json.decode(lines[2].removeprefix(b"data: "), type=Waiting).delivery


RETRY_AFTER = {
    "seconds": ("7", 7.0),
    "a date": ("Mon, 02 Mar 2026 09:30:10 GMT", 10.0),
    "a date that has passed": ("Mon, 02 Mar 2026 09:29:00 GMT", 0.0),
    "too long": ("86400", 600.0),
    "negative": ("-5", 0.0),
    "no number": ("soon", None),
    "not finite": ("nan", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("header", "expected"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after(header, expected):
    """The header is read in both its forms, within reason."""
    assert expected == retry_after(header, now=1772443800.0)
