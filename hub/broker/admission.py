"""Whose a message of the intake is. The broker has checked ``user_id`` where there is one; the hub believes only that.

The routing key is never believed, and the exchange only tells whom to ask when there is no ``user_id``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from hub.access.principal import Principal
from hub.directory.model import Directory, System
from hub.errors import NotPermitted, Problem, Refused, SmuggledRoutes, TooLarge, Unproven, WrongMediaType
from schemas.broker import RECEIPT, intake_exchange
from schemas.envelope import SINGLE

LARGEST = 1024 * 1024
"""How many bytes an event may have, by whichever door it comes."""
ALWAYS = dt.datetime.max.replace(tzinfo=dt.UTC)
JSON = "application/json"
ROUTES = frozenset({"cc", "bcc"})


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the broker gave it."""

    exchange: str
    routing_key: str
    user: str | None
    content_type: str
    headers: Mapping[str, object]
    body: bytes


def admit(arrived: Arrived, directory: Directory) -> Principal:
    """Return whose message it is.

    Raises:
        Unproven: no ``user_id``, one of no system, or another agency's exchange.
        SmuggledRoutes, TooLarge, WrongMediaType: as they say.
        NotPermitted: the system may not do this.
    """
    system = directory.systems.get(arrived.user or "")
    if system is None:
        raise Unproven(Problem("user_id", "is not that of a system in the directory"))
    if arrived.exchange != intake_exchange(system.agency):
        raise Unproven(Problem("exchange", "is not your own agency's"))
    if any(name.lower() in ROUTES for name in arrived.headers):
        raise SmuggledRoutes(Problem("headers", "name further routes"))
    if len(arrived.body) > LARGEST:
        raise TooLarge(Problem("body", f"has more than {LARGEST} bytes"))
    receipt = arrived.routing_key == RECEIPT
    if arrived.content_type.partition(";")[0].strip().lower() != (JSON if receipt else SINGLE):
        raise WrongMediaType(Problem("content_type", "is not the one for this routing key"))
    _check_permitted(system, "copies:receive" if receipt else "events:publish")
    return principal_of(system)


def principal_of(system: System) -> Principal:
    """Return a system as the broker has proved it."""
    return Principal(
        client_id=system.client_id,
        agency=system.agency,
        recipients=tuple(sorted(system.recipients)),
        permissions=tuple(sorted(system.permissions)),
        expires=ALWAYS,
    )


def presumed(arrived: Arrived, directory: Directory) -> Principal:
    """Return for whom a message is kept that nobody is proved to have sent: the agency whose exchange it came by."""
    return Principal(
        client_id="unproven",
        agency=next((a for a in directory.agencies if intake_exchange(a) == arrived.exchange), "hub"),
        recipients=(),
        permissions=(),
        expires=ALWAYS,
    )


def keeper(arrived: Arrived, refusal: Refused | None, directory: Directory) -> Principal:
    """Return for whom a message is kept that was refused, or given up."""
    system = directory.systems.get(arrived.user or "")
    if system is None or isinstance(refusal, Unproven):
        return presumed(arrived, directory)
    return principal_of(system)


def _check_permitted(system: System, permission: str) -> None:
    if permission not in system.permissions:
        raise NotPermitted(Problem("user_id", f"lacks the permission {permission}"))
