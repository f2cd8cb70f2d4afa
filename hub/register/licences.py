"""Licence and recall: a recall goes forward by stages, and a release or rescission ends it."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET

from hub.register.happening import Happening, written
from hub.register.state import PersonState

ON_LICENCE = frozenset({"conditional", "parole", "curfew", "early-scheme"})
"""The kinds of release that are on licence."""
NOT_ON_LICENCE = frozenset({"court"})
RECALL_CODES = frozenset({"L", "B", "Y", "24"})
"""Movement codes of a return on recall: licence revoked, from curfew, from a detention and training order."""
PENDING = frozenset({"authorised", "unlawfully-at-large"})
"""Recalled, and not yet back."""
UNDER_WAY = frozenset({"requested", "returned"}) | PENDING
"""A recall that somebody is deciding on, or that is in force."""


def requested(state: PersonState, happened: Happening) -> PersonState:
    """A recall was asked for; nothing is recalled yet."""
    return state if _is_back(state) else written(state, "recall", happened.time, recall="requested")


def decided(state: PersonState, happened: Happening) -> PersonState:
    """Authorised: recalled. Refused: as it was. One who is back already stays so."""
    stage: Literal["authorised", "refused"] = "authorised"
    if happened.data.recall is not UNSET and happened.data.recall.stage == "refused":
        stage = "refused"
    if stage == "refused":
        return written(state, "recall", happened.time, recall="refused")
    state = state if _is_back(state) else written(state, "recall", happened.time, recall="authorised")
    return written(state, "licence", happened.time, licence="recalled")


def at_large(state: PersonState, happened: Happening) -> PersonState:
    """Wanted, and thought to be somewhere."""
    recall = happened.data.recall
    area = None if recall is UNSET or recall.thought_in_area is UNSET else recall.thought_in_area
    state = written(state, "at-large", happened.time, at_large_area=area)
    return written(state, "recall", happened.time, recall="unlawfully-at-large")


def returned(state: PersonState, happened: Happening) -> PersonState:
    """Back in custody on recall."""
    state = written(state, "recall", happened.time, recall="returned")
    state = written(state, "at-large", happened.time, at_large_area=None)
    return written(state, "licence", happened.time, licence="recalled")


def rescinded(state: PersonState, happened: Happening) -> PersonState:
    """The recall was taken back: the licence runs again."""
    state = written(state, "recall", happened.time, recall=None)
    state = written(state, "at-large", happened.time, at_large_area=None)
    return written(state, "licence", happened.time, licence="on-licence")


def returned_by_reception(state: PersonState, happened: Happening) -> PersonState:
    """Return the state after a reception, which of somebody on licence is a return on recall."""
    return returned(state, happened) if _is_recall(state, happened) else state


def licence_runs(state: PersonState, happened: Happening) -> PersonState:
    """Return the state of somebody whose supervision on licence begins: no former recall is under way."""
    if state.recall == "returned":
        state = written(state, "recall", happened.time, recall=None)
    return written(state, "licence", happened.time, licence="on-licence")


def released(state: PersonState, happened: Happening) -> PersonState:
    """On licence or not, and no recall any more."""
    state_after = written(state, "recall", happened.time, recall=None)
    state_after = written(state_after, "at-large", happened.time, at_large_area=None)
    licence = "on-licence" if _on_licence(state, happened) else "none"
    return written(state_after, "licence", happened.time, licence=licence, licence_prepared=False)


def conditions_set(state: PersonState, happened: Happening) -> PersonState:
    """Take down which roles the conditions name, and that there is to be a licence."""
    licence = happened.data.licence
    if licence is UNSET:
        return state
    conditions = () if licence.conditions is UNSET else licence.conditions
    named = frozenset(role for c in conditions if c.names_roles is not UNSET for role in c.names_roles)
    ends = state.licence_ends if licence.ends is UNSET else licence.ends
    state = written(state, "conditions", happened.time, condition_roles=named, licence_ends=ends)
    out = state.licence != "none" and state.custody.standing != "held"
    return state if out else written(state, "licence", happened.time, licence_prepared=True)


def _on_licence(state: PersonState, happened: Happening) -> bool:
    """Tell by the event where it says; else one recalled, or with conditions set, is on licence until it ends."""
    data = happened.data
    kind = UNSET if data.release is UNSET else data.release.kind
    if data.licence is not UNSET or kind in ON_LICENCE:
        return True
    if kind in NOT_ON_LICENCE or (state.licence_ends is not None and state.licence_ends <= happened.day):
        return False
    return state.licence_prepared or state.licence == "recalled"


def _is_recall(state: PersonState, happened: Happening) -> bool:
    """Tell by the prison's word, else by what the register holds; a reception on remand is none."""
    custody = happened.data.custody
    reason = UNSET if custody is UNSET else custody.reason
    if reason == "remand":
        return False
    by_code = custody is not UNSET and custody.movement_code in RECALL_CODES
    return reason == "recall" or by_code or state.licence == "on-licence" or state.recall in PENDING


def _is_back(state: PersonState) -> bool:
    return state.recall == "returned" and state.custody.standing == "held"
