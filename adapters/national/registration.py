"""Markers on a probation case: two of their many codes are a scheme's, PPO and its successor IOM."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.subject import subject_of
from adapters.national.times import LONDON
from adapters.national.verdict import Context, NotForTheHub, Say, Verdict
from schemas.events.ppo_adoption import Adopted, Deselected
from schemas.record.scheme import Membership, SchemeKind

KINDS: Final[dict[str, SchemeKind]] = {"APPO": "PPO", "IIOM": "IOM"}
OTHER_MARKER: Final = NotForTheHub("another marker than PPO or IOM")


def adopted(event: DomainEvent, context: Context) -> Verdict:
    """A marker was set, or is set still: an update says the same membership again, which changes nothing."""
    kind = _kind(event)
    if kind is None:
        return OTHER_MARKER
    since = event.day("registrationDate") or event.moment().astimezone(LONDON).date()
    membership = Membership(scheme=context.scheme, kind=kind, adopted_on=since)
    return Say("ppo.adopted", event.moment(), Adopted(subject=subject_of(event), memberships=[membership]))


def updated(event: DomainEvent, context: Context) -> Verdict:
    """A marker was changed; what changed is not said, so the date is given only where the message has it."""
    kind = _kind(event)
    if kind is None:
        return OTHER_MARKER
    since = event.day("registrationDate")
    membership = Membership(scheme=context.scheme, kind=kind, adopted_on=UNSET if since is None else since)
    return Say("ppo.adopted", event.moment(), Adopted(subject=subject_of(event), memberships=[membership]))


def deregistered(event: DomainEvent, context: Context) -> Verdict:
    """A marker was taken off."""
    return _ended(event, context, None)


def deleted(event: DomainEvent, context: Context) -> Verdict:
    """A marker was deleted, as one that should not have been set."""
    return _ended(event, context, "The registration was deleted at its source")


def _ended(event: DomainEvent, context: Context, reason: str | None) -> Verdict:
    kind = _kind(event)
    if kind is None:
        return OTHER_MARKER
    membership = Membership(
        scheme=context.scheme,
        kind=kind,
        ended_on=event.day("deregistrationDate") or event.moment().astimezone(LONDON).date(),
        end_reason=UNSET if reason is None else reason,
    )
    return Say("ppo.deselected", event.moment(), Deselected(subject=subject_of(event), memberships=[membership]))


def _kind(event: DomainEvent) -> SchemeKind | None:
    """Return the kind of scheme, or None for another marker; raises ``NotUnderstood`` where no code is given."""
    code = event.code("registerTypeCode")
    if code is None:
        raise NotUnderstood("additionalInformation.registerTypeCode", "missing")
    return KINDS.get(code)
