"""A recipient's signed word that copies are in its hands: by a key of the system that gives it, over their bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hub.access import jws
from hub.access.errors import ReceiptRefused, Rule
from hub.access.jwk import PublicJwk
from schemas.receipt import LARGEST, RECEIPT_TYPE, ReceiptStatement


def read_receipt(text: str, keys: Sequence[PublicJwk], recipient: str, deliveries: Collection[str]) -> ReceiptStatement:
    """Return what was signed: a receipt of this recipient for exactly these copies.

    Raises:
        ReceiptRefused: naming the first rule that it breaks.
    """
    read = jws.read(text, ReceiptRefused, LARGEST)
    jws.check_type(read, frozenset({RECEIPT_TYPE}), ReceiptRefused)
    statement = jws.decode(read.payload, ReceiptStatement, Rule.CLAIMS, ReceiptRefused)
    named = [key for key in keys if read.header.kid in (key.key_id(), key.thumbprint())]
    if len(named) != 1:
        raise ReceiptRefused(Rule.KEY)
    jws.check_signature(read, named[0].public_key(), named[0].algorithm, ReceiptRefused)
    if statement.recipient != recipient or statement.copies.keys() != set(deliveries):
        raise ReceiptRefused(Rule.OTHER)
    return statement
