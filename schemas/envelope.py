"""The CloudEvents 1.0 envelope of what agencies publish and of the copies that they receive.

Source: CloudEvents 1.0.2, structured JSON mode. Context attributes hold no personal data:
the person stands in ``data`` alone, so ``subject`` and free extension attributes are not taken.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.terms import Terms

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
T = TypeVar("T")

EventId = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
SourceUri = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Moment = Annotated[dt.datetime, Meta(tz=True)]


class Envelope(msgspec.Struct, Generic[T], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event as its publisher sends it."""

    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: SourceUri
    type: Annotated[str, Meta(max_length=100)]
    time: Moment
    """When it happened, in the publisher's words; not when it was sent."""
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[str, Meta(max_length=200)]
    traceparent: Annotated[str, Meta(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | UnsetType = (
        UNSET
    )
    corrects: EventId | UnsetType = UNSET
    """The id of an earlier event of the same source and type, in whose place this one stands."""
    withdraws: EventId | UnsetType = UNSET
    """The id of an earlier event of the same source and type that did not happen. Of the data nothing is told then."""
    data: T


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """What comes with a copy: why it was given and what its holder must and must not do with it."""

    agreements: list[str]
    """Each agreement relied on, as ``name@version``."""
    purposes: dict[str, str]
    """What it was given for, and each of these by its word in the agreement with the sentence that says it."""
    gateways: dict[str, str]
    """The power in law to give it."""
    obligations: dict[str, str]
    """What its holder must and must not do."""
    terms: Terms | UnsetType = UNSET
    """What a system can act on of these obligations; absent where they say nothing of the kind."""
    regime: Literal["law-enforcement", "general"]
    """Data Protection Act 2018 Part 3, or UK GDPR: which law the holder answers to for this copy."""
    entry: str
    """The disclosure record's entry that this copy rests on."""
    corrects: str | UnsetType = UNSET
    """The recipient's own delivery id of a copy that was wrong: this one takes its place, and that one is to be
    erased."""


class Given(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The permitted leaves, and how to handle them."""

    given: T
    handling: Handling


def envelope_of(kind: str, data: Occurrence, *, event_id: str, source: str, time: dt.datetime) -> Envelope[Occurrence]:
    """Return the envelope of an event of a type in the catalogue.

    Raises:
        KeyError: the catalogue has no such type.
    """
    return Envelope(id=event_id, source=source, type=kind, time=time, dataschema=CATALOGUE[kind].dataschema, data=data)
