"""Which parts of the register's record of a person an event changed: names of parts, never what is in them."""

from __future__ import annotations

from hub.register.state import PersonState

BOOKKEEPING = frozenset(
    {"id", "sequence", "stamps", "details_marks", "told", "marker_holders", "waiting", "alerted", "ruled_out"}
)
"""What is no fact about the person."""
PARTS = tuple(name for name in PersonState.__struct_fields__ if name not in BOOKKEEPING)


def altered(before: PersonState, after: PersonState) -> tuple[str, ...]:
    """Return the names of the parts that are not what they were."""
    return tuple(
        [name for name in PARTS if (was := getattr(before, name)) is not (now := getattr(after, name)) and was != now]
    )
