"""Custody and release: that and where somebody is held, when and where they come out."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET

from schemas.labels import Category as C
from schemas.labels import of
from schemas.record.block import AreaCode, Block, CourtCode, EstablishmentCode, RecipientId, UnsetType
from schemas.record.scheme import Contact
from schemas.record.source import Source


class Custody(Block, frozen=True, kw_only=True):
    """That somebody is (or is expected to be) held, where, and why."""

    in_custody: Annotated[bool, of(C.CUSTODY_FACT)]
    expected_back: Annotated[Literal["yes", "no", "unknown"], of(C.CUSTODY_FACT)] | UnsetType = UNSET
    establishment: Annotated[EstablishmentCode, of(C.CUSTODY_PLACE)] | UnsetType = UNSET
    establishment_name: Annotated[str, of(C.CUSTODY_PLACE, max_length=200)] | UnsetType = UNSET
    station: Annotated[str, of(C.CUSTODY_PLACE, max_length=64)] | UnsetType = UNSET
    """The police station, when the police hold the person."""
    previous_establishment: Annotated[EstablishmentCode, of(C.CUSTODY_PLACE)] | UnsetType = UNSET
    reason: (
        Annotated[Literal["remand", "sentence", "recall", "unknown"], of(C.CUSTODY_FACT, C.ENFORCEMENT_FACT)]
        | UnsetType
    ) = UNSET
    movement_code: Annotated[str, of(C.CUSTODY_PLACE, C.ENFORCEMENT_FACT, max_length=12)] | UnsetType = UNSET
    from_court: Annotated[CourtCode, of(C.CUSTODY_PLACE, C.OFFENCE)] | UnsetType = UNSET
    left_because: (
        Annotated[
            Literal["died", "hospital", "deported", "absconded", "discharged-at-court"],
            of(C.CUSTODY_FACT, C.CUSTODY_PLACE),
        ]
        | UnsetType
    ) = UNSET
    source: Annotated[Source, of(C.CUSTODY_FACT, C.CUSTODY_PLACE)] | UnsetType = UNSET


class Address(Block, frozen=True, kw_only=True):
    """An address on release or bail, with how sure it is."""

    lines: Annotated[str, of(C.ADDRESS, max_length=300)] | UnsetType = UNSET
    postcode: Annotated[str, of(C.ADDRESS, max_length=10)] | UnsetType = UNSET
    standing: Annotated[Literal["proposed", "confirmed", "changed", "unknown"], of(C.ADDRESS)] = "proposed"
    not_to_be_told: Annotated[bool, of(C.ADDRESS)] | UnsetType = UNSET
    """That nobody at the address is to be told of the person's status."""


class Release(Block, frozen=True, kw_only=True):
    """When and where somebody comes out."""

    date: Annotated[dt.date, of(C.RELEASE_DATE)] | UnsetType = UNSET
    previous_date: Annotated[dt.date, of(C.RELEASE_DATE)] | UnsetType = UNSET
    kind: (
        Annotated[
            Literal["automatic", "conditional", "parole", "curfew", "temporary", "early-scheme", "court", "unknown"],
            of(C.RELEASE_DATE, C.OFFENCE),
        ]
        | UnsetType
    ) = UNSET
    area: Annotated[AreaCode, of(C.RELEASE_AREA)] | UnsetType = UNSET
    change_reason: Annotated[str, of(C.DATE_CHANGE_REASON, max_length=1000)] | UnsetType = UNSET
    hour: Annotated[dt.time, of(C.RELEASE_ARRANGEMENTS)] | UnsetType = UNSET
    place: Annotated[str, of(C.RELEASE_ARRANGEMENTS, max_length=200)] | UnsetType = UNSET
    met_by: Annotated[RecipientId, of(C.RELEASE_ARRANGEMENTS)] | UnsetType = UNSET
    """The recipient that is recorded to meet the person at the gate."""
    meeter: Contact | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    source: Annotated[Source, of(C.RELEASE_DATE, C.RELEASE_AREA)] | UnsetType = UNSET
