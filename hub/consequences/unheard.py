"""Who should hear and has no subscriber: a silent holder looks perfect, so the coordinator is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import UNSET

from hub.consequences.model import Consequence
from hub.directory.model import Directory, Recipient
from hub.register.cases import active_cases
from hub.register.enrich import subject_of
from hub.register.licences import UNDER_WAY
from hub.register.state import PersonState
from hub.routing.concern import AREA_ROLES, area_of
from schemas.events.occurrence import Gap
from schemas.events.partner_work import NobodyListens
from schemas.labels import Role
from schemas.record.person import Person

IN_PRISON = frozenset({
    Role.PRISON_RECEPTION, Role.PRISON_OFFENDER_MANAGEMENT, Role.PRISON_HEALTHCARE, Role.PRISON_SECURITY,
    Role.PRISON_RESETTLEMENT,
})  # fmt: skip
AT_STATION = frozenset({Role.CUSTODY_OFFICER, Role.ARREST_REFERRAL, Role.LIAISON_AND_DIVERSION})
SUPERVISING = frozenset({Role.NATIONAL_OFFENDER_MANAGER, Role.RESPONSIBLE_OFFICER, Role.YOT_CASE_MANAGER})
TIER = {"national": Role.NATIONAL_OFFENDER_MANAGER, "provider": Role.RESPONSIBLE_OFFICER}
"""As what a case's holder acts, where the holder is not registered."""
DECIDES = frozenset({Role.PUBLIC_PROTECTION_UNIT, Role.PAROLE_BOARD})
NATIONAL = "national"
"""The place of those who decide named cases wherever they are."""
Place = tuple[str, str]


def unheard(
    kind: str,
    state: PersonState,
    routes: Mapping[str, int],
    requires: Iterable[tuple[str, Role]],
    directory: Directory,
) -> tuple[Consequence, ...]:
    """Return one notice to the lead scheme's coordinators for each required role that nobody listens as.

    ``routes`` are the event's; ``requires`` are pairs of event type and role. For somebody on no
    scheme there is nobody to tell, and so nothing.
    """
    lead = state.lead
    if lead is None:
        return ()
    at_scheme = directory.at("scheme", lead.scheme)
    coordinators = frozenset(r.id for r in at_scheme if r.role is Role.COORDINATOR)
    if not coordinators:
        return ()
    roles = sorted({role for required, role in requires if required == kind})
    asked = [_Asked(kind, role, state, routes, directory) for role in roles]
    gaps = [Gap(event_type=kind, role=one.role, place=place) for one in asked for place in _silent(one)]
    subject = subject_of(state, Person())
    return tuple(
        Consequence(
            kind="delivery.nobody-listens", data=NobodyListens(subject=subject, gap=gap), addressed=coordinators
        )
        for gap in gaps
    )


class _Asked(msgspec.Struct, frozen=True):
    """One required role, and what is needed to tell whether it hears."""

    kind: str
    role: Role
    state: PersonState
    routes: Mapping[str, int]
    directory: Directory

    def hears(self, *places: Place) -> bool:
        """Tell whether somebody routed at one of the places listens as the role."""
        return self.listens(r for place in places for r in self.directory.at(*place) if r.id in self.routes)

    def listens(self, there: Iterable[Recipient]) -> bool:
        """Tell whether one of some recipients listens as the role."""
        return any(r.role is self.role and self.kind in r.listens for r in there)


def _silent(asked: _Asked) -> Iterator[str]:
    """Yield each place where the role is concerned and nobody hears as that role."""
    if asked.role in SUPERVISING:
        yield from _silent_holders(asked)
    if asked.role in DECIDES and asked.state.recall in UNDER_WAY and not asked.listens(asked.directory.national):
        yield NATIONAL
    if asked.role is Role.COURT_ADMINISTRATOR and asked.kind.startswith(("breach.", "order.")):
        courts = sorted(asked.state.order_courts)
        yield from (court for court in courts if not asked.listens(asked.directory.at("court", court)))
    for alternatives in _places(asked.role, asked.state):
        if not asked.hears(*alternatives):
            yield alternatives[0][1]


def _places(role: Role, state: PersonState) -> Iterator[tuple[Place, ...]]:
    """Yield where a role is concerned with the person now; one that may sit in either of two places, with both."""
    custody, area = state.custody, area_of(state)
    if role in IN_PRISON:
        places = {custody.establishment if custody.standing == "held" else None, custody.expected_at}
        yield from ((("establishment", place),) for place in sorted(p for p in places if p))
    if role in AT_STATION and custody.standing == "held" and custody.station:
        yield (("station", custody.station),)
    schemes = [("scheme", m.scheme) for m in state.active]
    if role in AREA_ROLES - AT_STATION and area:
        yield (("area", area), *schemes)
    if role is Role.COORDINATOR:
        yield from ((scheme,) for scheme in schemes)


def _silent_holders(asked: _Asked) -> Iterator[str]:
    """Yield the holders of cases that are not registered, or that do not listen."""
    for case in active_cases(asked.state):
        if case.supervised_by is UNSET:
            continue
        holder = asked.directory.recipients.get(case.supervised_by)
        if holder is None:
            missing = TIER.get(str(case.tier), asked.role) is asked.role
        else:
            missing = holder.role is asked.role and asked.kind not in holder.listens
        if missing:
            yield case.supervised_by
