"""An event taken apart: its leaves in the order of its type, each as JSON, and which of them there are.

Every view of the event is written from these texts, so that each leaf is looked at and encoded once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET

from schemas.events.occurrence import Occurrence
from schemas.leaves import struct_fields

_LINES = msgspec.json.Encoder().encode_lines
_ENCODE = msgspec.json.Encoder().encode
NAMES_ROLES = "names_roles"
"""The leaf that says which roles a member of a list is for; what it says is a part of the shape."""

Shape = tuple[Any, ...]
"""Which leaves an event has, how many members its lists have, and whom these name: all that a view's form rests on."""


class Apart:
    """The leaves of one event."""

    def __init__(self, event: Occurrence) -> None:
        """Walk over the event once; a subclass's own fields are not among what the type has."""
        leaves: list[Any] = []
        shape: list[Any] = []
        _walk_of(type(event))(event, leaves.append, shape.append)
        self.event, self.leaves = event, leaves
        self.shape: Shape = (type(event), *shape)
        self.texts = _LINES(leaves).split(b"\n")
        """Each leaf as JSON, which has no line break of its own; and an empty text behind them."""
        self._changed: dict[tuple[Callable[[Any], Any], int], bytes] = {}

    def changed(self, how: Callable[[Any], Any], leaf: int) -> bytes:
        """Return what a transform makes of a leaf, as JSON, or an empty text where it gives nothing of it.

        It is made once, however many views have it.
        """
        found = self._changed.get((how, leaf))
        if found is None:
            value = how(self.leaves[leaf])
            found = self._changed[how, leaf] = b"" if value is UNSET else _ENCODE(value)
        return found


Walk = Callable[[Any, Callable[[Any], None], Callable[[Any], None]], None]


@cache
def _walk_of(struct: type[msgspec.Struct]) -> Walk:
    """Return what notes each leaf of a block, and then which it has: written out once, field by field.

    What a block has is noted behind what is in it, and how many members a list has behind these: so read from its end,
    a shape can be understood in one way only.
    """
    scope: dict[str, Any] = {"UNSET": UNSET}
    exec("\n".join(["def walk(v, leaf, shape):", *_walked(struct, "v", scope)]), scope)  # noqa: S102 - of field names
    walk: Walk = scope["walk"]
    return walk


def _walked(struct: type[msgspec.Struct], block: str, scope: dict[str, Any]) -> list[str]:
    """Return the lines that walk over a block that is there, under the name that it has."""
    has = f"has_{block}"
    lines = [f" {has} = 0"]
    for place, field in enumerate(struct_fields(struct)):
        name = f"{block}_{field.name}"
        lines += [f" if ({name} := {block}.{field.name}) is not UNSET:", f"  {has} |= {1 << place}"]
        if field.block is None:
            lines.append(f"  leaf({name})")
            lines += [f"  shape(tuple({name}))"] if field.name == NAMES_ROLES else []
        elif field.many:
            scope[f"in_{name}"] = _walk_of(field.block)
            lines += [f"  for each in {name}: in_{name}(each, leaf, shape)", f"  shape(len({name}))"]
        else:
            lines += [f" {line}" for line in _walked(field.block, name, scope)]
    return [*lines, f" shape({has})"]


Values = Mapping[str, bytes]
"""The JSON of each leaf of a copy by its path there; of a leaf within a list of blocks, the list of its values."""
