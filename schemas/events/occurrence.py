"""What every event may say: whom it is about, and the blocks that its publisher chooses to add.

A subclass makes required what its fact cannot be without. Who may read a leaf is never
decided by the event that it stands in, only by the leaf's category.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET

from schemas.labels import Category as C
from schemas.labels import of
from schemas.record.block import Block, UnsetType
from schemas.record.case import Case, Licence
from schemas.record.custody import Custody, Release
from schemas.record.enforcement import Breach, OrderProgress, Recall
from schemas.record.need import CarePlan, DrugTests, Engagement, Health, Housing, Referral, Risk
from schemas.record.person import Associate, Child, Identifier, Person, Victim
from schemas.record.scheme import Contact, MarkerConfirmation, Membership, Score


class Occurrence(Block, frozen=True, kw_only=True):
    """Something that happened to one person."""

    subject: Person
    memberships: list[Membership] | UnsetType = UNSET
    cases: list[Case] | UnsetType = UNSET
    contact: Contact | UnsetType = UNSET
    custody: Custody | UnsetType = UNSET
    release: Release | UnsetType = UNSET
    licence: Licence | UnsetType = UNSET
    recall: Recall | UnsetType = UNSET
    breach: Breach | UnsetType = UNSET
    order_progress: OrderProgress | UnsetType = UNSET
    score: Score | UnsetType = UNSET
    marker_confirmations: list[MarkerConfirmation] | UnsetType = UNSET
    risk: Risk | UnsetType = UNSET
    health: Health | UnsetType = UNSET
    engagement: Engagement | UnsetType = UNSET
    drug_tests: DrugTests | UnsetType = UNSET
    care_plan: CarePlan | UnsetType = UNSET
    housing: Housing | UnsetType = UNSET
    referrals: list[Referral] | UnsetType = UNSET
    victims: list[Victim] | UnsetType = UNSET
    associates: list[Associate] | UnsetType = UNSET
    children: list[Child] | UnsetType = UNSET


class AboutMembership(Occurrence, frozen=True, kw_only=True):
    """A fact about one or more memberships of schemes."""

    memberships: list[Membership]


class Youth(Block, frozen=True, kw_only=True):
    """How the youth offending team stands to the case of a young person."""

    yot: Annotated[Literal["party", "none"], of(C.SUPERVISION_KIND)]
    voluntary_agreed: Annotated[bool, of(C.SUPERVISION_KIND)] = False
    handover: Annotated[Literal["none", "open", "completed"], of(C.SUPERVISION_KIND)] = "none"


class Merge(Block, frozen=True, kw_only=True):
    """Two references that turned out to be one person, or one that turned out to be two."""

    kept: Identifier
    removed: Identifier


class Restriction(Block, frozen=True, kw_only=True):
    """That a record has become restricted: only named staff may see it."""

    restricted: Annotated[bool, of(C.REFERENCES)]


class Gap(Block, frozen=True, kw_only=True):
    """Somebody who should have heard of an event: nobody listens there, or nobody says to have it."""

    event_type: Annotated[str, of(C.DELIVERY_GAP)]
    role: Annotated[str, of(C.DELIVERY_GAP)]
    place: Annotated[str, of(C.DELIVERY_GAP)]
    since: Annotated[dt.datetime, of(C.DELIVERY_GAP)] | UnsetType = UNSET
    """Of a copy that is overdue: since when there is no receipt of it; the place is then the recipient."""
