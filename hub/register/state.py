"""The register's record of one person: who, which schemes and cases, where, and who was told.

For somebody on no scheme only ``custody`` and declared ``relations`` are kept (see ``minimal``);
identifiers then live on as keyed hashes in the store, and nothing else does.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from schemas.labels import Role
from schemas.record.case import Case
from schemas.record.person import Identifier, Person
from schemas.record.scheme import MarkerConfirmation, Membership


class KnownName(msgspec.Struct, frozen=True):
    """A name and date of birth by which the person is known; parts may be missing."""

    surname: str = ""
    forename: str = ""
    date_of_birth: dt.date | None = None


class CustodyState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether and where the person is held or expected."""

    standing: str = "unknown"
    """``held``, ``expected``, ``out`` or ``unknown``."""
    establishment: str | None = None
    station: str | None = None
    expected_at: str | None = None
    """The establishment that awaits the person, while another (or nobody) holds them."""
    since: dt.datetime | None = None
    left_because: str | None = None
    awaited: bool = False
    """Expected somewhere, whether or not the place is known."""
    at_court: bool = False
    """Out to a court and awaited back by the establishment."""


class ReleaseState(msgspec.Struct, frozen=True, kw_only=True):
    """The next release: date, area, address."""

    date: dt.date | None = None
    area: str | None = None
    last_area: str | None = None
    """The last known area, for when the present one is unknown."""
    met_by: str | None = None
    noticed: dt.date | None = None
    """The date of which notice was given, or is given by the event that was applied last."""


class RelationState(msgspec.Struct, frozen=True, kw_only=True):
    """Work that a recipient declared to have with the person, in the holder's own words."""

    holder: str
    kind: str
    state: str
    reference: str | None = None
    name: KnownName = KnownName()
    since: dt.datetime


class PersonState(msgspec.Struct, frozen=True, kw_only=True):
    """All that the register keeps of one person."""

    id: str
    sequence: int = 0
    details: Person | None = None
    """The best known details; None for somebody on no scheme."""
    details_marks: dict[str, tuple[int, dt.datetime]] = {}
    """For each detail, how strong its source is and when it was told: a weaker or older one never overwrites it."""
    identifiers: tuple[Identifier, ...] = ()
    names: tuple[KnownName, ...] = ()
    """Every name and date of birth known, aliases included, for matching."""
    postcodes: frozenset[str] = frozenset()
    """Postcodes of the person's own addresses, for matching."""
    memberships: tuple[Membership, ...] = ()
    cases: tuple[Case, ...] = ()
    custody: CustodyState = CustodyState()
    release: ReleaseState = ReleaseState()
    licence: str = "none"
    """``on-licence``, ``recalled`` or ``none``. Post-sentence supervision is not a licence."""
    licence_ends: dt.date | None = None
    licence_prepared: bool = False
    """Conditions were set for a licence that the coming release will begin."""
    recall: str | None = None
    """The stage of the recall under way."""
    at_large_area: str | None = None
    condition_roles: frozenset[Role] = frozenset()
    risk: str = "unknown"
    was_high: bool = False
    mappa: str = "unknown"
    """The level of public protection management: ``1``, ``2``, ``3``, ``none``, or ``unknown`` while nobody said."""
    immediate_safety: tuple[str, ...] = ()
    """Markers for the next hours, as last told, until the person is released; nothing else of health is kept."""
    consent: str = "none"
    child: str = "unknown"
    yot: str = "none"
    yot_agreed: bool = False
    handover: str = "none"
    restricted: str = "no"
    relations: tuple[RelationState, ...] = ()
    order_courts: frozenset[str] = frozenset()
    confirmations: tuple[MarkerConfirmation, ...] = ()
    marker_holders: frozenset[str] = frozenset()
    """Recipients that were given the marker and have not confirmed its removal."""
    ruled_out: frozenset[tuple[str, bytes]] = frozenset()
    """Sealed numbers that a coordinator said are another person's."""
    told: frozenset[str] = frozenset()
    """Recipients that are being told about this person: each gets one notice when it stops."""
    waiting: frozenset[str] = frozenset()
    """Recipients for whom an earlier copy about this person waits: later ones wait behind it."""
    alerted: frozenset[str] = frozenset()
    """Each scheme with each place in whose hands the person is: for a new pair an alert is owed."""
    stamps: dict[str, dt.datetime] = {}
    """For each group of facts, when the event that wrote it happened: a late event does not move it back."""

    @property
    def active(self) -> tuple[Membership, ...]:
        """The memberships that have not ended."""
        return tuple([m for m in self.memberships if m.ended_on is msgspec.UNSET])

    @property
    def on_scheme(self) -> bool:
        """Whether the person is on a scheme."""
        return bool(self.active)

    @property
    def lead(self) -> Membership | None:
        """The membership that leads, or the only one."""
        active = self.active
        return next((m for m in active if m.lead), active[0] if active else None)

    @property
    def known(self) -> bool:
        """Whether details may be kept: on a scheme, or formerly on one, until the store's day of erasure."""
        return bool(self.memberships)

    @property
    def open_relations(self) -> tuple[RelationState, ...]:
        """The declared relations in force; a suspended one is, for its holder is to hear that it is resumed."""
        return tuple([r for r in self.relations if r.state not in ENDED])


ENDED = frozenset({"closed", "refused"})
"""The states in which a declared relation is no longer in force."""

KEPT_FOR_ALL = frozenset({"custody", "expected", "pause", "known", "restricted"})
KEPT_WITH_A_RELATION = {
    "risk": ("risk", "was_high"),
    "consent": ("consent",),
    "child": ("child",),
    "mappa": ("mappa",),
    "youth": ("yot", "yot_agreed", "handover"),
}


def minimal(state: PersonState) -> PersonState:
    """Return what may be kept of somebody on no scheme: where and when held, and declared relations.

    While a relation is in force, the words said since it opened are kept on which an agreement can
    make a partner's copies depend (risk level, consent, child, youth, public protection), and no text or name: without
    them a partner would be told less of somebody on no scheme than of somebody on one, and with
    older ones more of somebody on one; the difference would tell the status.
    That consent was withdrawn is kept of everybody whenever it was said, as a restriction is: it
    was withdrawn from whoever works with the person later, too.
    """
    since = min((relation.since for relation in state.open_relations), default=None)
    said = {g for g in KEPT_WITH_A_RELATION if since is not None and g in state.stamps and state.stamps[g] >= since}
    said |= {"consent"} if state.consent == "withdrawn" else set()
    groups = KEPT_FOR_ALL | said
    kept = PersonState(
        id=state.id,
        sequence=state.sequence,
        custody=state.custody,
        relations=state.relations,
        order_courts=state.order_courts,
        told=state.told,
        waiting=state.waiting,
        restricted=state.restricted,
        stamps={k: v for k, v in state.stamps.items() if k in groups or k.startswith("relation:")},
    )
    words = {field: getattr(state, field) for group in said for field in KEPT_WITH_A_RELATION[group]}
    return msgspec.structs.replace(kept, **words)
