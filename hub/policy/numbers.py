"""Numbers as facts: one bit for each number of a span, so that an interval is a mask as any other."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

UNKNOWN = "unknown"
"""The word for "not known" of facts whose other words do not say which of them opens least."""


class Span(msgspec.Struct, frozen=True):
    """The whole numbers that a fact may have; what is below or above counts as the first or the last."""

    first: int
    last: int
    unit: str

    def bit(self, number: int | None) -> int:
        """Return the value of a fact for a number; for none, that it is not known."""
        if number is None:
            return 1 << (self.last - self.first + 1)
        return 1 << (min(max(number, self.first), self.last) - self.first)

    def between(self, first: int, below: int) -> int:
        """Return the mask of the numbers from one on and below another."""
        return ((1 << (below - self.first)) - 1) & ~((1 << (first - self.first)) - 1)

    def words(self, value: int) -> list[str]:
        """Return what some numbers are, in runs: ``18 to 20``, ``below 18``, ``21 or more``."""
        found = [self._run(first, last) for first, last in self._runs(value)]
        return [*found, UNKNOWN] if value & self.bit(None) else found

    def value(self, words: Iterable[str]) -> int:
        """Return the numbers that some words are, as ``words`` gives them.

        Raises:
            ValueError: they are no words of this span.
        """
        found = 0
        for word in words:
            found |= self.bit(None) if word == UNKNOWN else self._value(word)
        return found

    def _value(self, word: str) -> int:
        match word.split():
            case ["known"]:
                return self.bit(None) - 1
            case ["below", last]:
                return self.between(self.first, int(last))
            case [first, "or", "more"]:
                return self.between(int(first), self.last + 1)
            case [first, "to", last]:
                return self.between(int(first), int(last) + 1)
            case _:
                return self.between(int(word), int(word) + 1)

    def _run(self, first: int, last: int) -> str:
        if first == last and last != self.last:
            return str(first)
        if (first, last) == (self.first, self.last):
            return "known"
        return (
            f"{first} or more"
            if last == self.last
            else f"below {last + 1}"
            if first == self.first
            else f"{first} to {last}"
        )

    def _runs(self, value: int) -> Iterable[tuple[int, int]]:
        left, first = value & (self.bit(None) - 1), self.first
        while left:
            gap = (left & -left).bit_length() - 1
            length = (~(left >> gap) & -~(left >> gap)).bit_length() - 1
            yield first + gap, first + gap + length - 1
            left, first = left >> gap + length, first + gap + length
