"""The file that shows what a recipient was never given: its branches over a period, one behind the other.

Format: docs/formats/never-given.md. It needs no library.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, NamedTuple

from schemas.proof_file import (
    Logged,
    Proof,
    ProofInvalid,
    hash_of,
    list_of,
    object_of,
    proof_of_object,
    read_logged,
    read_object,
    word_of,
    write_logged,
)

FORM = "offender-hub/never-given@1"
ASKED = "ledger.never-given"
"""The event of the entry that says where a recipient's chain ended when it was asked for."""
FIRST = bytes(32).hex()
"""What the first branch of a chain names as the one before it."""


class End(NamedTuple):
    """The entry of the question itself: it says where the recipient's chain ended when it was recorded."""

    statement: str
    """The auditor's part of that entry, as it was committed to."""
    salt: bytes
    publisher: bytes
    """The commitment of who asked."""
    recipients: bytes
    """The root of the recipients' tree of that entry, which has none."""
    log: Logged


class Never(NamedTuple):
    """One such file."""

    recipient: str
    category: str
    since: dt.datetime
    until: dt.datetime
    """The period begins with the one moment, and ends before the other."""
    branches: tuple[Proof, ...]
    """Consecutive branches of the recipient, over the whole period, with those beside it."""
    end: End | None
    """Where no branch comes after the period: what shows that the last one was the last."""


def write_never(never: Never) -> str:
    """Return the text of a file."""
    end = never.end
    return (
        json.dumps(
            {
                "never": FORM,
                "recipient": never.recipient,
                "category": never.category,
                "from": never.since.isoformat(),
                "until": never.until.isoformat(),
                "branches": [object_of(each) for each in never.branches],
                "end": end
                and {
                    "statement": end.statement,
                    "salt": end.salt.hex(),
                    "publisher": end.publisher.hex(),
                    "recipients": end.recipients.hex(),
                    "log": write_logged(end.log),
                },
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
    )


def read_never(text: str) -> Never:
    """Return what a file says.

    Raises:
        ProofInvalid: it is no such file.
    """
    found = read_object(text, "the file")
    if found.get("never") != FORM:
        raise ProofInvalid(f"the file does not say that it is of the form {FORM}")
    branches, end = list_of(found, "branches"), found.get("end")
    if not all(isinstance(each, dict) for each in branches):
        raise ProofInvalid("'branches' is not a list of proofs")
    if end is not None and not isinstance(end, dict):
        raise ProofInvalid("'end' is neither null nor a statement")
    return Never(
        recipient=word_of(found, "recipient"),
        category=word_of(found, "category"),
        since=_moment(found, "from"),
        until=_moment(found, "until"),
        branches=tuple(proof_of_object(each) for each in branches),
        end=None if end is None else _end(end),
    )


def _end(found: dict[str, Any]) -> End:
    return End(
        statement=word_of(found, "statement"),
        salt=hash_of(found, "salt"),
        publisher=hash_of(found, "publisher"),
        recipients=hash_of(found, "recipients"),
        log=read_logged(word_of(found, "log")),
    )


def _moment(found: dict[str, Any], name: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(word_of(found, name))
    except ValueError:
        raise ProofInvalid(f"'{name}' is not a moment") from None
    if moment.tzinfo is None:
        raise ProofInvalid(f"'{name}' is a moment without a time zone")
    return moment


def end_reference(recipient: str, number: int, commitment: bytes) -> str:
    """Return how an entry says where a recipient's chain ended: its last number, and that branch's commitment."""
    return f"{recipient} {number} {commitment.hex()}"
