"""The numbers of a recipient's copies, which a copy from the broker does not carry: its bytes are shared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from msgspec import UNSET

from schemas.exchange import Deliveries


class Numbers:
    """Asks the hub once for each number, a page of what is new at a time."""

    def __init__(self, ask: Callable[[int], Awaitable[Deliveries]]) -> None:
        """Take the question where the recipient's copies after a number stand."""
        self._ask = ask
        self._last = 0
        self._known: dict[str, int] = {}

    async def of(self, wanted: Collection[str]) -> Mapping[str, int]:
        """Return the number of each delivery; raises what asking the hub raises."""
        await self._read_until(wanted)
        if not self._known.keys() >= set(wanted):
            # One that has a receipt was passed over when its page was read, and is here again.
            self._last = 0
            await self._read_until(wanted)
        # What the hub lists no more stands behind what it lists.
        return {delivery: self._known.get(delivery, max(self._last, 1)) for delivery in wanted}

    def forget(self, deliveries: Collection[str]) -> None:
        """Drop the numbers of copies that have a receipt."""
        for delivery in deliveries:
            self._known.pop(delivery, None)

    async def _read_until(self, wanted: Collection[str]) -> None:
        while not self._known.keys() >= set(wanted):
            page = [each for each in (await self._ask(self._last)).deliveries if each.number > self._last]
            if not page:
                return
            for each in page:
                if each.received_at is UNSET or each.delivery in wanted:
                    self._known[each.delivery] = each.number
            self._last = max(each.number for each in page)
