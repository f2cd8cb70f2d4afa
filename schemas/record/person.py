"""Who the event is about: names, birth, references, appearance, needs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET

from schemas.labels import Category as C
from schemas.labels import of
from schemas.record.block import Block, UnsetType
from schemas.record.source import Source

IdentifierKind = Literal["pnc", "cro", "prison-number", "crn", "asn", "case-urn"]


OF_A_PERSON: frozenset[IdentifierKind] = frozenset({"prison-number", "pnc", "cro", "crn"})
"""The kinds that name a person; an ASN names an arrest and a URN a case, which several may share."""


class Identifier(Block, frozen=True, kw_only=True):
    """A reference to the person in one agency's system."""

    kind: Annotated[IdentifierKind, of(C.REFERENCES)]
    value: Annotated[str, of(C.REFERENCES, min_length=1, max_length=40)]


class Alias(Block, frozen=True, kw_only=True):
    """Another name, or date of birth, that the person has used."""

    surname: Annotated[str, of(C.ALIASES, max_length=100)] | UnsetType = UNSET
    forename: Annotated[str, of(C.ALIASES, max_length=100)] | UnsetType = UNSET
    date_of_birth: Annotated[dt.date, of(C.ALIASES)] | UnsetType = UNSET


class Person(Block, frozen=True, kw_only=True):
    """The person whom an event is about: at least one identifier, or surname and date of birth."""

    surname: Annotated[str, of(C.NAME, min_length=1, max_length=100)] | UnsetType = UNSET
    forename: Annotated[str, of(C.NAME, min_length=1, max_length=100)] | UnsetType = UNSET
    middle_names: Annotated[str, of(C.NAME, max_length=200)] | UnsetType = UNSET
    date_of_birth: Annotated[dt.date, of(C.DATE_OF_BIRTH)] | UnsetType = UNSET
    details_source: Annotated[Source, of(C.REFERENCES)] | UnsetType = UNSET
    identifiers: list[Identifier] | UnsetType = UNSET
    aliases: list[Alias] | UnsetType = UNSET
    sex: Annotated[Literal["female", "male", "other", "unknown"], of(C.SEX_AND_ETHNICITY)] | UnsetType = UNSET
    ethnicity: Annotated[str, of(C.SEX_AND_ETHNICITY, max_length=100)] | UnsetType = UNSET
    photograph: Annotated[str, of(C.PHOTOGRAPH, max_length=200)] | UnsetType = UNSET
    """Where the holder of the photograph serves it to those who may see it."""
    learning_difficulty: Annotated[str, of(C.ADJUSTMENTS, max_length=500)] | UnsetType = UNSET
    adjustments: Annotated[list[str], of(C.ADJUSTMENTS)] | UnsetType = UNSET
    vulnerability: Annotated[str, of(C.VULNERABILITY, max_length=1000)] | UnsetType = UNSET
    """Vulnerability apart from risk of harm."""


class Associate(Block, frozen=True, kw_only=True):
    """Somebody of the person's family or company."""

    name: Annotated[str, of(C.FAMILY, max_length=200)]
    relation: Annotated[str, of(C.FAMILY, max_length=100)] | UnsetType = UNSET
    address: Annotated[str, of(C.FAMILY, max_length=300)] | UnsetType = UNSET
    source: Annotated[Source, of(C.FAMILY)] | UnsetType = UNSET


class Child(Block, frozen=True, kw_only=True):
    """A child connected with the person's address: that one is known, whom to call, and the file."""

    at_address: Annotated[Literal["lives", "stays", "none", "unknown"], of(C.CHILD_KNOWN)]
    whom_to_call: Annotated[str, of(C.CHILD_KNOWN, max_length=200)] | UnsetType = UNSET
    file_reference: Annotated[str, of(C.CHILD_FILE, max_length=100)] | UnsetType = UNSET
    name: Annotated[str, of(C.CHILD_FILE, max_length=200)] | UnsetType = UNSET
    source: Annotated[Source, of(C.CHILD_FILE)] | UnsetType = UNSET


class Victim(Block, frozen=True, kw_only=True):
    """A victim of the person's offences. Records as offender and as victim never merge."""

    name: Annotated[str, of(C.VICTIM_PROTECTION, max_length=200)] | UnsetType = UNSET
    protecting_order: Annotated[str, of(C.VICTIM_PROTECTION, max_length=500)] | UnsetType = UNSET
    contact: Annotated[str, of(C.VICTIM, max_length=300)] | UnsetType = UNSET
    wishes: Annotated[str, of(C.VICTIM, max_length=2000)] | UnsetType = UNSET
    source: Annotated[Source, of(C.VICTIM)] | UnsetType = UNSET
