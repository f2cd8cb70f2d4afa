"""What is noted of copies on their way: that they left, whom they missed, and that they were received."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec import UNSET

from hub.access.errors import ReceiptRefused, Rule
from hub.access.receipts import read_receipt
from hub.delivery.outgoing import Outgoing
from hub.ledger.entry import new_id
from hub.pipeline.draft import Batch
from hub.pipeline.record import send_again
from hub.pipeline.withdrawing import withdraw_arrived
from hub.store.correcting import ReceiptRow
from schemas.exchange import Receipt
from schemas.receipt import digest_of


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


def received(receipt: Receipt, client: str, batch: Batch) -> int:
    """Note that copies are in the recipient's hands; return how many of the named ones were not known to be.

    Raises:
        ReceiptRefused: it is not signed by the system that sent it, not of these copies, or of other bytes; or it is
            not signed at all, where the directory asks for that.
    """
    # No id of ours has a character that a database does not take.
    named = [delivery for delivery in receipt.deliveries if delivery.isprintable()]
    mine = batch.tx.unreceipted(receipt.recipient, named)
    if (word := _signed(receipt, client, mine, batch)) is not None:
        batch.changes.receipts.append(word)
        batch.changes.signed |= {(receipt.recipient, delivery): word.id for delivery in mine}
    batch.changes.received += [(receipt.recipient, delivery, batch.now) for delivery in sorted(mine)]
    if unknown := [delivery for delivery in named if delivery not in mine]:
        withdraw_arrived(batch, receipt.recipient, unknown)
    return len(mine)


def _signed(receipt: Receipt, client: str, mine: Collection[str], batch: Batch) -> ReceiptRow | None:
    """Return the signed word of what is new; None where nothing is, or where it is not signed and need not be."""
    system = batch.tools.directory.systems.get(client)
    if receipt.signed is UNSET:
        if system is not None and system.signs_receipts:
            raise ReceiptRefused(Rule.UNSIGNED)
        return None
    keys = system.keys if system is not None else ()
    said = read_receipt(receipt.signed, keys, receipt.recipient, receipt.deliveries)
    for copy, body, person in batch.tx.bodies(mine):
        if digest_of(batch.keyring.open(person, "copy", body)) != said.copies[copy]:
            raise ReceiptRefused(Rule.BYTES)
    return ReceiptRow(id=new_id(), client=client, at=batch.now, signed=receipt.signed) if mine else None
