"""Records merged, unmerged and joined. The description is never read, nor, of a merge, the reference."""

from __future__ import annotations

from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import number, subject_of
from adapters.national.verdict import Context, Say, Verdict
from schemas.events.occurrence import Merge
from schemas.events.partner_work import IdentitiesMerged
from schemas.record.person import Identifier, IdentifierKind, Person


def prisoners_merged(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - one signature for all
    """Two prison numbers are one person: ``nomsNumber`` is kept, ``removedNomsNumber`` is not."""
    return _merged(event, "prison-number", ("nomsNumber",), ("removedNomsNumber",), "identity.merged")


def cases_merged(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - as above
    """Two probation cases are one person: the source went into the target."""
    return _merged(event, "crn", ("targetCRN",), ("sourceCRN",), "identity.merged")


def cases_unmerged(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - as above
    """One probation case is two people again: the removed number is a person of its own once more."""
    return _merged(event, "crn", ("unmergedCRN", "targetCRN"), ("reactivatedCRN", "sourceCRN"), "identity.unmerged")


def numbers_joined(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - as above
    """Probation learned the prison number of one of its cases: both numbers are of one person, and both stay in use."""
    subject = subject_of(event)
    known = {each.kind: each for each in subject.identifiers or ()}
    if not {"crn", "prison-number"} <= known.keys():
        raise NotUnderstood("personReference", "not both a CRN and a prison number")
    merge = Merge(kept=known["crn"], removed=known["prison-number"])
    return Say("identity.merged", event.moment(), IdentitiesMerged(subject=subject, merge=merge))


def booking_moved(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - as above
    """A booking went from one number to another. Whether they are one person or two is not said."""
    raise NotUnderstood("eventType", "does not say whether two numbers are one person or two: see to it by hand")


def _merged(
    event: DomainEvent, kind: IdentifierKind, kept: tuple[str, ...], removed: tuple[str, ...], said: str
) -> Verdict:
    stays, goes = _named(event, kind, kept), _named(event, kind, removed)
    if stays == goes:
        raise NotUnderstood(f"additionalInformation.{removed[0]}", "the same as the number that is kept")
    data = IdentitiesMerged(subject=Person(identifiers=[stays]), merge=Merge(kept=stays, removed=goes))
    return Say(said, event.moment(), data)


def _named(event: DomainEvent, kind: IdentifierKind, names: tuple[str, ...]) -> Identifier:
    return number(kind, event.needed(*names), f"additionalInformation.{names[0]}")
