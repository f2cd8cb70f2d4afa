"""As what a person stands before the law, by the register or by the type of what is told."""

import pytest

from hub.register.altered import altered
from hub.register.standing import standing
from hub.register.state import CustodyState, PersonState
from schemas.record.case import Case

NOBODY = PersonState(id="0" * 32)
STATES = {
    "nothing is known": (NOBODY, "custody.received", "unknown"),
    "a case with a sentence": (
        PersonState(id="1", cases=(Case(reference="C-1", sentence="12 months"),)),
        "custody.received",
        "convicted",
    ),
    "a case with a charge": (
        PersonState(id="1", cases=(Case(reference="C-1", charge="burglary"),)),
        "custody.received",
        "suspect",
    ),
    "a community order": (
        PersonState(id="1", cases=(Case(reference="C-1", kind="community-order"),)),
        "custody.received",
        "convicted",
    ),
    "on bail": (PersonState(id="1", cases=(Case(reference="C-1", kind="bail"),)), "custody.received", "suspect"),
    "a voluntary case": (
        PersonState(id="1", cases=(Case(reference="C-1", kind="voluntary"),)),
        "custody.received",
        "unknown",
    ),
    "on licence": (PersonState(id="1", licence="on-licence"), "custody.detained", "convicted"),
    "an arrest": (NOBODY, "custody.detained", "suspect"),
    "a recall": (NOBODY, "recall.decided", "convicted"),
    "an order": (NOBODY, "order.progress", "convicted"),
    "a contact with a victim": (NOBODY, "victim.contacted", "unknown"),
}


@pytest.mark.parametrize(("state", "kind", "expected"), STATES.values(), ids=STATES)
def test_standing(state, kind, expected):
    """Whoever is known as convicted is that, whatever is told; otherwise the type says it where it can."""
    assert expected == standing(state, kind)


def test_what_was_altered():
    """The names of parts that changed are told, and bookkeeping is none."""
    after = PersonState(id=NOBODY.id, custody=CustodyState(standing="held"), sequence=3, told=frozenset({"somebody"}))

    assert ("custody",) == altered(NOBODY, after)
    assert () == altered(NOBODY, NOBODY)
