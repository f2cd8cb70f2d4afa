"""Risk, health, engagement, care, housing and referrals: what partners work with."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET

from schemas.labels import Category as C
from schemas.labels import of
from schemas.record.block import Block, RecipientId, UnsetType
from schemas.record.scheme import Contact
from schemas.record.source import Source

RiskLevel = Literal["low", "medium", "high", "very-high"]


class Risk(Block, frozen=True, kw_only=True):
    """Risk of serious harm, and the flags that outlive a case until their source withdraws them."""

    level: Annotated[RiskLevel, of(C.RISK_LEVEL)] | UnsetType = UNSET
    previous_level: Annotated[RiskLevel, of(C.RISK_LEVEL)] | UnsetType = UNSET
    conclusion: Annotated[str, of(C.RISK_CONCLUSION, max_length=500)] | UnsetType = UNSET
    detail: Annotated[str, of(C.RISK_DETAIL, max_length=4000)] | UnsetType = UNSET
    flags: Annotated[list[str], of(C.RISK_DETAIL)] | UnsetType = UNSET
    to_children: Annotated[str, of(C.RISK_TO_CHILDREN, max_length=2000)] | UnsetType = UNSET
    domestic_abuse_callouts: Annotated[list[str], of(C.DOMESTIC_ABUSE_CALLOUTS)] | UnsetType = UNSET
    intelligence: Annotated[str, of(C.INTELLIGENCE, max_length=4000)] | UnsetType = UNSET
    source: Annotated[Source, of(C.RISK_DETAIL)] | UnsetType = UNSET


class PublicProtection(Block, frozen=True, kw_only=True):
    """How the person is managed under multi-agency public protection arrangements (MAPPA).

    Source: Criminal Justice Act 2003, sections 325 to 327B, and the statutory guidance on them.
    """

    level: Annotated[Literal["1", "2", "3"], of(C.PUBLIC_PROTECTION)]
    """1: the lead agency manages alone; 2: several do, and meet; 3: their senior staff do."""
    offender_category: Annotated[Literal["1", "2", "3", "4"], of(C.PUBLIC_PROTECTION)] | UnsetType = UNSET
    review_on: Annotated[dt.date, of(C.PUBLIC_PROTECTION)] | UnsetType = UNSET
    ended: Annotated[bool, of(C.PUBLIC_PROTECTION)] = False
    """The person is not managed under the arrangements any more; the level is the last one."""
    source: Annotated[Source, of(C.PUBLIC_PROTECTION)] | UnsetType = UNSET


class Health(Block, frozen=True, kw_only=True):
    """Health facts, told apart: clinical, programme, and the marker for immediate safety."""

    diagnosis: Annotated[str, of(C.CLINICAL, max_length=1000)] | UnsetType = UNSET
    medication: Annotated[list[str], of(C.CLINICAL)] | UnsetType = UNSET
    treatment_notes: Annotated[str, of(C.CLINICAL, max_length=4000)] | UnsetType = UNSET
    tests_in_treatment: Annotated[list[str], of(C.CLINICAL)] | UnsetType = UNSET
    handover_summary: Annotated[str, of(C.CLINICAL, max_length=4000)] | UnsetType = UNSET
    programme: Annotated[str, of(C.HEALTH_PROGRAMME, max_length=300)] | UnsetType = UNSET
    next_appointment: Annotated[dt.datetime, of(C.HEALTH_PROGRAMME)] | UnsetType = UNSET
    immediate_safety: Annotated[list[str], of(C.IMMEDIATE_SAFETY)] | UnsetType = UNSET
    """Markers for the next hours (for instance "open self-harm plan"), and no history."""
    consent: Annotated[Literal["given", "withdrawn"], of(C.CONSENT)] | UnsetType = UNSET
    source: Annotated[Source, of(C.CLINICAL)] | UnsetType = UNSET


class Engagement(Block, frozen=True, kw_only=True):
    """Whether the person turns up and takes part, in any service."""

    service: Annotated[str, of(C.ENGAGEMENT, C.HEALTH_PROGRAMME, max_length=200)] | UnsetType = UNSET
    last_attended: Annotated[dt.date, of(C.ENGAGEMENT)] | UnsetType = UNSET
    attending: Annotated[bool, of(C.ENGAGEMENT)] | UnsetType = UNSET
    engaging: Annotated[bool, of(C.ENGAGEMENT)] | UnsetType = UNSET
    source: Annotated[Source, of(C.ENGAGEMENT, C.HEALTH_PROGRAMME)] | UnsetType = UNSET


class DrugTests(Block, frozen=True, kw_only=True):
    """Drug tests by where they were taken: different things with different readers."""

    on_arrest: Annotated[str, of(C.TEST_ON_ARREST, max_length=300)] | UnsetType = UNSET
    on_licence: Annotated[str, of(C.TEST_ON_LICENCE, max_length=300)] | UnsetType = UNSET
    at_home_visit: Annotated[str, of(C.TEST_AT_HOME, max_length=300)] | UnsetType = UNSET


class CarePlan(Block, frozen=True, kw_only=True):
    """Employment, training and courses that follow a person out; its clinical lines stay clinical."""

    goals: Annotated[list[str], of(C.CARE_PLAN)] | UnsetType = UNSET
    courses: Annotated[list[str], of(C.CARE_PLAN)] | UnsetType = UNSET
    employment: Annotated[str, of(C.CARE_PLAN, max_length=500)] | UnsetType = UNSET
    clinical_lines: Annotated[list[str], of(C.CARE_PLAN, C.CLINICAL)] | UnsetType = UNSET
    source: Annotated[Source, of(C.CARE_PLAN)] | UnsetType = UNSET


class Housing(Block, frozen=True, kw_only=True):
    """The need for somewhere to live, and the answer to it."""

    need: Annotated[str, of(C.HOUSING_NEED, max_length=1000)] | UnsetType = UNSET
    answer: Annotated[str, of(C.HOUSING_NEED, max_length=1000)] | UnsetType = UNSET


ReferralKind = Literal["referral", "tenancy", "stay", "treatment", "report", "own-order"]


class Referral(Block, frozen=True, kw_only=True):
    """Work that a partner has with the person; the holder's own reference goes back to the holder alone."""

    holder: Annotated[RecipientId, of(C.REFERRAL)]
    kind: Annotated[ReferralKind, of(C.REFERRAL)]
    state: Annotated[Literal["open", "suspended", "resumed", "closed", "accepted", "refused"], of(C.REFERRAL)]
    reference: Annotated[str, of(C.REFERRAL, max_length=64)] | UnsetType = UNSET
    appointments: Annotated[list[dt.datetime], of(C.REFERRAL)] | UnsetType = UNSET
    visit_at: Annotated[str, of(C.REFERRAL, max_length=300)] | UnsetType = UNSET
    source: Annotated[str, of(C.REFERRAL_SOURCE, max_length=200)] | UnsetType = UNSET
    match_asked_for: Annotated[str, of(C.SEX_AND_ETHNICITY, C.REFERRAL, max_length=200)] | UnsetType = UNSET
    whom_to_call: Contact | UnsetType = UNSET
