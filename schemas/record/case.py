"""Cases, orders and licences: what the person is supervised under, and by whom."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET

from schemas.labels import Category as C
from schemas.labels import Role, count_of, of
from schemas.record.block import Block, RecipientId, UnsetType
from schemas.record.scheme import Contact
from schemas.record.source import Source

SupervisionKind = Literal[
    "community-order",
    "suspended-sentence-order",
    "licence",
    "post-sentence-supervision",
    "youth-order",
    "bail",
    "remand",
    "custody",
    "voluntary",
    "none",
]


class Case(Block, frozen=True, kw_only=True):
    """One case in one life; several may overlap, and the end of one is not the end of all."""

    reference: Annotated[str, of(C.REFERENCES, min_length=1, max_length=40)]
    """The case's own reference at the agency that holds it."""
    supervised_by: Annotated[RecipientId, of(C.CONTACT)] | UnsetType = UNSET
    officer: Contact | UnsetType = UNSET
    kind: Annotated[SupervisionKind, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    statutory: Annotated[bool, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    tier: Annotated[Literal["national", "provider"], of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    offence: Annotated[str, of(C.OFFENCE, max_length=500)] | UnsetType = UNSET
    charge: Annotated[str, of(C.OFFENCE, max_length=500)] | UnsetType = UNSET
    sentence: Annotated[str, of(C.OFFENCE, max_length=500)] | UnsetType = UNSET
    sentenced_on: Annotated[dt.date, of(C.OFFENCE)] | UnsetType = UNSET
    sentence_months: Annotated[int, count_of(C.OFFENCE, le=1200)] | UnsetType = UNSET
    """Length in whole months; with the kind it decides whether the case is in scope, never whether to alert."""
    attendance_required: Annotated[bool, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    testing_required: Annotated[bool, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    ended_on: Annotated[dt.date, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    source: Annotated[Source, of(C.SUPERVISION_KIND)] | UnsetType = UNSET


class Condition(Block, frozen=True, kw_only=True):
    """One licence condition: ``wording`` is neutral, and ``scheme_wording`` the true text that names the scheme."""

    code: Annotated[str, of(C.LICENCE_CONDITIONS, max_length=40)]
    wording: Annotated[str, of(C.LICENCE_CONDITIONS, max_length=1000)]
    scheme_wording: Annotated[str, of(C.LICENCE_CONDITIONS, C.MARKER, max_length=1000)] | UnsetType = UNSET
    names_roles: Annotated[list[Role], of(C.LICENCE_CONDITIONS)] | UnsetType = UNSET
    """The roles that the condition names, or whose client it names: they may see it, and no other condition."""


class Licence(Block, frozen=True, kw_only=True):
    """The licence: its dates and its conditions."""

    begins: Annotated[dt.date, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    ends: Annotated[dt.date, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
    conditions: list[Condition] | UnsetType = UNSET
    source: Annotated[Source, of(C.SUPERVISION_KIND)] | UnsetType = UNSET
