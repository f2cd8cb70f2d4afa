"""The hub's door at a broker: everything that it does there, begun and ended in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.broker.deadletters import DeadLetters
from hub.broker.dispatch import Dispatch
from hub.broker.intake import Intake
from hub.broker.keepers import Keepers
from hub.broker.link import Link
from hub.config import Config
from hub.service import Hub


class BrokerDoor:
    """What agencies publish comes in, and copies go out.

    It is the share of one worker: of the intake it reads the partitions that this worker holds, and while it has no
    connection for longer than a lease it leaves them to others. Who reads the first partition looks for what is to be
    sent again.
    """

    def __init__(self, hub: Hub, config: Config, worker: Callable[[], str]) -> None:
        """Take the hub, the settings, and what gives the id of this process's worker."""
        self._link = Link(config.broker, name="offender-hub", ca=config.broker_ca)
        self._patience = config.worker_lease_seconds
        self._keepers = Keepers(hub, self._link, config)
        # A publisher says where it is to be answered, and the broker ends the connection on which it cannot read that.
        self._answers = Link(config.broker, name="offender-hub answers", ca=config.broker_ca)
        self._intake = Intake(self._link, hub, self._answers)
        self._dispatch = Dispatch(self._link, hub, worker)
        self._dead = DeadLetters(self._link, hub, self._answers)
        self._keepers.resending.mine = lambda: 0 in self._intake.held
        hub.probes["broker"] = self.probe

    def start(self) -> None:
        """Begin to connect, for as long as it takes; then to read what is held, and to send."""
        self._link.start()
        self._answers.start()
        for part in (self._keepers, self._dispatch, self._intake, self._dead):
            part.start()

    async def stop(self) -> None:
        """Take in no more, send what is committed as far as that goes, and close the connections."""
        for part in (self._intake, self._dead, self._keepers, self._dispatch, self._answers, self._link):
            await part.stop()

    def able(self) -> bool:
        """Tell whether there is a connection, or was one within the time of a lease: a broker may be restarted."""
        return self._link.away < self._patience

    async def hold(self, partitions: frozenset[int]) -> None:
        """Read these partitions and no others; return when nothing of any other is in hand any more."""
        await self._intake.hold(partitions)

    def abandon(self) -> None:
        """Let all partitions go at once."""
        self._intake.abandon()

    def probe(self) -> Mapping[str, object]:
        """Tell for ``/health`` how the connections stand, and how much is in hand."""
        details: dict[str, object] = {"on_the_way": self._dispatch.on_the_way, "reading": len(self._intake.held)}
        if self._link.up and not self._link.blocked:
            return {"status": "UP", "details": details}
        fault = "blocked" if self._link.blocked else (self._link.fault or "not connected yet")
        return {"status": "DOWN", "details": details | {"error": fault}}
