"""Read the numbers by which agencies know people and cases, each into one canonical form.

``PARSERS[kind](value, today)`` gives a ``Parsed`` or raises ``InvalidIdentifier``, whose text
never holds the value. The readers are pure: ``today`` settles the century of a two-digit year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from hub.identity.numbers import asn, crn, cro, noms, pnc, urn
from hub.identity.numbers.errors import InvalidIdentifier
from hub.identity.numbers.parsed import Parsed

__all__ = ["PARSERS", "InvalidIdentifier", "Parsed"]

PARSERS: Final[Mapping[str, Callable[[str, date], Parsed]]] = MappingProxyType(
    {
        "pnc": pnc.parse,
        "cro": cro.parse,
        "asn": asn.parse,
        "prison-number": noms.parse,
        "crn": crn.parse,
        "case-urn": urn.parse,
    }
)
