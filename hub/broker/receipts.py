"""Receipts that came by the broker."""

from __future__ import annotations

import msgspec

from hub.access.principal import Principal
from hub.broker.admission import Arrived
from hub.errors import Malformed, NotYours, Problem
from hub.service import Hub
from schemas.exchange import Outcome, Receipt

_receipt_of = msgspec.json.Decoder(Receipt).decode


async def take_receipt(hub: Hub, arrived: Arrived, sender: Principal, *, since: int | None = None) -> Outcome:
    """Note what a receipt says has arrived; ``sender`` is the system that gives it.

    Raises:
        Malformed, NotYours, ReceiptRefused: it is refused.
        StoreUnavailable, LeaseLost: nothing of it is on disk.
    """
    try:
        receipt = _receipt_of(arrived.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed(Problem("body", "is not a receipt")) from None
    if receipt.recipient not in sender.recipients:
        raise NotYours(Problem("recipient", "is not one of your own"))
    await hub.receive(receipt, client=sender.client_id, since=since)
    return Outcome(id="", state="accepted")
