"""One entry by itself: against its own columns, its commitment, and the copies that it says were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import UNSET

from hub.ledger.entry import Commitments, Entry, Secrets, ViewEntry, decode_entry
from hub.ledger.remainder import comes_to
from hub.sealing import Sealer, Unsealable
from hub.store.log_port import Held, Recorded
from hub.store.port import EntryRow
from schemas.canonical import canonical_bytes
from schemas.disclosed import differences, leaves_in

_secrets = msgspec.msgpack.Decoder(Secrets).decode


class Opened(msgspec.Struct, frozen=True):
    """An entry that can be read, with the commitments of its branches."""

    entry: Entry
    commitments: Commitments
    branches: tuple[bytes, ...]


class Unreadable(Exception):
    """An entry cannot be read; the text says what of it."""


def opened(recorded: Recorded, sealer: Sealer) -> tuple[Opened, list[str]]:
    """Return an entry, and what of it is not as it was written.

    Raises:
        Unreadable: nothing more can be said of it.
    """
    row = recorded.row
    try:
        entry = decode_entry(row.content)
    except msgspec.DecodeError:
        raise Unreadable("its content cannot be read") from None
    if entry.remains is not UNSET:
        return _remainder(row, entry)
    wrong = _columns_differ(row, entry)
    try:
        commitments = Commitments(_secrets(sealer.open_for(row.wrapped, "entry", row.sealed)).secret)
    except (Unsealable, msgspec.DecodeError):
        raise Unreadable("; ".join([*wrong, "its secret does not open, so nothing of it can be compared"])) from None
    if any(not 0 <= branch.view < len(entry.views) for branch in entry.branches):
        raise Unreadable("a branch names a view that it does not have")
    commitment, branches = commitments.entry(entry)
    if commitment != row.commitment or canonical_bytes(entry) != row.content:
        wrong.append("it does not come to its commitment: the one or the other was altered")
    return Opened(entry, commitments, branches), wrong


def _remainder(row: EntryRow, entry: Entry) -> tuple[Opened, list[str]]:
    """Return what remains of an entry about somebody who was erased: it still comes to its commitment."""
    try:
        commitment, branches = comes_to(entry)
    except ValueError:
        raise Unreadable("what remains of it is not in its form") from None
    wrong = _columns_differ(row, entry)
    if commitment != row.commitment or canonical_bytes(entry) != row.content or row.sealed:
        wrong.append("what remains of it does not come to its commitment, or more than that is kept")
    return Opened(entry, Commitments(bytes(32)), branches), wrong


def _columns_differ(row: EntryRow, entry: Entry) -> list[str]:
    if (entry.id, entry.kind, entry.person, entry.at) == (row.id, row.kind, row.person, row.at):
        return []
    return ["its columns and its content name another entry, kind, person or time"]


def copies_differ(found: Opened, held: Iterable[Held], sealer: Sealer) -> Iterator[str]:
    """Yield what of those copies that an entry names is not what it says."""
    views = {view.copy: view for view in found.entry.views}
    for each in held:
        if each.copy in views and each.body:  # that one without was deleted is looked at by itself
            yield from _body_differs(found, views[each.copy], each, sealer)


def _body_differs(found: Opened, view: ViewEntry, held: Held, sealer: Sealer) -> Iterator[str]:
    try:
        body = msgspec.json.decode(sealer.open_for(held.wrapped, "copy", held.body))
        leaves, named = leaves_in(body["data"]["given"]), (body["id"], body["data"]["handling"]["entry"])
    except (Unsealable, msgspec.MsgspecError, ValueError, KeyError, TypeError, AttributeError):
        yield f"its copy {view.copy} cannot be read"
        return
    recorded = {path: leaf.commitment for path, leaf in view.by_path().items()}
    if recorded != {path: found.commitments.leaf(path, value) for path, value in leaves.items()}:
        salts = {path: found.commitments.salt(f"leaf:{path}") for path in recorded}
        for path, what in differences(recorded, salts, leaves):
            yield f"{path} of its copy {view.copy} {what}"
    if named != (view.copy, found.entry.id):
        yield f"its copy {view.copy} names another copy or entry"
