"""A hub opened for one command, on the machine that has its store."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub.access.principal import Principal
from hub.bootstrap import build_hub, utc_now
from hub.config import read_config
from hub.service import Hub
from schemas.scopes import Permission

T = TypeVar("T")


def operator() -> Principal:
    """Return the operator at this machine, named by the account that runs the command, whatever it says of itself."""
    return Principal(
        client_id=f"operator:{_account()}",
        agency="hub",
        recipients=(),
        permissions=(Permission.OPERATE,),
        expires=utc_now().replace(year=9999),
    )


def with_hub(ask: Callable[[Hub], Awaitable[T]]) -> T:
    """Open the hub that the settings name, ask it, and close it; a hub that is serving is not disturbed."""

    async def run() -> T:
        hub = build_hub(read_config())
        await hub.start(ticking=False)
        try:
            return await ask(hub)
        finally:
            await hub.stop()

    return asyncio.run(run())


def _account() -> str:
    """Return the account's name as the system has it: a variable of the environment could be anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
