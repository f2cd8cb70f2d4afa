"""Two records that are one person, and one that is two (see docs/adr/0004-unmerge.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from hub.register import memberships
from hub.register.particulars import DETAILS, joined, name_order, overlaid
from hub.register.state import CustodyState, PersonState, ReleaseState
from schemas.record.person import Identifier

T = TypeVar("T")

FACTS_OF = {
    "licence": ("licence", "licence_prepared"),
    "recall": ("recall",),
    "at-large": ("at_large_area",),
    "conditions": ("condition_roles", "licence_ends"),
    "risk": ("risk", "was_high"),
    "mappa": ("mappa",),
    "consent": ("consent",),
    "safety": ("immediate_safety",),
    "child": ("child",),
    "youth": ("yot", "yot_agreed", "handover"),
}
"""The facts of each group: the later written group is taken whole."""
RELEASE_FACTS_OF = {
    "release.date": ("date", "noticed"),
    "release.area": ("area", "last_area"),
    "release.gate": ("met_by",),
}
EXPECTATION = ("awaited", "expected_at")


def merge(kept: PersonState, removed: PersonState) -> PersonState:
    """Return the one person: everything that either record knew, of each group of facts the later."""
    facts = {f: getattr(_later(kept, removed, g), f) for g, fields in FACTS_OF.items() for f in fields}
    details, marks = _details(kept, removed)
    both = msgspec.structs.replace(
        kept,
        **facts,
        restricted=_restricted(kept, removed),
        sequence=max(kept.sequence, removed.sequence),
        details=details,
        details_marks=marks,
        identifiers=joined(kept.identifiers, removed.identifiers),
        names=tuple(sorted({*kept.names, *removed.names}, key=name_order)),
        memberships=_each(kept, removed, lambda s: s.memberships, lambda m: f"membership:{m.scheme}"),
        cases=_each(kept, removed, lambda s: s.cases, lambda c: f"case:{c.reference}"),
        relations=_each(kept, removed, lambda s: s.relations, lambda r: f"relation:{r.holder}:{r.kind}"),
        confirmations=_each(kept, removed, lambda s: s.confirmations, lambda c: f"marker:{c.holder}"),
        custody=_custody(kept, removed),
        release=_release(kept, removed),
        order_courts=kept.order_courts | removed.order_courts,
        marker_holders=kept.marker_holders | removed.marker_holders,
        postcodes=kept.postcodes | removed.postcodes,
        ruled_out=kept.ruled_out | removed.ruled_out,
        told=kept.told | removed.told,
        alerted=kept.alerted | removed.alerted,
        waiting=kept.waiting | removed.waiting,
        stamps=_stamps(kept, removed),
    )
    return memberships.one_leads(both)


def unmerge(state: PersonState, given_back: Iterable[Identifier], new_id: str) -> tuple[PersonState, PersonState]:
    """Return the kept person without the references given back, and the new person who has them and nothing else.

    Whose record it was that is restricted is not known then, so the new one is not known to be free.
    """
    back = set(given_back)
    kept = tuple(i for i in state.identifiers if i not in back)
    restricted = "no" if state.restricted == "no" else "unknown"
    new = PersonState(id=new_id, identifiers=joined((), tuple(back)), restricted=restricted)
    return msgspec.structs.replace(state, identifiers=kept), new


def _restricted(kept: PersonState, removed: PersonState) -> str:
    """Return whether the one record is restricted: not known, where one is and the other was said not to be."""
    words = {kept.restricted, removed.restricted}
    if len(words) == 1:
        return kept.restricted
    said_free = any(s.restricted == "no" and "restricted" in s.stamps for s in (kept, removed))
    return "yes" if "yes" in words and not said_free else "unknown"


def _later(kept: PersonState, removed: PersonState, group: str) -> PersonState:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return removed if removed.stamps.get(group, never) > kept.stamps.get(group, never) else kept


def _each(
    kept: PersonState, removed: PersonState, of: Callable[[PersonState], tuple[T, ...]], group: Callable[[T], str]
) -> tuple[T, ...]:
    """Return the members of both, of each the later written, in the order of their groups."""
    found: dict[str, dict[str, T]] = {}
    for state in (kept, removed):
        for member in of(state):
            found.setdefault(group(member), {})[state.id] = member
    chosen = {g: by.get(_later(kept, removed, g).id) or next(iter(by.values())) for g, by in found.items()}
    return tuple(chosen[g] for g in sorted(chosen))


def _custody(kept: PersonState, removed: PersonState) -> CustodyState:
    hold, wait = _later(kept, removed, "custody").custody, _later(kept, removed, "expected").custody
    held = hold.standing if hold.standing != "expected" else "out" if hold.left_because else "unknown"
    standing = "expected" if wait.awaited and held != "held" else held
    since = wait.since if standing == "expected" else hold.since
    return msgspec.structs.replace(hold, standing=standing, since=since, **{f: getattr(wait, f) for f in EXPECTATION})


def _release(kept: PersonState, removed: PersonState) -> ReleaseState:
    facts: dict[str, Any] = {
        f: getattr(_later(kept, removed, g).release, f) for g, fields in RELEASE_FACTS_OF.items() for f in fields
    }
    return ReleaseState(**facts)


def _details(kept: PersonState, removed: PersonState) -> tuple[Any, dict[str, Any]]:
    if removed.details is None:
        return kept.details, kept.details_marks
    marks = {f: m for f, m in removed.details_marks.items() if f in DETAILS}
    return overlaid(kept, removed.details, marks)


def _stamps(kept: PersonState, removed: PersonState) -> dict[str, dt.datetime]:
    groups = sorted({*kept.stamps, *removed.stamps})
    stamps = {g: max(s.stamps[g] for s in (kept, removed) if g in s.stamps) for g in groups}
    first = [s.stamps["known"] for s in (kept, removed) if "known" in s.stamps]
    return stamps | ({"known": min(first)} if first else {})
