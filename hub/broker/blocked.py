"""Whether the broker takes what is published: it tells a connection when it is short of memory or disk."""

from __future__ import annotations

import asyncio

from aio_pika.abc import AbstractConnection


async def is_blocked(connection: AbstractConnection) -> bool:
    """Tell whether the broker said that it takes nothing at present."""
    if connection.transport is None:
        return False
    try:
        async with asyncio.timeout(0.05):
            await connection.transport.ready()
    except TimeoutError:
        return True
    return False
