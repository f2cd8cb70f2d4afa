"""What a system may do at the broker, as scopes that the broker checks by itself.

A scope names a permission, the virtual host, an exchange or queue, and for publishing a routing key, with ``*`` for
any text: ``rabbitmq.write:area/intake.prison/custody.*``. There is none to configure anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

import msgspec

from schemas.broker import AUDIENCE, RECEIPT, intake_exchange
from schemas.catalogue import CATALOGUE
from schemas.labels import AgencyKind
from schemas.scopes import Permission

ANY = "*"


class AtBroker(msgspec.Struct, frozen=True, kw_only=True):
    """A system as the broker knows it."""

    virtual_host: str
    agency: str
    kind: AgencyKind
    doors: tuple[str, ...]
    """The random names of the queues of its recipients that have a broker door."""


def broker_scopes(system: AtBroker, permissions: Iterable[str]) -> tuple[str, ...]:
    """Return what a system with some permissions may do; none for one that may neither publish nor receive."""
    permitted = frozenset(permissions)
    at = _quoted(system.virtual_host)
    exchange = f"{AUDIENCE}.write:{at}/{_quoted(intake_exchange(system.agency))}"
    scopes: list[str] = []
    if Permission.PUBLISH in permitted:
        scopes += [f"{exchange}/{pattern}" for pattern in asserted(system.kind)]
    if Permission.RECEIVE in permitted:
        scopes.append(f"{exchange}/{RECEIPT}")
        # One pattern for both lanes: nobody else's queue begins with 96 random bits, and a token has to be short.
        scopes += [f"{AUDIENCE}.read:{at}/{door}.{ANY}" for door in system.doors]
    return tuple(scopes)


@lru_cache
def asserted(kind: AgencyKind) -> tuple[str, ...]:
    """Return patterns that name exactly the event types of the catalogue that are such an agency's to say."""
    families: dict[str, list[str]] = {}
    for name in CATALOGUE:
        families.setdefault(name.partition(".")[0], []).append(name)
    own = {name for name, row in CATALOGUE.items() if kind in row.asserted_by}
    return tuple(pattern for family, names in families.items() for pattern in _patterns(family, names, own))


def _patterns(family: str, names: list[str], own: set[str]) -> Iterator[str]:
    said = [name for name in names if name in own]
    if len(said) > 1 and len(said) == len(names):
        yield f"{family}.{ANY}"
    else:
        yield from said


def _quoted(name: str) -> str:
    """Return a name as it stands in a scope, where a blank, a slash and an asterisk have meanings of their own."""
    return quote(name, safe="")
