"""The file that shows what a recipient was never given: of its branches, and of where its chain ended. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from hub.errors import LogBroken
from hub.ledger.entry import Commitments, Entry, auditor_text
from hub.ledger.proving import proof_of
from schemas.never_file import End, Never
from schemas.proof_file import Logged, Proof


class Stored(msgspec.Struct, frozen=True):
    """One entry as the record has it, with its secret and its proof."""

    entry: Entry
    commitment: bytes
    commitments: Commitments
    logged: Logged


def never_file(
    recipient: str,
    category: str,
    period: tuple[dt.datetime, dt.datetime],
    chain: Sequence[Stored],
    question: Stored | None,
) -> Never:
    """Return the file.

    Args:
        recipient: Of whom it is.
        category: What it was never given.
        period: From one moment, and until before another.
        chain: The entries with its branches, over the whole period and with those beside it, in their order.
        question: The entry of the question, where none of these is of after the period.

    Raises:
        LogBroken: an entry does not come to its commitment.
    """
    return Never(
        recipient=recipient,
        category=category,
        since=period[0],
        until=period[1],
        branches=tuple(_proof(each, recipient) for each in chain),
        end=_end(question) if question else None,
    )


def _proof(stored: Stored, recipient: str) -> Proof:
    proof = proof_of(stored.entry, stored.commitments, recipient, stored.logged)
    if proof is None or proof.entry != stored.commitment:
        raise LogBroken
    return proof._replace(leaf_salts={})  # without a copy to compare there is no use for them


def _end(stored: Stored) -> End:
    whole, _ = stored.commitments.entry(stored.entry)
    if whole != stored.commitment:
        raise LogBroken
    return End(
        statement=auditor_text(stored.entry).decode(),
        salt=stored.commitments.salt("auditor"),
        publisher=stored.commitments.publisher(stored.entry),
        recipients=stored.commitments.without_recipients(),
        log=stored.logged,
    )
