"""The facts of a person that a condition may read, on one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from msgspec import UNSET

from hub.policy.facts import FACTS, mask_of
from hub.policy.numbers import UNKNOWN
from hub.register.cases import active_cases
from hub.register.particulars import SELF_REPORT
from hub.register.state import PersonState
from schemas.record.case import Case
from schemas.record.person import Person
from schemas.record.scheme import Membership

ADULT, UNDER_18 = mask_of("age", ["adult"]), mask_of("age", ["under-18"])
ORDERS = frozenset({"community-order", "suspended-sentence-order"})
STATUTORY = ORDERS | {"licence", "post-sentence-supervision", "youth-order"}
_WORDS = [
    (i, fact.name, {word: mask_of(fact.name, [word]) for word in fact.domain})
    for i, fact in enumerate(FACTS)
    if fact.of == "person" and fact.span is None and not fact.many
]
_SETS = [
    (i, fact.name, {word: mask_of(fact.name, [word]) for word in fact.domain})
    for i, fact in enumerate(FACTS)
    if fact.of == "person" and fact.many
]
_NUMBERS = [(i, fact.name, fact.span) for i, fact in enumerate(FACTS) if fact.of == "person" and fact.span is not None]
_NOT_SAID = [fact.not_known for fact in FACTS]
"""What the event, the hour and the recipient say is not known here."""
IN_SCOPE_MONTHS = 12
"""A sentence of this length or more is in scope for an offender manager, as is a community order."""


def situation_of(
    state: PersonState, on: dt.date, subject: Person | None = None, said: Iterable[Case] = ()
) -> list[int]:
    """Return a value for each fact, in the order of ``FACTS``; the relation is left 0, ages go by birthday.

    What is a fact of the event, the hour or the recipient is left unknown, and so are licence and
    requirements of somebody on no scheme, of whom cases are not kept. ``subject`` is the event's
    own: for somebody on no scheme nothing else says the date of birth; ``said`` are the cases that it speaks
    of itself, which say what an order requires.
    """
    said = tuple(said)
    cases, active, heard_of = active_cases(state), state.active, state.known or bool(state.cases)
    born = _born(state, subject)
    words: dict[str, str] = {
        "status": "member" if active else "former" if state.memberships else "none",
        "basis": _basis(state, active, cases),
        "scope": _scope(cases),
        "age": "adult" if born is not None and _adult(born, on) else "under-18",
        "yot": state.yot,
        "yot-agreed": "yes" if state.yot_agreed else "no",
        "handover": state.handover,
        "consent": state.consent,
        "risk": state.risk,
        "mappa-level": state.mappa,
        "was-high": "yes" if state.was_high else "no",
        "child": state.child,
        "licence": state.licence if heard_of or state.licence != "none" else UNKNOWN,
        "custody": state.custody.standing,
        "restricted": state.restricted,
    }
    sets: dict[str, Iterable[str]] = {
        "kind": [m.kind for m in active],
        "strand": [s for m in active if m.strands is not UNSET for s in m.strands],
        "required": _required((*cases, *said)) if heard_of or said else (UNKNOWN,),
    }
    numbers = _numbers(state, on, born)
    found = _NOT_SAID.copy()
    for fact, name, bits in _WORDS:
        found[fact] = bits[words[name]]
    for fact, name, bits in _SETS:
        found[fact] = 0
        for word in sets[name]:
            found[fact] |= bits[word]
    for fact, name, span in _NUMBERS:
        if (number := numbers[name]) is not None:
            found[fact] = span.bit(number)
    return found


def _numbers(state: PersonState, on: dt.date, born: dt.date | None) -> dict[str, int | None]:
    """Return each number that is a fact of the person, or None where it is not known."""
    custody = state.custody
    out = custody.standing == "out"
    released = custody.since.date() if out and custody.since and custody.left_because is None else None
    ends = state.licence_ends if state.licence == "on-licence" else None
    return {
        "age-years": None if born is None else _years(born, on),
        "days-to-release": _ahead(None if out else state.release.date, on),
        "days-since-release": _ahead(on, released),
        "days-to-licence-end": _ahead(ends, on),
    }


def _ahead(later: dt.date | None, earlier: dt.date | None) -> int | None:
    """Return how many days one day comes after another; None where it does not, or one of them is not known."""
    days = None if later is None or earlier is None else (later - earlier).days
    return days if days is not None and days >= 0 else None


def ages(state: PersonState, on: dt.date, subject: Person | None = None) -> tuple[int, int]:
    """Return the age fact by birthday, and by recorded hand-over.

    By birthday: adult from the 18th birthday; an unknown date of birth is under 18, so that for
    somebody of whom neither register nor event says it, nothing opens. By hand-over: adult once
    the hand-over is completed, or where the person was an adult when the hub first knew of them
    and no youth offending team was ever recorded, so that nothing changes on a birthday.
    """
    born = _born(state, subject)
    if born is None or not _adult(born, on):
        return UNDER_18, UNDER_18
    return ADULT, ADULT if _handed_over(state, born, on) else UNDER_18


def _handed_over(state: PersonState, born: dt.date, on: dt.date) -> bool:
    if state.handover == "completed":
        return True
    known = state.stamps.get("known")
    return "youth" not in state.stamps and _adult(born, known.date() if known else on)


def _born(state: PersonState, subject: Person | None) -> dt.date | None:
    """Return the date of birth; one that a weak source says opens nothing."""
    mark = state.details_marks.get("date_of_birth")
    if state.details is not None and mark is not None and mark[0] > SELF_REPORT:
        return None if state.details.date_of_birth is UNSET else state.details.date_of_birth
    if subject is None or subject.details_source == "self-report" or subject.date_of_birth is UNSET:
        return None
    return subject.date_of_birth


def _adult(born: dt.date, on: dt.date) -> bool:
    return _years(born, on) >= 18


def _years(born: dt.date, on: dt.date) -> int:
    """Return how many birthdays have come since birth; somebody born on 29 February has it on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _basis(state: PersonState, active: tuple[Membership, ...], cases: tuple[Case, ...]) -> str:
    said = {m.basis for m in active}
    if state.licence == "on-licence" or "statutory" in said:
        return "statutory"
    if cases and any(c.statutory is True or c.kind in STATUTORY for c in cases):
        return "statutory"
    if "voluntary" in said or (cases and any(c.kind == "voluntary" for c in cases)):
        return "voluntary"
    return "none" if state.cases else UNKNOWN


def _scope(cases: tuple[Case, ...]) -> str:
    if not cases:
        return "unknown"
    months = [c.sentence_months for c in cases if c.sentence_months is not UNSET]
    if any(c.kind in ORDERS for c in cases) or any(m >= IN_SCOPE_MONTHS for m in months):
        return "in-scope"
    return "out-of-scope" if months or any(c.kind == "remand" for c in cases) else "unknown"


def _required(cases: tuple[Case, ...]) -> list[str]:
    attendance = any(c.attendance_required is True for c in cases)
    testing = any(c.testing_required is True for c in cases)
    return [word for word, holds in (("attendance", attendance), ("testing", testing)) if holds]
