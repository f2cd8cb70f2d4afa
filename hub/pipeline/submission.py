"""One event as it comes to the hub by any door, before anything is known of it."""

from __future__ import annotations

from functools import cached_property

import msgspec

from hub.access.principal import Principal
from hub.intake.read import Event, read_event
from hub.pipeline.tools import Tools
from schemas.catalogue import CATALOGUE


class Submission(msgspec.Struct, frozen=True, dict=True):
    """One event as it came: who sent it, and its bytes."""

    principal: Principal
    body: bytes

    @cached_property
    def event(self) -> Event:
        """What the bytes say; raises ``Refused`` where that is no event."""
        return read_event(self.body)


def seen_key(tools: Tools, event: Event) -> bytes:
    """Return the key under which an event is known once it is accepted."""
    return tools.sealer.hash("seen", event.envelope.source, event.envelope.id)


def content_key(tools: Tools, event: Event) -> bytes:
    """Return the keyed hash of what an event says, by which a repeat of it is told from another of the same id.

    Without the key nobody can try what a value may have been, of somebody on no scheme least of all.
    """
    return tools.sealer.hash("content", event.digest.hex())


class _Kind(msgspec.Struct):
    type: str = ""


_kind_of = msgspec.json.Decoder(_Kind).decode


def type_of(body: bytes) -> str:
    """Return the type of the catalogue that an unread body says it is of, or nothing; no decision rests on that."""
    try:
        kind = _kind_of(body).type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return kind if kind in CATALOGUE else ""


def is_urgent(body: bytes) -> bool:
    """Tell whether an unread body says of itself that it is of an urgent type."""
    kind = type_of(body)
    return kind != "" and CATALOGUE[kind].lane == "urgent"


class _Id(msgspec.Struct):
    id: str = ""


def id_of(body: bytes) -> str:
    """Return the id of a refused event where one can be read, to name it in the answer to its own publisher."""
    try:
        return msgspec.json.decode(body, type=_Id).id[:128]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
