"""A worker that dies or stands still by its own hand at a chosen point, and is started again when it is dead, as a
service manager would do.

``python -m tests.faults.mortal FOLDER`` serves as ``hub serve`` does, in a process of its own. When the file ``die`` in
the folder names a point, that process ends there as by a power cut; when ``stop`` does, it is stopped there. The
agreements are read once for all its lives.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hub import bootstrap
from hub.broker import dispatch
from hub.broker.deadletters import DeadLetters
from hub.broker.intake import Intake
from hub.cli import main
from hub.config import read_config
from hub.pipeline.quarantine import Quarantine
from hub.pipeline.standing import Standing
from hub.service import Hub
from hub.store.port import Changes
from hub.store.postgres import PostgresStore
from hub.store.postgres_transaction import PostgresTransaction

HOW = {"die": signal.SIGKILL, "stop": signal.SIGSTOP}
DIES_WITH_ITS_PARENT = 1
"""PR_SET_PDEATHSIG."""


def plant(pass_by: Callable[[str], None]) -> None:
    """Have the points passed by; the store's own only where there is something for a mailbox."""
    committed = []

    def write(tx: PostgresTransaction, changes: Changes) -> None:
        writes(tx, changes)
        if changes.mail:
            committed.append(tx)
            pass_by("before the commit")

    def transact(store: PostgresStore, work: Any) -> Any:
        committed.clear()
        result = transacts(store, work)
        if committed:
            pass_by("after the commit")
        return result

    writes, transacts = PostgresTransaction.write, PostgresStore.transact
    PostgresTransaction.write, PostgresStore.transact = write, transact  # type: ignore[method-assign]  # for this process alone
    _before(pass_by, "in the midst of writing", PostgresTransaction, "_change")
    _before(pass_by, "before the publish", dispatch, "post")
    _before(pass_by, "after the publish", Hub, "departed")
    _before(pass_by, "before a door is noted open", Standing, "opened")
    _before(pass_by, "before a door is noted closed", Standing, "closed")
    _before(pass_by, "before the answer", sys.modules[Intake.__module__], "answer")
    _after(pass_by, "before the acknowledgement", Intake, "_outcome")
    _after(pass_by, "before a dead event is acknowledged", Quarantine, "hold_dead_event")
    _after(pass_by, "before a dead copy is acknowledged", Quarantine, "hold_dead_copy")
    _after(pass_by, "before the unroutable is acknowledged", DeadLetters, "_refuse")


def _before(pass_by: Callable[[str], None], point: str, owner: Any, name: str) -> None:
    done = getattr(owner, name)

    @functools.wraps(done)
    def passed(*given: Any, **more: Any) -> Any:
        pass_by(point)
        return done(*given, **more)

    setattr(owner, name, passed)


def _after(pass_by: Callable[[str], None], point: str, owner: Any, name: str) -> None:
    done = getattr(owner, name)

    @functools.wraps(done)
    async def passed(*given: Any, **more: Any) -> Any:
        result = await done(*given, **more)
        pass_by(point)
        return result

    setattr(owner, name, passed)


def order(folder: Path, what: str, point: str) -> None:
    """Tell a worker to ``die`` or to ``stop`` at a point, the next time that it is there."""
    done(folder, what).unlink(missing_ok=True)
    (folder / "new").write_text(point)
    (folder / "new").rename(folder / what)


def done(folder: Path, what: str) -> Path:
    """Return the file that is there when it has done what it was told."""
    return folder / f"{what}.done"


def live(folder: Path) -> None:
    """Serve until told to end, or until the point is reached that the file names."""
    ctypes.CDLL(None).prctl(DIES_WITH_ITS_PARENT, signal.SIGKILL)
    (folder / "pid").write_text(str(os.getpid()))

    def pass_by(here: str) -> None:
        for name, how in HOW.items():
            if (folder / name).exists() and (folder / name).read_text() == here:
                (folder / name).rename(done(folder, name))
                os.kill(os.getpid(), how)

    plant(pass_by)
    sys.argv = ["hub", "serve"]
    main()


def serve(folder: Path) -> int:
    """Live again after each death, but for those that come from outside and in good order."""
    bootstrap.load_agreements = functools.cache(bootstrap.load_agreements)
    bootstrap.load_agreements(read_config().policies)
    lives: list[int] = []
    ended: list[bool] = []

    def end(*_: object) -> None:
        ended.append(True)
        os.kill(lives[-1], signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    while True:
        life = os.fork()
        if life == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            live(folder)
            os._exit(0)
        lives.append(life)
        code = os.waitstatus_to_exitcode(os.waitpid(life, 0)[1])
        if ended or code != -signal.SIGKILL:
            return code


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
