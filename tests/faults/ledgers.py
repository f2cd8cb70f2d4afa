"""What of a hub's ledger does not hold, after whatever happened to it."""

from __future__ import annotations

import datetime as dt

from hub.ledger.checking.whole import Check
from hub.ledger.log import Log
from hub.ledger.signing import keyring
from hub.sealing import Sealer
from hub.store.port import Store


def does_not_hold(store: Store, sealer: Sealer) -> list[str]:
    """Let the log take in everything that was recorded, check all of it, and close the store."""
    try:
        log = Log(store.log, keyring(sealer), lambda: dt.datetime.now(dt.UTC))
        log.catch_up()
        found = Check(store.log, sealer, log.keys().verifiers, lambda *_: None).run()
    finally:
        store.close()
    assert found.entries
    return [f"{each.of}: {each.what}" for each in found.findings]
