"""What is published: bodies in the order in which they are sent, with the truth that the hub is not told."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import msgspec

from benchmarks.nation.country import source
from benchmarks.nation.people import Individual
from schemas.catalogue import CATALOGUE


class Told(msgspec.Struct, frozen=True):
    """One event as its publisher sends it."""

    at: dt.datetime
    """When it is sent; what it tells may have happened before."""
    client: str
    id: str
    body: bytes
    about: Individual


class Stay(msgspec.Struct, kw_only=True):
    """A member's arrival in a prison, which its reception should be warned of."""

    person: int
    prison: str
    told_by: str
    """The id of the event upon which the warning is due: the reception, or an adoption after it."""
    announced_by: str = ""
    """The id of an event before it by which the prison was told to expect the person."""
    mistakes: frozenset[str] = frozenset()
    adopted_after: bool = False


class Press:
    """Makes events, each with an id of its own."""

    def __init__(self) -> None:
        """Begin to count."""
        self._count = itertools.count(1)

    def event(
        self,
        kind: str,
        client: str,
        about: Individual,
        happened: dt.datetime,
        data: dict[str, Any],
        *,
        late: dt.timedelta = dt.timedelta(),
    ) -> Told:
        """Return an event about somebody, sent when it happened or later."""
        number = f"{kind}-{next(self._count)}"
        body = msgspec.json.encode(
            {
                "specversion": "1.0", "id": number, "source": source(client), "type": kind, "time": happened,
                "datacontenttype": "application/json", "dataschema": CATALOGUE[kind].dataschema,
                "data": msgspec.convert(data, CATALOGUE[kind].data),
            }
        )  # fmt: skip
        return Told(at=happened + late, client=client, id=number, body=body, about=about)
