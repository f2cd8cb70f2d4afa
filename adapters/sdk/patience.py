"""How long to wait before the hub is asked again: longer each time, with jitter, or as the hub says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import stamina

from adapters.sdk.errors import Unavailable

T = TypeVar("T")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Waiting times in seconds. There is no last attempt: what waits is durable, and the hub comes back."""

    first: float = 0.2
    longest: float = 60.0
    jitter: float = 1.0
    attempts: int | None = None

    async def until_answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until the hub answers, whatever it answers.

        Raises:
            Refused, NotAdmitted: at once.
            Unavailable: only where ``attempts`` sets an end.
        """
        async for attempt in stamina.retry_context(
            on=_again,
            attempts=self.attempts,
            timeout=None,
            wait_initial=self.first,
            wait_max=self.longest,
            wait_jitter=self.jitter,
        ):
            with attempt:
                return await ask()
        raise RuntimeError("the last attempt neither returned nor raised")


def _again(error: Exception) -> bool | float:
    """Tell whether, or after how many seconds, a failure is worth another attempt."""
    if not isinstance(error, Unavailable):
        return False
    return True if error.after is None else max(error.after, 0.01)
