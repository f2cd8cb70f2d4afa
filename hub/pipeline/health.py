"""Whether the hub can do its work, part by part."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from hub.errors import HubError
from hub.pipeline.agreements import Agreements
from hub.pipeline.committer import Committer
from hub.pipeline.ledger import Ledger
from hub.store.port import Store


class Health:
    """What each part of a hub says of itself: its status, UP or DOWN, and details."""

    def __init__(self, store: Store, agreements: Agreements, committer: Committer, ledger: Ledger) -> None:
        """Take the parts."""
        self._store, self._agreements, self._committer, self._ledger = store, agreements, committer, ledger

    async def components(self) -> dict[str, Mapping[str, object]]:
        """Ask each part."""
        return {
            "store": await self._of_store(),
            "policy": await self._of_policy(),
            "intake": self._of_intake(),
            "ledger": self._ledger.health(),
        }

    async def _of_store(self) -> Mapping[str, object]:
        try:
            return {"status": "UP", "details": dict(await asyncio.to_thread(self._store.counts))}
        except HubError as fault:
            return {"status": "DOWN", "details": {"error": fault.code()}}

    async def _of_policy(self) -> Mapping[str, object]:
        try:
            return await self._agreements.health()
        except HubError as fault:
            return {"status": "DOWN", "details": {"error": fault.code()}}

    def _of_intake(self) -> Mapping[str, object]:
        """Tell whether anything can be taken: a full disk lets itself be read, and not written."""
        details: dict[str, object] = {"waiting": self._committer.waiting}
        if self._committer.fault is None:
            return {"status": "UP", "details": details}
        return {"status": "DOWN", "details": details | {"error": self._committer.fault}}
