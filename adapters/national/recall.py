"""Recall, as an offender manager's recommendation goes through probation's own hands.

What these messages decide is whether recall is *asked for*. Whether it is granted is decided by
the public protection unit, which none of them speaks for.
"""

from __future__ import annotations

from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import subject_of
from adapters.national.verdict import Context, NotForTheHub, Say, Verdict
from schemas.events.recall_and_breach import RecallRequested
from schemas.record.enforcement import Recall

NO_RECALL = NotForTheHub("probation decided not to ask for a recall")
CONSIDERED = NotForTheHub("a recall is being considered, and nothing is decided")


def considered(event: DomainEvent, context: Context) -> Verdict:
    """A recall is being considered: no fact yet, unless the message carries the outcome."""
    return CONSIDERED if event.text("contactOutcome") is None else overseen(event, context)


def overseen(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - one signature for all
    """A manager decided: to recall, and then it is requested, or not to."""
    outcome = event.code("contactOutcome")
    if outcome == "DECISION_TO_RECALL":
        data = RecallRequested(subject=subject_of(event), recall=Recall(stage="requested"))
        return Say("recall.requested", event.moment(), data)
    if outcome == "DECISION_NOT_TO_RECALL":
        return NO_RECALL
    raise NotUnderstood("additionalInformation.contactOutcome", "missing or not a known outcome")


def deleted(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - as above
    """A recommendation was deleted. To say *rescinded* of one that was never a request would tell of a recall."""
    raise NotUnderstood("eventType", "does not say whether a recall had been requested: see to it by hand")
