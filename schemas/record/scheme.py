"""The person's status: membership of a scheme, strands, score, who holds the marker."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET

from schemas.labels import Category as C
from schemas.labels import count_of, of
from schemas.record.block import Block, RecipientId, SchemeCode, UnsetType
from schemas.record.source import Source

SchemeKind = Literal["PPO", "IOM"]
Strand = Literal["prevent-and-deter", "catch-and-convict", "rehabilitate-and-resettle"]


class Contact(Block, frozen=True, kw_only=True):
    """A name and a number to call, without a word of any scheme."""

    name: Annotated[str, of(C.CONTACT, max_length=200)]
    telephone: Annotated[str, of(C.CONTACT, max_length=40)] | UnsetType = UNSET
    team: Annotated[str, of(C.CONTACT, max_length=200)] | UnsetType = UNSET


class SchemeContact(Block, frozen=True, kw_only=True):
    """The lead scheme's coordinator and deputy."""

    name: Annotated[str, of(C.SCHEME_CONTACT, max_length=200)]
    telephone: Annotated[str, of(C.SCHEME_CONTACT, max_length=40)]
    deputy_name: Annotated[str, of(C.SCHEME_CONTACT, max_length=200)] | UnsetType = UNSET
    deputy_telephone: Annotated[str, of(C.SCHEME_CONTACT, max_length=40)] | UnsetType = UNSET
    deputy_in_charge: Annotated[bool, of(C.SCHEME_CONTACT)] | UnsetType = UNSET


class Membership(Block, frozen=True, kw_only=True):
    """One membership of one scheme; a person may have several, of which one leads."""

    scheme: Annotated[SchemeCode, of(C.MARKER)]
    kind: Annotated[SchemeKind, of(C.MARKER)]
    scheme_name: Annotated[str, of(C.MARKER, max_length=200)] | UnsetType = UNSET
    lead: Annotated[bool, of(C.MARKER)] = True
    adopted_on: Annotated[dt.date, of(C.MARKER)] | UnsetType = UNSET
    ended_on: Annotated[dt.date, of(C.MARKER)] | UnsetType = UNSET
    end_reason: Annotated[str, of(C.MARKER, max_length=500)] | UnsetType = UNSET
    strands: Annotated[list[Strand], of(C.STRANDS)] | UnsetType = UNSET
    partners: Annotated[list[RecipientId], of(C.MARKER)] | UnsetType = UNSET
    """The recipients that this membership names as partners."""
    basis: Annotated[Literal["statutory", "voluntary"], of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    contact: SchemeContact | UnsetType = UNSET
    source: Annotated[Source, of(C.MARKER)] | UnsetType = UNSET


class Score(Block, frozen=True, kw_only=True):
    """The matrix score that the joint group decided on."""

    total: Annotated[int, count_of(C.MATRIX_SCORE, le=1000)]
    scored_on: Annotated[dt.date, of(C.MATRIX_SCORE)] | UnsetType = UNSET
    rationale: Annotated[str, of(C.MATRIX_SCORE, max_length=4000)] | UnsetType = UNSET
    source: Annotated[Source, of(C.MATRIX_SCORE)] | UnsetType = UNSET


class MarkerConfirmation(Block, frozen=True, kw_only=True):
    """That a holder has set, confirmed or removed the marker on its own system."""

    holder: Annotated[RecipientId, of(C.MARKER_CONFIRMATIONS)]
    state: Annotated[Literal["set", "confirmed", "removed"], of(C.MARKER_CONFIRMATIONS)]
    at: Annotated[dt.datetime, of(C.MARKER_CONFIRMATIONS)]
    prompted: Annotated[bool, of(C.MARKER_CONFIRMATIONS)] = False
