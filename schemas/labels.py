"""What kind of fact a leaf is, and who acts in which role.

A policy speaks of categories, so a leaf reaches somebody only because a rule speaks of its
category. A leaf may carry several: then every one of them must be granted.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Meta


class Category(StrEnum):
    """The kinds of fact that the protocol tells apart, one for each thing that it rules on."""

    NAME = "name"
    DATE_OF_BIRTH = "date-of-birth"
    ALIASES = "aliases"
    PHOTOGRAPH = "photograph"
    ADJUSTMENTS = "adjustments"
    SEX_AND_ETHNICITY = "sex-and-ethnicity"
    REFERENCES = "references"
    MARKER = "marker"
    STRANDS = "strands"
    SCHEME_CONTACT = "scheme-contact"
    CONTACT = "contact"
    MARKER_CONFIRMATIONS = "marker-confirmations"
    MATRIX_SCORE = "matrix-score"
    OFFENCE = "offence"
    SUPERVISION_KIND = "supervision-kind"
    CUSTODY_FACT = "custody-fact"
    CUSTODY_PLACE = "custody-place"
    RELEASE_DATE = "release-date"
    RELEASE_AREA = "release-area"
    DATE_CHANGE_REASON = "date-change-reason"
    RELEASE_ARRANGEMENTS = "release-arrangements"
    ADDRESS = "address"
    LICENCE_CONDITIONS = "licence-conditions"
    ENFORCEMENT_FACT = "enforcement-fact"
    RECALL_REASONS = "recall-reasons"
    BREACH_PAPERS = "breach-papers"
    ORDER_PROGRESS = "order-progress"
    ORDERED_TEST = "ordered-test"
    WHEREABOUTS = "whereabouts"
    RISK_LEVEL = "risk-level"
    RISK_DETAIL = "risk-detail"
    RISK_TO_CHILDREN = "risk-to-children"
    RISK_CONCLUSION = "risk-conclusion"
    DOMESTIC_ABUSE_CALLOUTS = "domestic-abuse-callouts"
    INTELLIGENCE = "intelligence"
    CLINICAL = "clinical"
    HEALTH_PROGRAMME = "health-programme"
    CONSENT = "consent"
    ENGAGEMENT = "engagement"
    IMMEDIATE_SAFETY = "immediate-safety"
    TEST_ON_ARREST = "test-on-arrest"
    TEST_ON_LICENCE = "test-on-licence"
    TEST_AT_HOME = "test-at-home"
    VICTIM = "victim"
    VICTIM_PROTECTION = "victim-protection"
    FAMILY = "family"
    CHILD_KNOWN = "child-known"
    CHILD_FILE = "child-file"
    VULNERABILITY = "vulnerability"
    CARE_PLAN = "care-plan"
    REFERRAL = "referral"
    REFERRAL_SOURCE = "referral-source"
    HOUSING_NEED = "housing-need"
    PUBLIC_PROTECTION = "public-protection"
    CONCERN_ENDED = "concern-ended"
    DELIVERY_GAP = "delivery-gap"


class Role(StrEnum):
    """What somebody acts as when they receive; a person may hold several and acts in one at a time."""

    COORDINATOR = "coordinator"
    CUSTODY_OFFICER = "custody-officer"
    POLICE_OFFENDER_MANAGER = "police-offender-manager"
    NEIGHBOURHOOD_POLICING = "neighbourhood-policing"
    INTELLIGENCE = "intelligence"
    ARREST_REFERRAL = "arrest-referral"
    PRISON_RECEPTION = "prison-reception"
    PRISON_OFFENDER_MANAGEMENT = "prison-offender-management"
    PRISON_HEALTHCARE = "prison-healthcare"
    PRISON_SECURITY = "prison-security"
    PRISON_RESETTLEMENT = "prison-resettlement"
    NATIONAL_OFFENDER_MANAGER = "national-offender-manager"
    RESPONSIBLE_OFFICER = "responsible-officer"
    COURT_TEAM = "court-team"
    ENFORCEMENT = "enforcement"
    VICTIM_LIAISON = "victim-liaison"
    APPROVED_PREMISES = "approved-premises"
    PROGRAMME_STAFF = "programme-staff"
    PUBLIC_PROTECTION_UNIT = "public-protection-unit"
    PAROLE_BOARD = "parole-board"
    YOT_CASE_MANAGER = "yot-case-manager"
    PROSECUTION = "prosecution"
    COURT_ADMINISTRATOR = "court-administrator"
    SENTENCER = "sentencer"
    DRUG_TREATMENT = "drug-treatment"
    LIAISON_AND_DIVERSION = "liaison-and-diversion"
    MENTAL_HEALTH = "mental-health"
    GP = "gp"
    COUNCIL_HOUSING = "council-housing"
    COMMUNITY_SAFETY = "community-safety"
    CHILDRENS_SERVICES = "childrens-services"
    HOUSING_ASSOCIATION = "housing-association"
    HOSTEL = "hostel"
    CONTRACTED_PROVIDER = "contracted-provider"
    VOLUNTARY = "voluntary"
    MENTOR = "mentor"
    SCHOOL = "school"
    PARENT = "parent"
    THE_PERSON = "the-person"
    THE_VICTIM = "the-victim"
    OVERSIGHT = "oversight"
    INSPECTOR = "inspector"


class AgencyKind(StrEnum):
    """What kind of body an agency is: decides which facts are its own to assert."""

    SCHEME = "scheme"
    POLICE = "police"
    PRISON = "prison"
    PROBATION = "probation"
    MINISTRY = "ministry"
    YOUTH_OFFENDING = "youth-offending"
    PROSECUTION = "prosecution"
    COURT = "court"
    HEALTH = "health"
    COUNCIL = "council"
    PROVIDER = "provider"
    VOLUNTARY = "voluntary"
    OVERSIGHT = "oversight"


def of(*categories: Category, min_length: int | None = None, max_length: int | None = None) -> Meta:
    """Return the annotation that labels a leaf with its categories, and bounds its length in characters."""
    return Meta(
        extra={"categories": categories},
        extra_json_schema={"x-categories": [str(c) for c in categories]},
        min_length=min_length,
        max_length=max_length,
    )


def count_of(*categories: Category, le: int) -> Meta:
    """Return the annotation that labels a number with its categories; it is nought or more, and at most ``le``."""
    return Meta(
        extra={"categories": categories}, extra_json_schema={"x-categories": [str(c) for c in categories]}, ge=0, le=le
    )
