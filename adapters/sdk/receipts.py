"""A receipt as it is sent: the word of the recipient, signed with the system's own key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import UNSET

from adapters.sdk.credentials import AgencyKey
from schemas.exchange import Receipt


def receipt_of(key: AgencyKey, recipient: str, deliveries: Sequence[str], digests: Mapping[str, str] | None) -> Receipt:
    """Return the receipt of some copies; without the digests of their bytes it is not signed."""
    copies = {delivery: digests[delivery] for delivery in deliveries} if digests else {}
    signed = key.receipt(recipient, copies, dt.datetime.now(dt.UTC)) if copies else UNSET
    return Receipt(recipient=recipient, deliveries=list(deliveries), signed=signed)
