"""The numbers of a recipient's copies, which a copy from the broker does not carry: its bytes are shared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from msgspec import UNSET

from schemas.exchange import Deliveries

BACK: Final = 500
"""How far behind what was read it is looked first for a copy that is not there; then twice as far each time."""


class Numbers:
    """Asks the hub once for each number, a page of what is new at a time."""

    def __init__(self, ask: Callable[[int], Awaitable[Deliveries]], begin: int = 0) -> None:
        """Take the question where the recipient's copies after a number stand, and the number to begin after."""
        self._ask = ask
        self._last = begin
        self._known: dict[str, int] = {}

    async def of(self, wanted: Collection[str]) -> Mapping[str, int]:
        """Return the number of each delivery; raises what asking the hub raises."""
        self._last = await self._read(wanted, self._last)
        # One that waited long, or has a receipt and is here again, stands further in front.
        end, back = self._last, BACK
        while self._missing(wanted) and end > 0:
            begin = max(end - back, 0)
            await self._read(wanted, begin, end)
            end, back = begin, back * 2
        # What the hub lists no more stands behind what it lists.
        return {delivery: self._known.get(delivery, max(self._last, 1)) for delivery in wanted}

    def forget(self, deliveries: Collection[str]) -> None:
        """Drop the numbers of copies that have a receipt."""
        for delivery in deliveries:
            self._known.pop(delivery, None)

    def _missing(self, wanted: Collection[str]) -> bool:
        return not self._known.keys() >= set(wanted)

    async def _read(self, wanted: Collection[str], last: int, end: int | None = None) -> int:
        """Read pages from behind a number until nothing is missing, or to the end; return the last number read."""
        while self._missing(wanted) and (end is None or last < end):
            page = [each for each in (await self._ask(last)).deliveries if each.number > last]
            if not page:
                break
            for each in page:
                if each.received_at is UNSET or each.delivery in wanted:
                    self._known[each.delivery] = each.number
            last = max(each.number for each in page)
        return last
