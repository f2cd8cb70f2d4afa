"""Who is concerned with a person now, and how, by what the register knows and by declaration.

Relations of place, case and scheme need a membership: for somebody on no scheme only declared
relations count. Every question to the directory is one look-up, so that the cost does not grow
with the number of recipients.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from hub.directory.model import Directory
from hub.policy.facts import CONCERN, mask_of
from hub.register.cases import active_cases
from hub.register.licences import UNDER_WAY
from hub.register.state import PersonState
from schemas.labels import Role

Routes = dict[str, int]
"""Recipient id to the mask of its relations, as the fact ``relation`` has them."""

BIT = {word: mask_of("relation", [word]) for word in CONCERN}
DECLARED = ("referral", "tenancy", "stay", "treatment", "report", "own-order")
"""The relations that a partner declares, one for each kind of referral."""
ALIKE = mask_of("relation", [*DECLARED, "condition"])
"""Relations that run alike for people on a scheme and on none."""
AREA_ROLES = frozenset(
    {Role.CUSTODY_OFFICER, Role.POLICE_OFFENDER_MANAGER, Role.NEIGHBOURHOOD_POLICING, Role.INTELLIGENCE}
)
"""The police team of an area."""


def concerned(state: PersonState, directory: Directory) -> Routes:
    """Return everybody who is concerned now, with their relations."""
    routes: Routes = {}
    declared(state, routes)
    if state.on_scheme:
        _by_place(state, directory, routes)
        _by_scheme(state, directory, routes)
        _by_case(state, directory, routes)
        _by_release(state, directory, routes)
    return {r: mask for r, mask in routes.items() if r in directory.recipients}


def declared(state: PersonState, routes: Routes) -> None:
    """Add the holders of declared relations in force."""
    for relation in state.open_relations:
        add(routes, [relation.holder], relation.kind)


def add(routes: Routes, recipients: Iterable[str], relation: str) -> None:
    """Add a relation of some recipients."""
    bit = BIT[relation]
    for recipient in recipients:
        routes[recipient] = routes.get(recipient, 0) | bit


def holding(supervisor: str, directory: Directory) -> list[str]:
    """Return who holds a case, with the teams that serve them."""
    return [supervisor, *directory.ids_at("serves", supervisor)]


def area_of(state: PersonState) -> str | None:
    """Return the area whose police are concerned.

    Where one at large is thought to be; else of the address; else the last known.
    """
    return state.at_large_area or state.release.area or state.release.last_area


def _by_place(state: PersonState, directory: Directory, routes: Routes) -> None:
    custody = state.custody
    if custody.standing == "held":
        for kind, place in (("establishment", custody.establishment), ("station", custody.station)):
            if place is not None:
                add(routes, directory.ids_at(kind, place), "holds")
    if custody.expected_at is not None:
        add(routes, directory.ids_at("establishment", custody.expected_at), "awaits")


def _by_scheme(state: PersonState, directory: Directory, routes: Routes) -> None:
    lead = state.lead
    for membership in state.active:
        add(routes, directory.ids_at("scheme", membership.scheme), "lead" if membership is lead else "further")
        if membership.partners is not UNSET:
            add(routes, membership.partners, "partner")


def _by_case(state: PersonState, directory: Directory, routes: Routes) -> None:
    for case in active_cases(state):
        if case.supervised_by is not UNSET:
            add(routes, holding(case.supervised_by, directory), "case")
    if state.recall in UNDER_WAY:
        add(routes, (r.id for r in directory.national), "decides")


def _by_release(state: PersonState, directory: Directory, routes: Routes) -> None:
    area = area_of(state)
    if area is not None:
        add(routes, [r.id for r in directory.at("area", area) if r.role in AREA_ROLES], "area")
    if state.release.met_by is not None:
        add(routes, [state.release.met_by], "gate")
