"""A copy that nobody says to have: what was told reaches nobody until somebody looks, so the coordinator is told."""

from __future__ import annotations

import datetime as dt

from hub.consequences.model import Consequence
from hub.directory.model import Directory, Recipient
from hub.register.enrich import subject_of
from hub.register.state import PersonState
from schemas.events.occurrence import Gap
from schemas.events.partner_work import NobodyListens
from schemas.labels import Role
from schemas.record.person import Person


def overdue(
    kind: str, since: dt.datetime, recipient: Recipient, state: PersonState, directory: Directory
) -> Consequence | None:
    """Return the notice to the lead scheme's coordinators of a copy without a receipt; None where nobody is to be told.

    For somebody on no scheme there is no coordinator, and none is told that they themselves have not read something.
    """
    if state.lead is None:
        return None
    coordinators = frozenset(r.id for r in directory.at("scheme", state.lead.scheme) if r.role is Role.COORDINATOR)
    if not coordinators - {recipient.id}:
        return None
    gap = Gap(event_type=kind, role=recipient.role, place=recipient.id, since=since)
    data = NobodyListens(subject=subject_of(state, Person()), gap=gap)
    return Consequence(kind="delivery.nobody-listens", data=data, addressed=coordinators - {recipient.id})
