"""Places as a fact: those that agreements name, of which a recipient serves some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

from hub.policy.numbers import UNKNOWN


class Places(Sequence[str]):
    """The places that agreements have named so far, each with a bit that it keeps while the process lasts.

    Places come from agreements and not from code, so this one list grows. What no agreement names, no
    condition can ask for.
    """

    def __init__(self) -> None:
        """Begin with the word for a recipient of which no place is known."""
        self.bits: dict[str, int] = {UNKNOWN: 1}

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return places in the order in which they were named."""
        return list(self.bits)[index]

    def __len__(self) -> int:
        """Return how many words there are."""
        return len(self.bits)

    def name(self, place: str) -> None:
        """Take a place that an agreement names."""
        self.bits.setdefault(place, 1 << len(self.bits))

    def value(self, places: Iterable[str]) -> int:
        """Return the value of a recipient at some places: those of them that are named; of none, that it is unknown."""
        found = nowhere = 0
        for place in places:
            nowhere = 1
            found |= self.bits.get(place, 0)
        return found if nowhere else self.bits[UNKNOWN]


PLACES = Places()
"""Every place that an agreement names, written ``area/<code>``, ``establishment/<code>``, ``scheme/<code>`` …"""
PLACE_KINDS = ("area", "establishment", "scheme", "station", "court")
NATIONAL = "national"
"""The place of a recipient that decides named cases wherever they are."""
