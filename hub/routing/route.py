"""Whom one event concerns: those concerned after it, those whose concern it ends, and those whom it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UNSET

from hub.directory.model import Directory
from hub.policy.facts import mask_of
from hub.register.state import PersonState
from hub.routing.concern import BIT, Routes, add, concerned, holding
from schemas.events.occurrence import Occurrence
from schemas.labels import Role
from schemas.record.case import Licence

ENDS_CONCERN = frozenset({
    "ppo.deselected", "ppo.membership-moved", "ppo.handed-over", "custody.discharged", "custody.died",
    "custody.deported", "release.released", "release.supervision-ended", "recall.at-large", "recall.rescinded",
    "recall.decided", "referral.changed",
})  # fmt: skip
"""Events that those hear whose concern they end. Not those that tell where somebody went instead: who
stops being concerned by a new address, prison or officer gets the neutral notice alone."""

ONLY: Mapping[str, int] = {
    "ppo.alert": mask_of("relation", ["holds", "awaits", "lead"]),
    "release.notice": mask_of("relation", ["area", "case", "lead"]),
}
"""What the hub itself tells is for these relations alone."""
ADDRESSED, MARKER_HOLDER = mask_of("relation", ["addressed"]), mask_of("relation", ["marker-holder"])
WORKS_WITH = mask_of("relation", ["referral", "stay", "treatment"])


def route(kind: str, data: Occurrence, before: PersonState, after: PersonState, directory: Directory) -> Routes:
    """Return the recipients that an event concerns, with their relations, whether or not they listen."""
    routes = concerned(after, directory)
    if kind in ENDS_CONCERN:
        for recipient, mask in concerned(before, directory).items():
            routes[recipient] = routes.get(recipient, 0) | mask
    _named(data, directory, routes)
    _healthcare(data, after, directory, routes)
    only = ONLY.get(kind)
    if only is not None:
        routes = {r: mask & only for r, mask in routes.items() if mask & only}
    _conditions(data.licence, directory, routes)
    return routes


def route_addressed(
    addressed: Iterable[str],
    kind: str,
    data: Occurrence,
    before: PersonState,
    after: PersonState,
    directory: Directory,
) -> Routes:
    """Return the routes of something that the hub addresses: each recipient's relations, and that it is addressed."""
    routes = route(kind, data, before, after, directory)
    holders = before.marker_holders | after.marker_holders
    return {
        r: routes.get(r, 0) | ADDRESSED | (MARKER_HOLDER if r in holders else 0)
        for r in sorted(addressed)
        if r in directory.recipients
    }


def listening(routes: Routes, kind: str, directory: Directory) -> Routes:
    """Return the routes of those who subscribe to the event type."""
    recipients = directory.recipients
    return {r: mask for r, mask in routes.items() if r in recipients and kind in recipients[r].listens}


def _named(data: Occurrence, directory: Directory, routes: Routes) -> None:
    """Add whom the event itself names: the court of the order, and the holder of the case."""
    if data.order_progress is not UNSET:
        add(routes, _court(data.order_progress.court, directory), "own-order")
    if data.breach is not UNSET and data.breach.pack is not UNSET:
        add(routes, _court(data.breach.pack.court, directory), "own-order")
    for case in () if data.cases is UNSET else data.cases:
        if case.supervised_by is not UNSET and case.supervised_by in directory.recipients:
            add(routes, holding(case.supervised_by, directory), "case")


def _healthcare(data: Occurrence, state: PersonState, directory: Directory, routes: Routes) -> None:
    """Add the healthcare of the prison that holds or awaits the person, for health facts, alike for everybody."""
    custody = state.custody
    if data.health is UNSET:
        return
    for place in (custody.establishment if custody.standing == "held" else None, custody.expected_at):
        at = directory.at("establishment", place) if place else ()
        add(routes, (r.id for r in at if r.role is Role.PRISON_HEALTHCARE), "treatment")


def _court(court: str, directory: Directory) -> list[str]:
    return [r.id for r in directory.at("court", court)]


def _conditions(licence: Licence | object, directory: Directory, routes: Routes) -> None:
    """Add, for partners who work with the person, that a condition of this event's licence names their role.

    By the event alone: were it remembered for people on a scheme only, a copy could tell the status.
    """
    if not isinstance(licence, Licence) or licence.conditions is UNSET:
        return
    named = {role for c in licence.conditions if c.names_roles is not UNSET for role in c.names_roles}
    for recipient, mask in routes.items():
        if mask & WORKS_WITH and recipient in directory.recipients and directory.recipients[recipient].role in named:
            routes[recipient] = mask | BIT["condition"]
