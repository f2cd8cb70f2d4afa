"""Licences that come into and go out of force: supervision on licence begins and ends."""

from __future__ import annotations

from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import subject_of
from adapters.national.times import LONDON
from adapters.national.verdict import Context, Say, Verdict
from schemas.events.release_dates import SupervisionBegan, SupervisionEnded
from schemas.record.case import Case


def activated(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - one signature for all
    """A licence is in force. Its conditions are not in the message, so none are said to be set."""
    case = Case(reference=_reference(event), kind="licence")
    return Say("release.supervision-began", event.moment(), SupervisionBegan(subject=subject_of(event), cases=[case]))


def inactivated(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - as above
    """One licence is out of force, perhaps for a varied one: that case alone has ended."""
    ended = event.moment().astimezone(LONDON).date()
    case = Case(reference=_reference(event), kind="licence", ended_on=ended)
    return Say("release.supervision-ended", event.moment(), SupervisionEnded(subject=subject_of(event), cases=[case]))


def _reference(event: DomainEvent) -> str:
    """Return the case's reference, the same for a licence's beginning and end; raises ``NotUnderstood``."""
    reference = f"licence-{event.text('licenceId') or ''}".rstrip("-")
    if len(reference) > 40:
        raise NotUnderstood("additionalInformation.licenceId", "longer than 32 characters")
    return reference
