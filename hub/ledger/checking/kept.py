"""Whether the log continues a checkpoint that somebody kept."""

from __future__ import annotations

from collections.abc import Sequence

from hub.ledger.tiles import Tree
from hub.store.log_port import LogHead, LogStore
from schemas.merkle import Unproven, verify_consistency
from schemas.note import Checkpoint, NoteInvalid, Verifier, open_checkpoint


def not_continued(store: LogStore, keys: Sequence[Verifier], kept: str) -> str | None:
    """Return why the log is not one that continues a checkpoint that somebody kept, or None where it is."""
    try:
        before = open_checkpoint(kept, *keys)
        if not before.size:
            return None
        head = _shard_of(store, before)
        if head is None:
            return f"the log has no shard {before.origin}, which was signed then"
        now = open_checkpoint(head.checkpoint, *keys)
    except NoteInvalid as error:
        return str(error)
    if now.extensions != before.extensions:
        return "its shard names another as the one before it than was signed then"
    return _not_grown_from(store, head, before, now)


def _shard_of(store: LogStore, kept: Checkpoint) -> LogHead | None:
    shard = kept.origin.rpartition("/")[2]
    return next((head for head in store.heads() if head.shard and head.shard == shard), None)


def _not_grown_from(store: LogStore, head: LogHead, before: Checkpoint, now: Checkpoint) -> str | None:
    def fetch(level: int, number: int) -> bytes:
        row = store.tile(head.shard, level, number)
        return row.hashes if row else b""

    try:
        proof = Tree(now.size, fetch).consistency(before.size)
        verify_consistency(before.size, now.size, proof, before.root, now.root)
    except (Unproven, IndexError):
        return f"the log of {now.size} entries does not continue the one of {before.size} that was signed then"
    return None
