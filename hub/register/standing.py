"""As what a person stands before the law: a suspect or convicted (Data Protection Act 2018, section 38(3)).

The register has nobody's record as a victim or a witness: such a person is in an event about somebody else, and
leaves of theirs are of the category ``victim``. So neither word is ever said of the person whom an event is about.
"""

from __future__ import annotations

from msgspec import UNSET

from hub.register.state import PersonState
from schemas.record.case import Case

CONVICTED = frozenset(
    {"drug-test.on-licence", "order.progress", "release.licence-conditions-set", "release.supervision-began"}
)
"""Types that are of convicted people alone."""
CONVICTED_FAMILIES = ("recall.", "breach.")
"""Families of types of which the same is true: a licence or an order was broken."""
SENTENCES = frozenset(
    {
        "community-order",
        "suspended-sentence-order",
        "licence",
        "post-sentence-supervision",
        "youth-order",
        "custody",
    }
)
"""Kinds of supervision that only a court's sentence brings about."""
BEFORE_TRIAL = frozenset({"bail", "remand"})
SUSPECTED = frozenset({"custody.detained", "drug-test.on-arrest"})
"""Types that are of somebody who is suspected, unless they are known as convicted."""
UNKNOWN = "unknown"


def standing(state: PersonState, kind: str) -> str:
    """Return ``convicted``, ``suspect`` or ``unknown``.

    Args:
        state: What the register knows of the person.
        kind: The type of what is told of them; no type, where it is a question.
    """
    if state.licence != "none" or state.recall is not None or any(map(_sentenced, state.cases)):
        return "convicted"
    if kind in CONVICTED or kind.startswith(CONVICTED_FAMILIES):
        return "convicted"
    if kind in SUSPECTED or any(case.charge is not UNSET or case.kind in BEFORE_TRIAL for case in state.cases):
        return "suspect"
    return UNKNOWN


def _sentenced(case: Case) -> bool:
    return case.sentence is not UNSET or case.sentenced_on is not UNSET or case.kind in SENTENCES
