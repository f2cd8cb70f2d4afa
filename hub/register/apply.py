"""How an event changes what the register knows: one table of event types and functions.

An event changes the facts of its own family alone: a reception moves no membership, even where
its publisher added a memberships block. Four things are taken from every event: who the person
is, whether a child is known at the address, what is said of immediate safety, and whether
partners' work pauses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import msgspec

from hub.register import cases, custody, licences, memberships, partners, releases
from hub.register.happening import Happening
from hub.register.owed import settled
from hub.register.particulars import particulars
from hub.register.partners import child_known, safety_known
from hub.register.pauses import paused
from hub.register.state import PersonState
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence

Effect = Callable[[PersonState, Happening], PersonState]


def nothing(state: PersonState, happened: Happening) -> PersonState:  # noqa: ARG001 - one signature for all
    """Change nothing: the event is for its readers, or names somebody who is not (yet) a member."""
    return state


EFFECTS: Mapping[str, Effect] = {
    "ppo.nominated": nothing,
    "ppo.adopted": memberships.adopted,
    "ppo.strands-changed": memberships.changed,
    "ppo.scored": nothing,
    "ppo.person-told": memberships.changed,
    "ppo.lead-worker-changed": memberships.changed,
    "ppo.marker-confirmed": partners.marker_confirmed,
    "ppo.reviewed": memberships.changed,
    "ppo.membership-moved": memberships.moved,
    "ppo.deselected": memberships.deselected,
    "ppo.handed-over": memberships.changed,
    "ppo.alert": nothing,
    "ppo.remove-marker": nothing,
    "custody.detained": custody.detained,
    "custody.expected": custody.expected,
    "custody.received": custody.received,
    "custody.transferred": custody.transferred,
    "custody.returned": custody.returned,
    "custody.discharged": custody.discharged,
    "custody.assessed": nothing,
    "custody.plan-made": nothing,
    "custody.died": custody.died,
    "custody.to-hospital": custody.to_hospital,
    "custody.deported": custody.deported,
    "release.date-set": releases.date_set,
    "release.date-changed": releases.date_set,
    "release.licence-conditions-set": licences.conditions_set,
    "release.address-changed": releases.address_changed,
    "release.gate-meeting-arranged": releases.gate_meeting_arranged,
    "release.supervision-began": cases.supervision_began,
    "release.supervision-ended": cases.supervision_ended,
    "release.temporary": nothing,
    "release.released": releases.released,
    "release.cancelled": releases.cancelled,
    "release.notice": nothing,
    "recall.requested": licences.requested,
    "recall.decided": licences.decided,
    "recall.at-large": releases.at_large,
    "recall.returned": licences.returned,
    "recall.rescinded": licences.rescinded,
    "breach.alleged": partners.order_enforced,
    "breach.referred": partners.order_enforced,
    "breach.pack-accepted": partners.order_enforced,
    "breach.pack-returned": partners.order_enforced,
    "breach.pack-sent-again": partners.order_enforced,
    "breach.presented": partners.order_enforced,
    "breach.concluded": partners.order_enforced,
    "breach.withdrawn": partners.order_enforced,
    "order.progress": partners.order_enforced,
    "case.allocated": cases.allocated,
    "referral.changed": partners.referral_changed,
    "referral.updated": nothing,
    "consent.changed": partners.consent_changed,
    "risk.assessed": partners.risk_assessed,
    "mappa.level-set": partners.public_protection_set,
    "health.summarised": nothing,
    "engagement.reported": nothing,
    "drug-test.on-arrest": nothing,
    "drug-test.on-licence": nothing,
    "drug-test.at-home": nothing,
    "care-plan.updated": nothing,
    "housing.assessed": nothing,
    "intelligence.shared": nothing,
    "victim.contacted": nothing,
    "youth.involved": partners.youth_involved,
    "identity.merged": partners.merged,
    "identity.unmerged": nothing,
    "record.restricted": partners.record_restricted,
    "concern.ended": nothing,
    "delivery.nobody-listens": nothing,
    "person.looked-up": nothing,
}
"""What each event type changes; a type that is missing here fails a test."""


def apply(state: PersonState, event: Envelope[Occurrence], at: dt.datetime) -> PersonState:
    """Return what the register knows after an event that the hub takes at a moment.

    Raises:
        KeyError: the catalogue has no such event type.
    """
    happened = Happening(event.type, event.data, min(event.time, at))
    after = EFFECTS[event.type](_first_known(state, at), happened)
    after = safety_known(child_known(particulars(after, happened), happened), happened)
    after = paused(after, happened)
    return settled(state, after, at)


def _first_known(state: PersonState, at: dt.datetime) -> PersonState:
    """Return the state with the moment since when the hub knows of the person: no birthday before it can show."""
    if "known" in state.stamps:
        return state
    return msgspec.structs.replace(state, stamps={**state.stamps, "known": at})
