"""Recall, breach, and the progress of a court's own order."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET

from schemas.labels import Category as C
from schemas.labels import count_of, of
from schemas.record.block import AreaCode, Block, CourtCode, UnsetType
from schemas.record.source import Source


class Recall(Block, frozen=True, kw_only=True):
    """A recall to prison: how far it has come, and why."""

    stage: Annotated[
        Literal["requested", "authorised", "refused", "unlawfully-at-large", "returned", "rescinded"],
        of(C.ENFORCEMENT_FACT),
    ]
    kind: Annotated[Literal["standard", "fixed-term", "unknown"], of(C.ENFORCEMENT_FACT)] | UnsetType = UNSET
    decided_on: Annotated[dt.date, of(C.ENFORCEMENT_FACT)] | UnsetType = UNSET
    reasons: Annotated[str, of(C.RECALL_REASONS, max_length=4000)] | UnsetType = UNSET
    likely_whereabouts: Annotated[str, of(C.WHEREABOUTS, max_length=1000)] | UnsetType = UNSET
    thought_in_area: Annotated[AreaCode, of(C.WHEREABOUTS)] | UnsetType = UNSET
    source: Annotated[Source, of(C.ENFORCEMENT_FACT)] | UnsetType = UNSET


class MissedAppointment(Block, frozen=True, kw_only=True):
    """One appointment that the order required and that was missed."""

    on: Annotated[dt.date, of(C.BREACH_PAPERS)]
    explanation: Annotated[str, of(C.BREACH_PAPERS, max_length=1000)] | UnsetType = UNSET
    accepted: Annotated[bool, of(C.BREACH_PAPERS)] | UnsetType = UNSET


class BreachPack(Block, frozen=True, kw_only=True):
    """The papers that go to court, each leaf with its own category.

    ``requirement_breached`` reads neutrally for everyone ("to comply with supervision");
    ``scheme_requirement`` holds the true wording where it mentions the scheme. The author
    declares ``statement`` free of status, clinical facts and intelligence.
    ``clinical_note`` stays with its author: who may read papers may read nothing clinical, and who may read that is
    given no papers. It is there so that such words have a place that is withheld, and do not go into the statement.
    """

    court: Annotated[CourtCode, of(C.BREACH_PAPERS)]
    order_reference: Annotated[str, of(C.BREACH_PAPERS, max_length=40)]
    order_made_on: Annotated[dt.date, of(C.BREACH_PAPERS)] | UnsetType = UNSET
    offence_of_order: Annotated[str, of(C.BREACH_PAPERS, max_length=500)] | UnsetType = UNSET
    requirement_breached: Annotated[str, of(C.BREACH_PAPERS, max_length=1000)]
    statement: Annotated[str, of(C.BREACH_PAPERS, max_length=8000)] | UnsetType = UNSET
    statement_declared_free: Annotated[bool, of(C.BREACH_PAPERS)]
    missed: list[MissedAppointment] | UnsetType = UNSET
    hearing_on: Annotated[dt.date, of(C.BREACH_PAPERS)] | UnsetType = UNSET
    scheme_requirement: Annotated[str, of(C.BREACH_PAPERS, C.MARKER, max_length=1000)] | UnsetType = UNSET
    clinical_note: Annotated[str, of(C.BREACH_PAPERS, C.CLINICAL, max_length=2000)] | UnsetType = UNSET
    intelligence_note: Annotated[str, of(C.BREACH_PAPERS, C.INTELLIGENCE, max_length=2000)] | UnsetType = UNSET


class Breach(Block, frozen=True, kw_only=True):
    """A breach of an order, licence, post-sentence supervision or bail, and how far it has come."""

    stage: Annotated[
        Literal[
            "alleged",
            "referred",
            "pack-accepted",
            "pack-returned",
            "pack-sent-again",
            "presented",
            "concluded",
            "withdrawn",
        ],
        of(C.ENFORCEMENT_FACT),
    ]
    of_what: Annotated[
        Literal[
            "community-order", "suspended-sentence-order", "licence", "post-sentence-supervision", "bail", "youth-order"
        ],
        of(C.ENFORCEMENT_FACT),
    ]
    became_aware_on: Annotated[dt.date, of(C.BREACH_PAPERS)] | UnsetType = UNSET
    outcome: Annotated[str, of(C.BREACH_PAPERS, max_length=500)] | UnsetType = UNSET
    pack: BreachPack | UnsetType = UNSET
    source: Annotated[Source, of(C.ENFORCEMENT_FACT)] | UnsetType = UNSET


class OrderProgress(Block, frozen=True, kw_only=True):
    """How the person is doing under a court's own order."""

    court: Annotated[CourtCode, of(C.ORDER_PROGRESS)]
    order_reference: Annotated[str, of(C.ORDER_PROGRESS, max_length=40)]
    attended: Annotated[int, count_of(C.ORDER_PROGRESS, le=1000)] | UnsetType = UNSET
    missed: Annotated[int, count_of(C.ORDER_PROGRESS, le=1000)] | UnsetType = UNSET
    complying: Annotated[bool, of(C.ORDER_PROGRESS)] | UnsetType = UNSET
    ordered_tests: Annotated[list[str], of(C.ORDERED_TEST)] | UnsetType = UNSET
    """Test results, only where the order itself requires testing."""
