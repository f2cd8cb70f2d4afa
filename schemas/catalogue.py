"""The table of every event known: its type, what it tells by being there, and whose fact it is.

``topic`` is the category that the mere presence of a copy gives away: who may not see that
category gets no message. ``alike`` marks the flows that run the same for people on no scheme;
only in those may a role that may not know the status be told anything at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec

from schemas.events import custody_reception as custody
from schemas.events import partner_work as work
from schemas.events import ppo_adoption as ppo
from schemas.events import recall_and_breach as enforcement
from schemas.events import release_dates as release
from schemas.events.occurrence import Occurrence
from schemas.labels import AgencyKind as A
from schemas.labels import Category as C
from schemas.leaves import inspect_all, leaves_of

VERSION = "1"
SCHEMA_BASE = "https://schemas.offender-hub.example"
Lane = Literal["urgent", "routine"]


class EventType(msgspec.Struct, frozen=True):
    """One row of the catalogue."""

    name: str
    data: type[Occurrence]
    topic: C
    asserted_by: frozenset[A]
    """The kinds of agency whose fact this is; empty where only the hub itself says it."""
    alike: bool = False
    lane: Lane = "routine"

    @property
    def dataschema(self) -> str:
        """The CloudEvents ``dataschema`` of the type's current version."""
        return f"{SCHEMA_BASE}/{self.name}/{VERSION}"


_SCHEME = frozenset({A.SCHEME, A.PROBATION, A.POLICE})
_CUSTODY = frozenset({A.PRISON})
_SUPERVISOR = frozenset({A.PROBATION, A.YOUTH_OFFENDING, A.PROVIDER})
_RELEASE = frozenset({A.PRISON, A.PROBATION})
_RECALL = frozenset({A.PROBATION, A.MINISTRY})
_BREACH = frozenset({A.PROBATION, A.PROVIDER, A.YOUTH_OFFENDING})
_PARTNERS = frozenset(A) - {A.OVERSIGHT}
_HEALTH = frozenset({A.HEALTH, A.PRISON})
_HUB: frozenset[A] = frozenset()

# fmt: off
_ROWS = (
    EventType("ppo.nominated", ppo.Nominated, C.MATRIX_SCORE, _SCHEME),
    EventType("ppo.adopted", ppo.Adopted, C.MARKER, _SCHEME),
    EventType("ppo.strands-changed", ppo.StrandsChanged, C.STRANDS, _SCHEME),
    EventType("ppo.scored", ppo.Scored, C.MATRIX_SCORE, _SCHEME),
    EventType("ppo.person-told", ppo.PersonTold, C.MARKER, _SCHEME),
    EventType("ppo.lead-worker-changed", ppo.LeadWorkerChanged, C.SCHEME_CONTACT, _SCHEME),
    EventType("ppo.marker-confirmed", ppo.MarkerConfirmed, C.MARKER_CONFIRMATIONS, _PARTNERS),
    EventType("ppo.reviewed", ppo.Reviewed, C.MARKER, _SCHEME),
    EventType("ppo.membership-moved", ppo.MembershipMoved, C.MARKER, _SCHEME),
    EventType("ppo.deselected", ppo.Deselected, C.MARKER, _SCHEME),
    EventType("ppo.handed-over", ppo.HandedOver, C.MARKER, _SCHEME),
    EventType("ppo.alert", ppo.Alert, C.MARKER, _HUB, lane="urgent"),
    EventType("ppo.remove-marker", ppo.RemoveMarker, C.MARKER, _HUB, lane="urgent"),
    EventType("person.looked-up", Occurrence, C.MARKER, _HUB),
    EventType("custody.detained", custody.Detained, C.CUSTODY_FACT, frozenset({A.POLICE}), alike=True, lane="urgent"),
    EventType("custody.expected", custody.Expected, C.CUSTODY_FACT, frozenset({A.COURT, A.POLICE, A.PRISON}), alike=True, lane="urgent"),
    EventType("custody.received", custody.Received, C.CUSTODY_FACT, _CUSTODY, alike=True, lane="urgent"),
    EventType("custody.transferred", custody.Transferred, C.CUSTODY_FACT, _CUSTODY, alike=True, lane="urgent"),
    EventType("custody.returned", custody.Returned, C.CUSTODY_FACT, _CUSTODY, alike=True),
    EventType("custody.discharged", custody.Discharged, C.CUSTODY_FACT, _CUSTODY, alike=True, lane="urgent"),
    EventType("custody.assessed", custody.Assessed, C.CUSTODY_PLACE, _CUSTODY, alike=True),
    EventType("custody.plan-made", custody.PlanMade, C.CUSTODY_PLACE, _CUSTODY, alike=True),
    EventType("custody.died", custody.Died, C.CUSTODY_FACT, _CUSTODY, alike=True, lane="urgent"),
    EventType("custody.to-hospital", custody.ToHospital, C.CUSTODY_FACT, _CUSTODY, alike=True),
    EventType("custody.deported", custody.Deported, C.CUSTODY_FACT, _CUSTODY, alike=True),
    EventType("release.date-set", release.DateSet, C.RELEASE_DATE, _RELEASE, alike=True),
    EventType("release.date-changed", release.DateChanged, C.RELEASE_DATE, _RELEASE, alike=True),
    EventType("release.licence-conditions-set", release.LicenceConditionsSet, C.LICENCE_CONDITIONS, _RELEASE, alike=True),
    EventType("release.address-changed", release.AddressChanged, C.ADDRESS, _RELEASE, alike=True),
    EventType("release.gate-meeting-arranged", release.GateMeetingArranged, C.RELEASE_ARRANGEMENTS, _PARTNERS, alike=True),
    EventType("release.supervision-began", release.SupervisionBegan, C.SUPERVISION_KIND, _SUPERVISOR, alike=True),
    EventType("release.supervision-ended", release.SupervisionEnded, C.SUPERVISION_KIND, _SUPERVISOR, alike=True),
    EventType("release.temporary", release.TemporarilyReleased, C.RELEASE_DATE, _CUSTODY, alike=True),
    EventType("release.released", release.Released, C.RELEASE_DATE, _CUSTODY, alike=True, lane="urgent"),
    EventType("release.cancelled", release.Cancelled, C.RELEASE_DATE, _RELEASE, alike=True),
    EventType("release.notice", release.Notice, C.RELEASE_DATE, _HUB),
    EventType("recall.requested", enforcement.RecallRequested, C.ENFORCEMENT_FACT, _RECALL, alike=True, lane="urgent"),
    EventType("recall.decided", enforcement.RecallDecided, C.ENFORCEMENT_FACT, _RECALL, alike=True, lane="urgent"),
    EventType("recall.at-large", enforcement.UnlawfullyAtLarge, C.ENFORCEMENT_FACT, frozenset({A.PROBATION, A.MINISTRY, A.PRISON}), alike=True, lane="urgent"),
    EventType("recall.returned", enforcement.RecallReturned, C.ENFORCEMENT_FACT, frozenset({A.PRISON, A.POLICE}), alike=True, lane="urgent"),
    EventType("recall.rescinded", enforcement.RecallRescinded, C.ENFORCEMENT_FACT, _RECALL, alike=True, lane="urgent"),
    EventType("breach.alleged", enforcement.AboutBreach, C.ENFORCEMENT_FACT, _BREACH, alike=True),
    EventType("breach.referred", enforcement.AboutBreach, C.ENFORCEMENT_FACT, _BREACH, alike=True),
    EventType("breach.pack-accepted", enforcement.AboutBreach, C.ENFORCEMENT_FACT, _BREACH, alike=True),
    EventType("breach.pack-returned", enforcement.AboutBreach, C.ENFORCEMENT_FACT, _BREACH, alike=True),
    EventType("breach.pack-sent-again", enforcement.AboutBreach, C.ENFORCEMENT_FACT, _BREACH, alike=True),
    EventType("breach.presented", enforcement.AboutBreach, C.BREACH_PAPERS, frozenset({A.PROBATION, A.YOUTH_OFFENDING}), alike=True),
    EventType("breach.concluded", enforcement.AboutBreach, C.ENFORCEMENT_FACT, frozenset({A.PROBATION, A.COURT}), alike=True),
    EventType("breach.withdrawn", enforcement.AboutBreach, C.ENFORCEMENT_FACT, _BREACH, alike=True),
    EventType("order.progress", enforcement.ProgressReported, C.ORDER_PROGRESS, _SUPERVISOR, alike=True),
    EventType("case.allocated", work.CaseAllocated, C.SUPERVISION_KIND, _SUPERVISOR, alike=True),
    EventType("referral.changed", work.ReferralChanged, C.REFERRAL, _PARTNERS, alike=True),
    EventType("referral.updated", work.ReferralUpdated, C.REFERRAL, _HUB, alike=True),
    EventType("consent.changed", work.ConsentChanged, C.CONSENT, _HEALTH | _SUPERVISOR, alike=True),
    EventType("risk.assessed", work.RiskAssessed, C.RISK_LEVEL, _SUPERVISOR | {A.POLICE}, alike=True),
    EventType("mappa.level-set", work.PublicProtectionLevelSet, C.PUBLIC_PROTECTION, _SUPERVISOR | {A.POLICE, A.HEALTH}, alike=True),
    EventType("health.summarised", work.HealthSummarised, C.CLINICAL, _HEALTH, alike=True),
    EventType("engagement.reported", work.EngagementReported, C.ENGAGEMENT, _PARTNERS, alike=True),
    EventType("drug-test.on-arrest", work.DrugTested, C.TEST_ON_ARREST, frozenset({A.POLICE}), alike=True),
    EventType("drug-test.on-licence", work.DrugTested, C.TEST_ON_LICENCE, _SUPERVISOR, alike=True),
    EventType("drug-test.at-home", work.DrugTested, C.TEST_AT_HOME, _SUPERVISOR | {A.POLICE}, alike=True),
    EventType("care-plan.updated", work.CarePlanUpdated, C.CARE_PLAN, _PARTNERS, alike=True),
    EventType("housing.assessed", work.HousingAssessed, C.HOUSING_NEED, _PARTNERS, alike=True),
    EventType("intelligence.shared", work.IntelligenceShared, C.INTELLIGENCE, frozenset({A.POLICE, A.PRISON})),
    EventType("victim.contacted", work.VictimContact, C.VICTIM, frozenset({A.PROBATION}), alike=True),
    EventType("youth.involved", work.YouthInvolved, C.SUPERVISION_KIND, frozenset({A.YOUTH_OFFENDING})),
    EventType("identity.merged", work.IdentitiesMerged, C.REFERENCES, frozenset({A.PRISON, A.PROBATION, A.POLICE})),
    EventType("identity.unmerged", work.IdentitiesMerged, C.REFERENCES, frozenset({A.PRISON, A.PROBATION, A.POLICE})),
    EventType("record.restricted", work.RecordRestricted, C.REFERENCES, frozenset({A.PROBATION, A.PRISON, A.POLICE})),
    EventType("concern.ended", work.ConcernEnded, C.CONCERN_ENDED, _HUB, alike=True),
    EventType("delivery.nobody-listens", work.NobodyListens, C.DELIVERY_GAP, _HUB, lane="urgent"),
)
# fmt: on

CATALOGUE: Mapping[str, EventType] = {row.name: row for row in _ROWS}
"""Every event type by its name."""

BY_DATASCHEMA: Mapping[str, EventType] = {row.dataschema: row for row in _ROWS}
"""Every event type by its ``dataschema``."""


@cache
def categories_by_path() -> Mapping[str, frozenset[C]]:
    """Return the categories of every leaf of every event type; first asked for, it looks at all types together."""
    inspect_all(row.data for row in _ROWS)
    return {leaf.path: leaf.categories for row in _ROWS for leaf in leaves_of(row.data)}
