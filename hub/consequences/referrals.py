"""Partners are told that their work is suspended or resumed: neutrally, and alike for every cause."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from hub.consequences.model import Consequence, Turn
from hub.register.enrich import as_referral
from hub.register.state import RelationState
from schemas.events.partner_work import ReferralUpdated
from schemas.record.person import Person


def referrals_updated(turn: Turn) -> tuple[Consequence, ...]:
    """Tell each holder of what changed under its hands, in its own words and nothing of the cause."""
    if not turn.wrote("pause"):
        return ()
    before = {(r.holder, r.kind): r.state for r in turn.before.relations}
    changed = [r for r in turn.after.open_relations if before.get((r.holder, r.kind)) != r.state]
    holders = sorted({r.holder for r in changed} & turn.directory.recipients.keys())
    return tuple(_updated(holder, [r for r in changed if r.holder == holder]) for holder in holders)


def as_told(relations: Iterable[RelationState]) -> Person:
    """Return the person as the holder of some relations itself told it."""
    names = [r.name for r in relations]
    return Person(
        surname=next((n.surname for n in names if n.surname), UNSET),
        forename=next((n.forename for n in names if n.forename), UNSET),
        date_of_birth=next((n.date_of_birth for n in names if n.date_of_birth), UNSET),
    )


def _updated(holder: str, relations: list[RelationState]) -> Consequence:
    data = ReferralUpdated(subject=as_told(relations), referrals=[as_referral(r) for r in relations])
    return Consequence(kind="referral.updated", data=data, addressed=frozenset({holder}))
