"""Where an event goes in the broker: by its type, and by a partition that is one person's and names nobody."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

import msgspec

from adapters.sdk.answers import UNDECODABLE
from adapters.sdk.errors import Refused

PREFERRED: Final = ("prison-number", "pnc", "crn", "cro")
"""The kinds of identifier that name a person; the first that an event has is its person's main one."""


class Addressed(msgspec.Struct, frozen=True):
    """What of an event decides its way."""

    id: str
    type: str
    person: str
    """The person's main identifier, or name and date of birth; empty where the event names nobody."""


class Partitions:
    """Gives each person a partition, the same for every event: what is in one partition stays in order."""

    def __init__(self, secret: bytes) -> None:
        """Take a secret of the publisher's own: without it a partition tells nothing of who is in it."""
        self._secret = secret

    def of(self, person: str, count: int) -> str:
        """Return the person's partition out of so many, as it stands in the header."""
        digest = hmac.digest(self._secret, person.encode(), hashlib.sha256)
        return str(int.from_bytes(digest[:8]) % count)


def read_addressed(event: bytes) -> Addressed:
    """Return what decides an encoded event's way.

    Raises:
        Refused: it is no event with an id and a type; nothing of it is quoted.
    """
    try:
        head = msgspec.json.decode(event, type=_Head)
    except UNDECODABLE:
        raise Refused("malformed", ["body: is not a CloudEvent with an id and a type"]) from None
    return Addressed(head.id, head.type, _person(event))


class _Head(msgspec.Struct):
    id: str
    type: str


class _Identifier(msgspec.Struct):
    kind: str
    value: str


class _Person(msgspec.Struct):
    identifiers: list[_Identifier] = []
    surname: str = ""
    forename: str = ""
    date_of_birth: str = ""


class _Data(msgspec.Struct):
    subject: _Person


class _Event(msgspec.Struct):
    data: _Data


def _person(event: bytes) -> str:
    try:
        person = msgspec.json.decode(event, type=_Event).data.subject
    except UNDECODABLE:
        return ""  # what is wrong with it is the hub's to say
    known = {each.kind: each.value for each in person.identifiers}
    kind = next((kind for kind in PREFERRED if kind in known), None)
    named = [kind, known[kind]] if kind else [person.surname, person.forename, person.date_of_birth]
    # One number is written in several ways: with blanks, strokes, small letters.
    return "\x00".join("".join(filter(str.isalnum, part.casefold())) for part in named)
