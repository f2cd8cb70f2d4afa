"""One writing for each number: what the hub keeps and passes on is canonical, however it was sent."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from hub.identity.numbers import PARSERS, InvalidIdentifier
from schemas.events.occurrence import Merge, Occurrence
from schemas.record.person import Identifier

Said = TypeVar("Said", bound=Occurrence)


def canonical(data: Said, today: dt.date) -> Said:
    """Return the event with its person's numbers in canonical form, each once; what is no number stays as it is."""
    found = data.subject.identifiers
    merge = getattr(data, "merge", None)
    if isinstance(merge, Merge):
        both = replace(merge, kept=_number(merge.kept, today), removed=_number(merge.removed, today))
        data = replace(data, merge=both)
    if found is UNSET:
        return data
    numbers = list(dict.fromkeys(_number(each, today) for each in found))
    return data if numbers == found else replace(data, subject=replace(data.subject, identifiers=numbers))


def _number(identifier: Identifier, today: dt.date) -> Identifier:
    try:
        value = PARSERS[identifier.kind](identifier.value, today).canonical
    except InvalidIdentifier:
        return identifier  # refused where the person is looked for, with the place of the field
    return identifier if value == identifier.value else replace(identifier, value=value)
