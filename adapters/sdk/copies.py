"""A received copy, as a handler sees it: what was given and how to handle it, with tolerance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from schemas.envelope import Handling
from schemas.withdrawal import WITHDRAWN


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One copy: the permitted leaves of one event.

    What was not given is simply not there, so every leaf is asked for by its path and may be
    missing. The same ``delivery`` may come to a handler twice, after a crash.
    """

    delivery: str
    number: int
    type: str
    """The event's type; it may be one that this version of the schemas does not know."""
    time: dt.datetime
    """When it happened, in its publisher's words."""
    kept_at: dt.datetime
    """When this copy came into our hands."""
    given: Mapping[str, Any]
    handling: Handling | None
    """None where it is of a form that this version does not know."""

    @property
    def replaces(self) -> str | None:
        """The delivery that was wrong: this copy takes its place, or only says that it is to be erased.

        Our inbox has erased it already; whatever was made of it elsewhere is the handler's to put right.
        """
        if self.type == WITHDRAWN:
            named = self.get("withdrawn.delivery")
            return named if isinstance(named, str) else None
        corrects = self.handling.corrects if self.handling else UNSET
        return None if corrects is UNSET else corrects

    @property
    def withdrawn(self) -> bool:
        """Whether it says only that the delivery in ``replaces`` is not to be used, and is erased."""
        return self.type == WITHDRAWN

    def get(self, path: str) -> Any:  # noqa: ANN401 - a leaf may be of any kind
        """Return the first leaf or block at a path (``memberships[].scheme_name``), or None."""
        return next(self.all(path), None)

    def all(self, path: str) -> Iterator[Any]:
        """Return every leaf or block at a path; ``[]`` enters a list of blocks."""
        yield from _walk(self.given, path.split("."))


def _walk(value: object, path: Sequence[str]) -> Iterator[Any]:
    if not path:
        yield value
    elif isinstance(value, Mapping):
        found = value.get(path[0].removesuffix("[]"))
        if path[0].endswith("[]"):
            for member in found if isinstance(found, list) else ():
                yield from _walk(member, path[1:])
        elif found is not None:
            yield from _walk(found, path[1:])


class _TolerantData(msgspec.Struct, frozen=True, kw_only=True):
    given: dict[str, Any]
    handling: dict[str, Any] | UnsetType = UNSET


class _Tolerant(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy must have to be of any use; members that are not known yet are passed over."""

    type: str
    time: dt.datetime
    data: _TolerantData


def read_copy(body: bytes, delivery: str, number: int, kept_at: dt.datetime) -> Copy:
    """Return a copy from its bytes as received.

    Raises:
        ValueError: it is no CloudEvent with given leaves; nothing of it is quoted.
    """
    try:
        read = msgspec.json.decode(body, type=_Tolerant)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError("not a copy of an event") from None
    return Copy(
        delivery=delivery, number=number, type=read.type, time=read.time, kept_at=kept_at,
        given=read.data.given, handling=_handling(read.data.handling),
    )  # fmt: skip


def _handling(value: dict[str, Any] | UnsetType) -> Handling | None:
    try:
        return None if value is UNSET else msgspec.convert(value, Handling)
    except msgspec.ValidationError:
        return None
