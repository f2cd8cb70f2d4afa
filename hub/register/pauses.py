"""When partners' work is suspended and resumed: by the event alone, so alike on a scheme and off it."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from hub.register.happening import Happening, is_late, written
from hub.register.state import PersonState

SUSPENDED = frozenset({"referral", "stay", "tenancy", "treatment"})
"""The kinds of work that a partner has to hold back; a report or an order goes on."""
SUSPENDS = frozenset({
    "custody.received", "custody.died", "custody.to-hospital", "custody.deported",
    "recall.at-large", "recall.returned", "breach.presented",
})  # fmt: skip
RESUMES = frozenset(
    {"release.released", "custody.discharged", "recall.rescinded", "breach.concluded", "breach.withdrawn"}
)


def paused(state: PersonState, happened: Happening) -> PersonState:
    """Return the state with declared work suspended or resumed as the event implies."""
    word = _word(state, happened)
    if word is None or is_late(state, "pause", happened.time):
        return state
    relations = tuple(
        msgspec.structs.replace(r, state=word) if r.kind in SUSPENDED and _turns(r.state, word) else r
        for r in state.relations
    )
    return written(state, "pause", happened.time, relations=relations)


def _word(after: PersonState, happened: Happening) -> str | None:
    recall = happened.data.recall
    authorised = happened.kind == "recall.decided" and recall is not UNSET and recall.stage == "authorised"
    if happened.kind in SUSPENDS or authorised:
        return "suspended"
    gone = after.custody.standing == "held" or after.custody.left_because in {"died", "deported", "absconded"}
    return "resumed" if happened.kind in RESUMES and not gone else None


def _turns(state: str, word: str) -> bool:
    """Tell whether a relation's state changes: only what runs is suspended, only what is suspended resumes."""
    return state == "suspended" if word == "resumed" else state in {"open", "accepted", "resumed"}
