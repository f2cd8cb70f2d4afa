"""Partners are told of their own referral: what it says, and that it is suspended or resumed.

Neutrally, alike for every cause, and alike for people on a scheme and on none.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import UNSET

from hub.consequences.model import Consequence, Turn
from hub.register.enrich import as_referral
from hub.register.state import RelationState
from schemas.events.partner_work import ReferralUpdated
from schemas.record.need import Referral
from schemas.record.person import Person


def referrals_updated(turn: Turn) -> tuple[Consequence, ...]:
    """Tell each holder of what changed under its hands, in its own words and nothing of the cause."""
    return (*_declared(turn), *_paused(turn))


def _declared(turn: Turn) -> list[Consequence]:
    """Give each holder the referral that was made to it or changed: never where it came from.

    Nobody is given back its own word. Whether it comes back would tell whether its details were taken as they stand
    or raised a question, and a question is raised of people on a scheme alone.
    """
    if turn.kind != "referral.changed" or turn.event.data.referrals is UNSET:
        return []
    found = {(r.holder, r.kind): r for r in turn.after.open_relations}
    by = {system.agency for system in turn.directory.systems.values() if system.source == turn.event.source}
    made = []
    for said in turn.event.data.referrals:
        relation = found.get((said.holder, said.kind))
        wrote = turn.wrote(f"relation:{said.holder}:{said.kind}")
        holder = turn.directory.recipients.get(said.holder)
        if relation is not None and wrote and holder is not None and holder.agency not in by:
            referral = msgspec.structs.replace(said, source=UNSET, reference=as_referral(relation).reference)
            made.append(_to_holder([relation], [referral]))
    return made


def _paused(turn: Turn) -> list[Consequence]:
    if not turn.wrote("pause"):
        return []
    before = {(r.holder, r.kind): r.state for r in turn.before.relations}
    changed = [r for r in turn.after.open_relations if before.get((r.holder, r.kind)) != r.state]
    holders = sorted({r.holder for r in changed} & turn.directory.recipients.keys())
    by_holder = [[r for r in changed if r.holder == holder] for holder in holders]
    return [_to_holder(relations, [as_referral(r) for r in relations]) for relations in by_holder]


def as_told(relations: Iterable[RelationState]) -> Person:
    """Return the person as the holder of some relations itself told it."""
    names = [r.name for r in relations]
    return Person(
        surname=next((n.surname for n in names if n.surname), UNSET),
        forename=next((n.forename for n in names if n.forename), UNSET),
        date_of_birth=next((n.date_of_birth for n in names if n.date_of_birth), UNSET),
    )


def _to_holder(relations: list[RelationState], referrals: list[Referral]) -> Consequence:
    data = ReferralUpdated(subject=as_told(relations), referrals=referrals)
    return Consequence(kind="referral.updated", data=data, addressed=frozenset({relations[0].holder}))
