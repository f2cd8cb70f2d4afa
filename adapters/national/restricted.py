"""Records that became restricted, or were erased at their source: what was shared must be looked at again."""

from __future__ import annotations

from adapters.national.message import DomainEvent
from adapters.national.subject import subject_of
from adapters.national.verdict import Context, Say, Verdict
from schemas.events.occurrence import Restriction
from schemas.events.partner_work import RecordRestricted


def restricted(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - one signature for all
    """Who may see the record changed, in a way that the message does not say: it is taken to be narrower.

    The other reading would open a record that may just have been closed.
    """
    data = RecordRestricted(subject=subject_of(event), restriction=Restriction(restricted=True))
    return Say("record.restricted", event.moment(), data)
