"""Cases by their reference: the end of one is not the end of all."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from hub.register.happening import Happening, is_late, written
from hub.register.licences import licence_runs
from hub.register.state import PersonState
from schemas.record.case import Case


def allocated(state: PersonState, happened: Happening) -> PersonState:
    """Take down who holds which case."""
    for case in _said(happened):
        state = _told(state, happened, case)
    return state


def supervision_began(state: PersonState, happened: Happening) -> PersonState:
    """Take down the cases; a licence begins the licence, post-sentence supervision is none."""
    for case in _said(happened):
        state = _told(state, happened, msgspec.structs.replace(case, ended_on=UNSET), begins=True)
    kinds = {case.kind for case in _said(happened)}
    if "licence" in kinds:
        return licence_runs(state, happened)
    if "post-sentence-supervision" in kinds:
        return _licence_over(state, happened)
    return state


def supervision_ended(state: PersonState, happened: Happening) -> PersonState:
    """End the cases named; the licence ends with the last licence case."""
    references = {case.reference for case in _said(happened)}
    kinds = {c.kind for c in (*state.cases, *_said(happened)) if c.reference in references}
    for case in _said(happened):
        ended = case.ended_on if case.ended_on is not UNSET else happened.day
        state = _told(state, happened, msgspec.structs.replace(case, ended_on=ended))
    return _licence_over(state, happened) if "licence" in kinds else state


def active_cases(state: PersonState) -> tuple[Case, ...]:
    """Return the cases that have not ended."""
    return tuple([case for case in state.cases if case.ended_on is UNSET])


def laid_over(older: Case, newer: Case) -> Case:
    """Return the newer case with what it leaves unsaid taken from the older."""
    said = {f: v for f in Case.__struct_fields__ if (v := getattr(newer, f)) is not UNSET}
    return msgspec.structs.replace(older, **said)


def _licence_over(state: PersonState, happened: Happening) -> PersonState:
    if any(case.kind == "licence" for case in active_cases(state)):
        return state
    return written(state, "licence", happened.time, licence="none")


def _said(happened: Happening) -> list[Case]:
    return [] if happened.data.cases is UNSET else happened.data.cases


def _told(state: PersonState, happened: Happening, said: Case, *, begins: bool = False) -> PersonState:
    """Return the state with one case as said; a late word only fills what is not known.

    The register has no use for the text of an offence, and does not keep it.
    """
    group = f"case:{said.reference}"
    kept = msgspec.structs.replace(said, offence=UNSET)
    present = next((c for c in state.cases if c.reference == said.reference), None)
    if present and is_late(state, group, happened.time):
        return _replaced(state, laid_over(msgspec.structs.replace(kept, ended_on=UNSET), present))
    result = laid_over(present, kept) if present else kept
    if begins:
        result = msgspec.structs.replace(result, ended_on=UNSET)
    return _replaced(written(state, group, happened.time), result)


def _replaced(state: PersonState, case: Case) -> PersonState:
    others = [c for c in state.cases if c.reference != case.reference]
    return msgspec.structs.replace(state, cases=tuple(sorted([*others, case], key=lambda c: c.reference)))
