"""Every national message that this adapter knows: whose fact it is, what it means, what must be looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from adapters.national import breach, custody, dates, identities, licence, movement, recall, registration, released
from adapters.national import restricted as restriction
from adapters.national.look_ups import Subject
from adapters.national.message import DomainEvent, NotUnderstood
from adapters.national.verdict import Aside, Context, Feed, Verdict


class LookedUp(msgspec.Struct, frozen=True):
    """What a message needs besides itself, and the key that it is found by."""

    what: Subject
    key: Callable[[DomainEvent], str]


class Row(msgspec.Struct, frozen=True):
    """One kind of message; ``pattern`` is its event type, or a pattern of it."""

    pattern: str
    feed: Feed
    meaning: Callable[[DomainEvent, Context], Verdict]
    looked_up: LookedUp | None = None


def _hearing(event: DomainEvent, context: Context) -> Verdict:  # noqa: ARG001 - one signature for all
    """A court's result: its codes are not in the message in a form that says remand, sentence or committal."""
    raise NotUnderstood("hearing", "no result that can be read without the court's own codes")


_DATES: Final = LookedUp("release-dates", dates.key_of)
_NOTICE: Final = LookedUp("breach-notices", breach.key_of)
_MOVEMENT: Final = LookedUp("movements", movement.key_of)
_RECALL: Final = "prison-recall.recommendation"

TABLE: Final = (
    Row("prison-offender-events.prisoner.received", "prison", custody.received),
    Row("prisoner-offender-search.prisoner.received", "prison", custody.received),
    Row("prison-offender-events.prisoner.released", "prison", released.released),
    Row("prisoner-offender-search.prisoner.released", "prison", released.released),
    Row("EXTERNAL_MOVEMENT_RECORD-INSERTED", "prison", movement.moved, _MOVEMENT),
    Row("calculate-release-dates.prisoner.changed", "prison", dates.dates_changed, _DATES),
    Row("prison-offender-events.prisoner.sentence-dates-changed", "prison", dates.dates_changed, _DATES),
    Row("SENTENCE_DATES-CHANGED", "prison", dates.dates_changed, _DATES),
    Row("release-date-adjustments.adjustment.*", "prison", dates.dates_changed, _DATES),
    Row("prison-offender-events.prisoner.merged", "prison", identities.prisoners_merged),
    Row("prison-offender-events.prisoner.booking.moved", "prison", identities.booking_moved),
    Row("probation-case.registration.added", "probation", registration.adopted),
    Row("probation-case.registration.updated", "probation", registration.updated),
    Row("probation-case.registration.deregistered", "probation", registration.deregistered),
    Row("probation-case.registration.deleted", "probation", registration.deleted),
    Row("create-and-vary-a-licence.licence.activated", "probation", licence.activated),
    Row("create-and-vary-a-licence.licence.inactivated", "probation", licence.inactivated),
    Row(f"{_RECALL}.consideration", "probation", recall.considered),
    Row(f"{_RECALL}.management-oversight", "probation", recall.overseen),
    Row(f"{_RECALL}.managementOversight", "probation", recall.overseen),
    Row(f"{_RECALL}.deleted", "probation", recall.deleted),
    Row("probation-case.breach-notice.created", "probation", breach.created, _NOTICE),
    Row("probation-case.breach-notice.deleted", "probation", breach.deleted, _NOTICE),
    Row("probation-case.merge.completed", "probation", identities.cases_merged),
    Row("probation-case.unmerge.completed", "probation", identities.cases_unmerged),
    Row("probation-case.prison-identifier.added", "probation", identities.numbers_joined),
    Row("probation-case.exclusion.updated", "probation", restriction.restricted),
    Row("probation-case.restriction.updated", "probation", restriction.restricted),
    Row("probation-case.deleted.gdpr", "probation", restriction.restricted),
    Row("public.events.hearing.hearing-resulted", "probation", _hearing),
)
_BY_NAME: Final[Mapping[str, Row]] = {row.pattern.casefold(): row for row in TABLE}


def row_of(event: DomainEvent) -> Row:
    """Return the row of a message; raises ``NotUnderstood`` for a type that is not in the table."""
    kind = event.type.casefold()
    if kind in _BY_NAME:
        return _BY_NAME[kind]
    for row in TABLE:
        if fnmatchcase(kind, row.pattern.casefold()):
            return row
    raise NotUnderstood("eventType", "not one that this adapter knows")


def meaning_of(event: DomainEvent, context: Context) -> Verdict:
    """Return what a message means; what it does not say plainly enough is aside. Pure."""
    try:
        return row_of(event).meaning(event, context)
    except NotUnderstood as error:
        return Aside(error.field, error.rule)
