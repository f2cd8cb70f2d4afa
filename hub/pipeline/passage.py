"""What is noted of copies on their way: that they left, whom they missed, and that they were received."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.delivery.outgoing import Outgoing
from hub.pipeline.draft import Batch
from hub.pipeline.record import send_again
from hub.pipeline.withdrawing import withdraw_arrived
from schemas.exchange import Receipt


def left(recipient: str, deliveries: Iterable[str], batch: Batch) -> None:
    """Note that a recipient fetched copies."""
    batch.changes.left += [(recipient, delivery, batch.now) for delivery in deliveries]


def departed(departures: Sequence[str], batch: Batch) -> None:
    """Note that the broker has departures."""
    batch.changes.departed += [(departure, batch.now) for departure in departures]


def divert(departure: Outgoing, recipients: Sequence[str], batch: Batch) -> None:
    """Note that a departure left, and let it go again to recipients that it missed."""
    departed([departure.id], batch)
    for recipient in recipients:
        send_again(batch.changes, recipient, [(departure.entry, departure.person, departure.lane)], batch.now)


def received(receipt: Receipt, batch: Batch) -> int:
    """Note that copies are in the recipient's hands; return how many of the named ones were not known to be."""
    # No id of ours has a character that a database does not take.
    named = [delivery for delivery in receipt.deliveries if delivery.isprintable()]
    mine = batch.tx.unreceipted(receipt.recipient, named)
    batch.changes.received += [(receipt.recipient, delivery, batch.now) for delivery in sorted(mine)]
    if unknown := [delivery for delivery in named if delivery not in mine]:
        withdraw_arrived(batch, receipt.recipient, unknown)
    return len(mine)
