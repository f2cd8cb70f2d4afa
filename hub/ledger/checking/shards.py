"""The shards among each other: each begins where the one before it ends, names its end, and has the months' entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hub.ledger.shards import shard_of
from hub.store.log_port import LogHead, Recorded
from schemas.note import Checkpoint, NoteInvalid, Verifier, former_of, open_checkpoint


def apart(heads: Sequence[LogHead], keys: Sequence[Verifier]) -> Iterator[tuple[str, str]]:
    """Yield which shards do not follow each other; the first of the heads is where the log begins."""
    for earlier, later in pairwise(heads):
        where = f"log shard {later.shard}"
        if later.first != earlier.last:
            yield where, "does not begin in the record where the one before it ends"
        if not earlier.closed:
            yield f"log shard {earlier.shard or 'before the first'}", "is not closed, and another follows it"
        signed, former = _opened(later, keys), _opened(earlier, keys) if earlier.shard else None
        if signed is None or (earlier.shard and former is None):
            continue  # it is said of its checkpoint
        if not _follows(signed, former):
            yield where, "does not name the last checkpoint of the one before it: a shard is gone, or was altered"


def _follows(signed: Checkpoint, former: Checkpoint | None) -> bool:
    try:
        named = former_of(signed)
    except NoteInvalid:
        return False
    return named == (former and former._replace(extensions=()))


def _opened(head: LogHead, keys: Sequence[Verifier]) -> Checkpoint | None:
    try:
        return open_checkpoint(head.checkpoint, *keys)
    except NoteInvalid:
        return None


def misplaced(head: LogHead, under: Sequence[Recorded]) -> Iterator[tuple[str, str]]:
    """Yield which entries are in a shard of another month than their own."""
    for each in under:
        if shard_of(each.row.at, "") > head.shard:
            yield f"entry {each.row.id}", f"is in the shard of {head.shard}, which was over when it was recorded"


def first_of_all(head: LogHead, first: Recorded) -> Iterator[tuple[str, str]]:
    """Yield whether the entry with which a shard begins is of its month."""
    if shard_of(first.row.at, "") != head.shard:
        yield f"log shard {head.shard}", "begins with an entry of another month"
