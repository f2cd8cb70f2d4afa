"""The system's present access token: asked for with a signed assertion, renewed before it expires."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from schemas.exchange import Token

MARGIN_SECONDS: Final = 30.0
"""How long before its expiry a token is renewed, but never more than a fifth of its life."""

Ask = Callable[[], Awaitable[Token]]


class TokenCache:
    """One token at a time; any number of requests wait for the same renewal."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the function that asks the hub for a token, and a clock in seconds."""
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    async def token(self) -> str:
        """Return a token that is good for some time yet; raises what asking for one raises."""
        async with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                return await self._renew()
            return self._token

    async def renewed(self) -> str:
        """Return a new token, for instance because what we may do has changed; raises as ``token`` does."""
        async with self._lock:
            return await self._renew()

    @property
    def seconds_left(self) -> float:
        """How long the present token is good before it is renewed; zero when there is none."""
        return 0.0 if self._token is None else max(self._renew_at - self._clock(), 0.0)

    def discard(self, token: str) -> None:
        """Forget a token that the hub did not accept; a newer one stays."""
        if self._token == token:
            self._token = None

    async def _renew(self) -> str:
        began = self._clock()
        answer = await self._ask()
        self._token = answer.access_token
        self._renew_at = began + answer.expires_in - min(MARGIN_SECONDS, answer.expires_in / 5)
        return answer.access_token
