"""The work of partners, identities, and what the hub itself tells."""

from __future__ import annotations

from schemas.events.occurrence import Gap, Merge, Occurrence, Restriction, Youth
from schemas.record.case import Case
from schemas.record.need import CarePlan, DrugTests, Engagement, Health, Housing, PublicProtection, Referral, Risk
from schemas.record.person import Victim
from schemas.record.scheme import Contact


class CaseAllocated(Occurrence, frozen=True, kw_only=True):
    """A case was given to an officer, or moved to another."""

    cases: list[Case]


class ReferralChanged(Occurrence, frozen=True, kw_only=True):
    """A referral, tenancy, stay, treatment, report or order was opened or changed by its holder or referrer."""

    referrals: list[Referral]


class ReferralUpdated(Occurrence, frozen=True, kw_only=True):
    """The holder of a referral is told that it is suspended or resumed; alike for every cause."""

    referrals: list[Referral]


class ConsentChanged(Occurrence, frozen=True, kw_only=True):
    """The person gave or withdrew consent to the sharing of health facts."""

    health: Health


class RiskAssessed(Occurrence, frozen=True, kw_only=True):
    """The risk of serious harm was assessed."""

    risk: Risk


class PublicProtectionLevelSet(Occurrence, frozen=True, kw_only=True):
    """The level at which the person is managed to protect the public was set, changed, or ended."""

    public_protection: PublicProtection


class HealthSummarised(Occurrence, frozen=True, kw_only=True):
    """Health staff hand over to health staff."""

    health: Health


class EngagementReported(Occurrence, frozen=True, kw_only=True):
    """A service says whether the person turns up and takes part."""

    engagement: Engagement


class DrugTested(Occurrence, frozen=True, kw_only=True):
    """A drug test was taken on arrest, on licence or at a home visit."""

    drug_tests: DrugTests


class CarePlanUpdated(Occurrence, frozen=True, kw_only=True):
    """The care plan changed."""

    care_plan: CarePlan


class HousingAssessed(Occurrence, frozen=True, kw_only=True):
    """A housing need was stated or answered."""

    housing: Housing


class IntelligenceShared(Occurrence, frozen=True, kw_only=True):
    """Police intelligence about the person."""

    risk: Risk


class VictimContact(Occurrence, frozen=True, kw_only=True):
    """Victim liaison recorded a contact."""

    victims: list[Victim]


class YouthInvolved(Occurrence, frozen=True, kw_only=True):
    """How the youth offending team stands to the case."""

    youth: Youth


class IdentitiesMerged(Occurrence, frozen=True, kw_only=True):
    """Two references are one person."""

    merge: Merge


class RecordRestricted(Occurrence, frozen=True, kw_only=True):
    """The record became restricted, or is so no longer."""

    restriction: Restriction


class ConcernEnded(Occurrence, frozen=True, kw_only=True):
    """The person is no longer yours: ask the contact. Alike for every cause."""

    contact: Contact


class NobodyListens(Occurrence, frozen=True, kw_only=True):
    """Somebody who should hear has no subscriber."""

    gap: Gap
