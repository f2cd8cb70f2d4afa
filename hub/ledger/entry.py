"""One entry of the record, and the 32-byte commitment that a log is built over.

An entry has a branch for each recipient and one for the auditor. Each is committed to under a salt of its own, so that
opening one says nothing of another; the entry's commitment is a hash over the auditor's, that of who published, and the
root of a tree of the recipients'. Leaves are committed to, salted, so that a holder of a copy can show what it got.
Formats: docs/formats/disclosure-entry.md, docs/formats/branch.md.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from functools import lru_cache

import msgspec
from msgspec import UNSET, UnsetType

from hub.ledger.erased import Erasure, Remains
from hub.ledger.recipients import Opening, opening, root_of
from hub.policy.apart import Values
from hub.policy.project import Contents
from schemas.canonical import canonical_bytes

ENGINE = "1"
"""The version of the deciding engine: with the facts read and the policy version, a decision can be made again."""

COPIES_DROPPED = "copies.dropped"
"""The event of an entry that says whose copies of another were dropped before they were sent."""


class LeafEntry(msgspec.Struct, frozen=True, gc=False):
    """One leaf that a view gives: the rules it rests on, how it was transformed, and its commitment."""

    rules: tuple[str, ...]
    commitment: str
    transform: str | None = None


class ViewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What one view gives and rests on."""

    copy: str
    leaves: msgspec.Raw
    """Each leaf's entry by its path, as it is hashed and stored; ``by_path`` reads it."""
    purposes: tuple[str, ...]
    gateways: tuple[str, ...]
    obligations: tuple[str, ...]
    agreements: tuple[str, ...]
    regime: str
    corrects: str | UnsetType = UNSET
    """The delivery id of the copy that was wrong, in whose place this one stands."""

    def by_path(self) -> dict[str, LeafEntry]:
        """Return the entry of each leaf by its path."""
        return _DECODE_LEAVES(self.leaves)


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient's part: its running number, the hash of its branch before, and its view."""

    recipient: str
    role: str
    agency: str
    view: int
    number: int = 0
    """Given last, as the transaction ends; the first is 1."""
    previous: str = ""


class BranchText(msgspec.Struct, frozen=True):
    """What a recipient's branch commits to, in this order: its copy, and its place in the recipient's own chain."""

    entry: str
    at: dt.datetime
    event: str
    recipient: str
    role: str
    agency: str
    number: int
    previous: str
    view: str
    """The SHA-256 of its view, in hex."""


class Withholding(msgspec.Struct, frozen=True, kw_only=True):
    """The auditor's part for one recipient: what was withheld and why, and the facts that were read."""

    recipient: str
    relation: tuple[str, ...]
    facts_read: dict[str, tuple[str, ...]]
    withheld: dict[str, str]


class Processing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How something that was not disclosed was processed."""

    regime: str = ""
    """``law-enforcement`` or ``general``: of a disclosure it stands with each view."""
    altered: tuple[str, ...] = ()
    """Of something collected: which parts of the register's record of the person it changed."""
    user: str = ""
    """The person who acted through a system, by their identifier at the hub, where that is known."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one entry, as it is stored."""

    id: str
    at: dt.datetime
    kind: str
    """One of section 62's: collection, alteration, consultation, disclosure, combination, erasure; or ``policy``, a
    step in the life of a version of an agreement, or ``refusal``.
    """
    event: str
    """The event type, or the address that was used for a consultation."""
    reference: str
    """The keyed hash of the event's source and id; the same for everything that follows from one event."""
    person: str | None = None
    category: str = "unknown"
    """Suspect, convicted, victim, witness (section 38(3)), or unknown."""
    by: str = ""
    """The system that published or asked."""
    views: tuple[ViewEntry, ...] = ()
    branches: tuple[Branch, ...] = ()
    auditor: tuple[Withholding, ...] = ()
    engine: str = ENGINE
    versions: tuple[str, ...] = ()
    """Every agreement that was in force where something was decided, cited or not: its name and version."""
    corrects: str | UnsetType = UNSET
    """The ``reference`` of the event that is put right."""
    processing: Processing | UnsetType = UNSET
    erased: Erasure | UnsetType = UNSET
    """Of an erasure: whose record, or which copies, are kept no more. Left out of every other entry."""
    remains: Remains | UnsetType = UNSET
    """Of an entry about somebody who was erased: what is left of its commitments. Left out of every other entry."""


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept sealed beside an entry: what its salts are made from, a stated reason, and who was named."""

    secret: bytes
    reason: str = ""
    named: tuple[bytes, ...] = ()
    """Of a collection: the keyed hashes of the references by which the event named its person."""


class Commitments:
    """Makes the salted commitments of one entry."""

    def __init__(self, secret: bytes | None = None) -> None:
        """Take the entry's secret of 32 bytes, or make a new one."""
        self.secret = secret or secrets.token_bytes(32)
        self._keyed = hashlib.blake2b(key=self.secret, digest_size=32)
        self._leaves: dict[tuple[str, bytes], bytes] = {}

    def _committed(self, label: bytes, content: bytes) -> hashlib._Hash:
        """Return the SHA-256 over the label's salt and the content."""
        salt = self._keyed.copy()
        salt.update(label)
        return hashlib.sha256(salt.digest() + content)

    def leaves(self, contents: Contents, values: Values) -> msgspec.Raw:
        """Return the entry of each leaf that a copy holds, by path; what is equal in two copies is made once."""
        leaves, found, new = self._leaves, {}, self._keyed.copy
        for leaf in values.items():
            made = leaves.get(leaf)
            if made is None:
                path, content = leaf
                salt = new()  # as _committed does, of which a call for each leaf would be a part of its cost
                salt.update(_label_of(path))
                made = leaves[leaf] = hashlib.sha256(salt.digest() + content).hexdigest().encode()
            found[leaf[0]] = made
        form, paths = _form_of(contents)
        return msgspec.Raw(form % tuple([found[path] for path in paths]))

    def leaf(self, path: str, value: object) -> str:
        """Return the commitment of one leaf, in hex."""
        return self._committed(_label_of(path), canonical_bytes(value)).hexdigest()

    def entry(self, entry: Entry) -> tuple[bytes, tuple[bytes, ...]]:
        """Return the entry's commitment and those of its branches, in their order."""
        branches = tuple(
            [
                self._committed(f"branch:{branch.recipient}".encode(), text).digest()
                for branch, text in zip(entry.branches, branch_texts(entry), strict=True)
            ]
        )
        parts = self.auditor(entry) + self.publisher(entry) + root_of(branches, self.salt("recipients"))
        return hashlib.sha256(parts).digest(), branches

    def salt(self, label: str) -> bytes:
        """Return the salt of a label, of 32 bytes: keyed BLAKE2b (RFC 7693)."""
        salt = self._keyed.copy()
        salt.update(label.encode())
        return salt.digest()

    def opening(self, branches: tuple[bytes, ...], which: int) -> Opening:
        """Return where one of the branches stands in the recipients' tree, and its path there."""
        return opening(branches, self.salt("recipients"), which)

    def without_recipients(self) -> bytes:
        """Return what stands for the root of the recipients' tree of an entry that has no branch."""
        return root_of((), self.salt("recipients"))

    def auditor(self, entry: Entry) -> bytes:
        """Return the commitment of the auditor's branch."""
        return self._committed(b"auditor", auditor_text(entry)).digest()

    def publisher(self, entry: Entry) -> bytes:
        """Return the commitment of who published or asked, which can be opened by itself."""
        return self._committed(b"publisher", entry.by.encode()).digest()


def branch_texts(entry: Entry) -> list[bytes]:
    """Return what each recipient's branch commits to, in their order."""
    views = [hashlib.sha256(canonical_bytes(view)).hexdigest() for view in entry.views]
    return [
        canonical_bytes(
            BranchText(
                entry.id, entry.at, entry.event, b.recipient, b.role, b.agency, b.number, b.previous, views[b.view]
            )
        )
        for b in entry.branches
    ]


def auditor_text(entry: Entry) -> bytes:
    """Return what the auditor's branch commits to."""
    head: tuple[object, ...] = (
        entry.id,
        entry.at,
        entry.kind,
        entry.event,
        entry.reference,
        entry.person,
        entry.category,
        entry.by,
        entry.engine,
        entry.versions,
    )
    if entry.corrects is not UNSET:
        head += (entry.corrects,)
    if entry.erased is not UNSET:
        head += (entry.erased,)
    more = () if entry.processing is UNSET else (entry.processing,)
    return canonical_bytes((head, entry.auditor, *more))


@lru_cache(4096)
def _label_of(path: str) -> bytes:
    return f"leaf:{path}".encode()


_HERE = "\x00"
"""Stands for a commitment in a form; no path, rule or transform has such a character."""


@lru_cache(4096)
def _form_of(contents: Contents) -> tuple[bytes, tuple[str, ...]]:
    """Return the canonical entries of a copy's leaves with the commitments left open, and the paths in their order."""
    leaves = {path: LeafEntry(leaf.rules, _HERE, leaf.transform) for path, leaf in contents.leaves.items()}
    form = canonical_bytes(leaves)
    return form.replace(b"%", b"%%").replace(canonical_bytes(_HERE), b'"%b"'), tuple(msgspec.json.decode(form))


def new_id() -> str:
    """Return a random id of 32 hex digits."""
    return secrets.token_hex(16)


def decode_entry(content: bytes) -> Entry:
    """Return the entry of its stored content."""
    return _DECODE(content)


_DECODE = msgspec.json.Decoder(Entry).decode
_DECODE_LEAVES = msgspec.json.Decoder(dict[str, LeafEntry]).decode
