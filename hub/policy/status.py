"""What tells that somebody is on a scheme, and what is decided for whoever may not know it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from hub.policy.model import Agreement, Rule, Target
from schemas.catalogue import CATALOGUE
from schemas.labels import Category as C
from schemas.labels import Role

STATUS = frozenset({C.MARKER, C.STRANDS, C.SCHEME_CONTACT, C.MARKER_CONFIRMATIONS, C.MATRIX_SCORE})
"""Categories that say, each by itself, that somebody is on a scheme."""
KEPT = "that the status may not be known here"
"""Stands in the record where the name of a withholding would: nothing that tells the status was given."""


def keeping_the_status(agreements: Sequence[Agreement]) -> tuple[Agreement, ...]:
    """Return the same agreements with a withholding of the status from everybody, in every message."""
    withholding = Rule(
        id=KEPT,
        effect="withhold",
        roles=frozenset(Role),
        targets=tuple(Target(category=category) for category in sorted(STATUS)),
        types=frozenset(CATALOGUE),
        when=(),
    )
    return tuple(replace(a, rules=(withholding, *a.rules)) if i == 0 else a for i, a in enumerate(agreements))
