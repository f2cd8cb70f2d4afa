"""Things held: until somebody looks, until the hub tries again by itself, or in line behind a copy that waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from hub.pipeline.draft import Draft
from hub.store.port import HeldRow

PAUSES = (1, 10, 60, 600)
"""Seconds before each time that the hub tries something again by itself; after the last an operator must act."""
HELD, RETRYING, RETRIED, SETTLED = "held", "retrying", "retried", "settled"
"""The states of what is held: somebody must look; the hub tries again by itself; how it ended."""
HUB_FAULT, AMBIGUOUS, DUE_FAILED = "hub-fault", "ambiguous", "due-failed"
ANSWER_FAILED, BEHIND = "answer-failed", "behind-earlier-copy"
DEAD_EVENT, DEAD_COPY = "dead-letter-intake", "dead-letter-delivery"
"""Why something is held; what is refused is held under the code of the refusal."""


def next_try(now: dt.datetime, attempts: int) -> dt.datetime:
    """Return when the hub tries again what it has tried so often."""
    return now + dt.timedelta(seconds=PAUSES[min(attempts, len(PAUSES) - 1)])


def to_try_again(row: HeldRow) -> HeldRow:
    """Return something new to hold as what the hub tries again by itself."""
    return replace(row, state=RETRYING, next_at=next_try(row.at, 0))


def in_line(row: HeldRow, ahead: Sequence[HeldRow]) -> HeldRow:
    """Return a copy to hold as it waits behind others: it goes when they go, and the first is what is tried."""
    if not ahead:
        return to_try_again(row)
    return replace(row, state=HELD if any(each.state == HELD for each in ahead) else RETRYING)


def line(draft: Draft, recipient: str, person: str) -> list[HeldRow]:
    """Return what waits for one recipient about one person, oldest first, with all that this batch did to it."""
    ids = _known_as(draft, person)
    written = (draft.batch.changes, draft.changes)
    rows = [row for each in sorted(ids) for row in draft.batch.tx.waiting_for(recipient, each)]
    rows += [row for changes in written for row in changes.held if row.recipient == recipient and row.person in ids]
    settled = {held for changes in written for held in changes.settled}
    put_off = {held: (n, at) for changes in written for held, n, at in changes.retries}
    return [_put_off(row, put_off) for row in sorted(rows, key=lambda row: row.at) if row.id not in settled]


def _put_off(row: HeldRow, put_off: Mapping[str, tuple[int, dt.datetime | None]]) -> HeldRow:
    if row.id not in put_off:
        return row
    attempts, next_at = put_off[row.id]
    return replace(row, attempts=attempts, next_at=next_at, state=RETRYING if next_at else HELD)


def _known_as(draft: Draft, person: str) -> set[str]:
    """Return an id with those that this batch merges into it; of earlier merges the store knows."""
    merged = draft.batch.merged | draft.merged
    ids = {person}
    while more := {old for old, into in merged.items() if into in ids} - ids:
        ids |= more
    return ids
