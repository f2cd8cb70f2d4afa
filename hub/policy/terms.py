"""Obligations in a form that a system can act on: how an agreement writes them, and the strictest of several."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec
from msgspec import UNSET

from hub.document import Address, Document
from schemas.terms import Marking, Terms

SAYS = "says"
MARKINGS: tuple[str, ...] = get_args(Marking)
"""From the least to the most careful."""
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}
_DAYS = {"day": 1, "week": 7, "year": 365}
_PERIODS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "delete-after-receipt": ("delete_days_after_receipt", _DAYS),
    "delete-after-concern": ("delete_days_after_concern", _DAYS),
    "acknowledge-within": ("acknowledge_within_minutes", _MINUTES),
}
_NEVER = {"pass-on": "do_not_pass_on", "in-reports": "not_in_reports"}
WORDS = (SAYS, *_PERIODS, *_NEVER, "marking")
"""Every word of which an obligation is made."""


class Cited(msgspec.Struct, frozen=True):
    """What some rules rest on and ask: of a copy, only the rules of leaves that it has are cited."""

    purposes: tuple[str, ...]
    gateways: tuple[str, ...]
    obligations: tuple[str, ...]
    agreements: tuple[str, ...]
    terms: Terms = Terms()
    """What a system can act on of the obligations: the strictest of all that are owed."""


def read_terms(document: Document, at: Address, raw: Mapping[str, Any]) -> Terms:
    """Return the terms of one obligation; what is wrong is noted in the document."""
    found: dict[str, Any] = {}
    for word, said in raw.items():
        if word in _PERIODS:
            field, units = _PERIODS[word]
            found[field] = _period(document, (*at, word), said, units)
        elif word in _NEVER:
            if said != "never":
                document.wrong((*at, word), f"'{word}' is 'never', or it is left out")
            found[_NEVER[word]] = True
        elif word == "marking":
            if said not in MARKINGS:
                document.unknown((*at, word), "marking", str(said), MARKINGS)
            found[word] = said
        elif word != SAYS:
            document.unknown((*at, word), "word of an obligation", str(word), WORDS)
    if not raw.get(SAYS):
        document.wrong(at, f"'{SAYS}' is missing or empty: an obligation is a sentence, whatever else it is")
    return Terms(**found)


def _period(document: Document, at: Address, said: object, units: Mapping[str, int]) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,3}) ([a-z]+?)s?", str(said))
    if match is None or match[2] not in units:
        document.wrong(
            at, f"is a period such as '30 {next(iter(units))}s', in {', '.join(f'{unit}s' for unit in units)}"
        )
        return 1
    return int(match[1]) * units[match[2]]


def strictest(terms: Iterable[Terms]) -> Terms:
    """Return what is owed of several terms together: the shortest periods, the most careful marking, every ban."""
    known = tuple(terms)
    found: dict[str, Any] = {}
    for field in Terms.__struct_fields__:
        said = [value for each in known if (value := getattr(each, field)) is not UNSET]
        if said:
            found[field] = max(said, key=MARKINGS.index) if field == "marking" else min(said)
    return Terms(**found)
