"""The directory's nouns. Subscriptions are data here, and so are places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache

import msgspec

from hub.access.jwk import PublicJwk
from schemas.catalogue import CATALOGUE
from schemas.labels import AgencyKind, Role


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """A body that takes part."""

    id: str
    name: str
    kind: AgencyKind


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A role at an agency and its places; each has a mailbox of its own. Roles are never united."""

    id: str
    role: Role
    agency: str
    name: str
    schemes: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    establishments: frozenset[str] = frozenset()
    stations: frozenset[str] = frozenset()
    courts: frozenset[str] = frozenset()
    works_with: frozenset[str] = frozenset()
    """Recipients whose cases this one serves too: an enforcement or court team, a programme."""
    national: bool = False
    """Decides named cases wherever they are: the public protection unit, the Parole Board."""
    listens: frozenset[str] = frozenset()
    """The event types subscribed to (patterns are spread out when the directory is read)."""
    adapter: str = ""
    """The adapter that receives for it, by its name in the directory; empty where that is not said."""
    reads: frozenset[str] = frozenset()
    """The leaves that this adapter uses, whole or transformed, each by its path in an event."""


class System(msgspec.Struct, frozen=True, kw_only=True):
    """One computer system of an agency, with its own key."""

    client_id: str
    agency: str
    source: str
    """The CloudEvents ``source`` under which it publishes, and no other."""
    permissions: frozenset[str]
    recipients: frozenset[str] = frozenset()
    keys: tuple[PublicJwk, ...] = ()
    """Public keys as JWK."""
    signs_receipts: bool = False
    """Whether it signs every receipt, so that one without a signature is refused."""


class Signatory(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may propose or approve agreements for an agency, known by keys of their own."""

    id: str
    name: str
    agency: str
    keys: tuple[PublicJwk, ...]


class SchemeContactEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to call at a scheme."""

    name: str
    telephone: str


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """A local scheme: its name, kind and coordinator."""

    id: str
    name: str
    kind: str
    area: str
    contact: SchemeContactEntry


class Directory(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Everybody who takes part, indexed by what routing asks for."""

    agencies: Mapping[str, Agency]
    recipients: Mapping[str, Recipient]
    systems: Mapping[str, System]
    schemes: Mapping[str, Scheme]
    establishments: Mapping[str, str]
    """Establishment code to name."""
    signatories: Mapping[str, Signatory] = {}

    @cached_property
    def by_place(self) -> Mapping[tuple[str, str], tuple[Recipient, ...]]:
        """Recipients by ``(kind of place, place)``: kinds are scheme, area, establishment, station, court, serves."""
        index: dict[tuple[str, str], list[Recipient]] = {}
        for recipient in self.recipients.values():
            places: tuple[tuple[str, Iterable[str]], ...] = (
                ("scheme", recipient.schemes),
                ("area", recipient.areas),
                ("establishment", recipient.establishments),
                ("station", recipient.stations),
                ("court", recipient.courts),
                ("serves", recipient.works_with),
            )
            for kind, names in places:
                for name in names:
                    index.setdefault((kind, name), []).append(recipient)
        return {key: tuple(found) for key, found in index.items()}

    @cached_property
    def ids_by_place(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """The ids of the recipients at each place."""
        return {key: tuple(r.id for r in found) for key, found in self.by_place.items()}

    @cached_property
    def national(self) -> tuple[Recipient, ...]:
        """Recipients that decide named cases wherever they are."""
        return tuple(r for r in self.recipients.values() if r.national)

    @cached_property
    def schemes_of(self) -> Mapping[str, frozenset[str]]:
        """The schemes of each agency: those at which it has a recipient."""
        own: dict[str, set[str]] = {}
        for recipient in self.recipients.values():
            own.setdefault(recipient.agency, set()).update(recipient.schemes)
        return {agency: frozenset(schemes) for agency, schemes in own.items()}

    def at(self, kind: str, place: str) -> tuple[Recipient, ...]:
        """Return the recipients at a place."""
        return self.by_place.get((kind, place), ())

    def ids_at(self, kind: str, place: str) -> tuple[str, ...]:
        """Return the ids of the recipients at a place."""
        return self.ids_by_place.get((kind, place), ())


def spread(patterns: Iterable[str]) -> frozenset[str]:
    """Return the event types that some patterns name (``custody.*``, ``*``); an unknown one names none.

    Equal patterns give the very same set, so that a country's directory holds as many as there are kinds of listener.
    """
    return _spread(tuple(patterns))


@lru_cache(maxsize=1024)
def _spread(patterns: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in CATALOGUE for pattern in patterns if fnmatchcase(name, pattern))
