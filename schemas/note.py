"""Signed notes with Ed25519, and the checkpoints that they hold (C2SP signed-note and tlog-checkpoint).

A log is cut into shards, a month each. A shard is a log of its own to whoever checks it: its origin is the log's name,
a slash and the month, and it signs under that origin. Its key is the log's, so a verifier key under the log's name
stands for those of all its shards.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
"""The type of signature, as it stands in a verifier key and under a key's id."""
DASH = "\u2014 "
MOST_SIGNATURES = 64
FORMER = "former "
"""Begins the line of a shard's checkpoints that names the last one of the shard before."""
KEYS = "/keys"
"""Ends the first line of a note that names a log's keys."""
_SHARD = re.compile(r"/\d{4}-\d{2}")


class NoteInvalid(ValueError):
    """The note, or the key, is not of its form, or is not signed by that key; the text says which."""


class Verifier(NamedTuple):
    """The public key of a log under its name."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that a signature line begins with."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    def of(self, origin: str) -> Verifier:
        """Return the key as it is of one of the log's shards."""
        return Verifier(origin, self.key) if self.signs(origin) else self

    def signs(self, origin: str) -> bool:
        """Tell whether an origin is of this log: its name, or that of one of its shards."""
        rest = origin.removeprefix(self.name) if origin.startswith(self.name) else "another"
        return not rest or _SHARD.fullmatch(rest) is not None

    def __str__(self) -> str:
        """Return the verifier key as it is published: ``name+id+key``."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.key)}"


class Checkpoint(NamedTuple):
    """The head of a log's tree, or of one of its shards."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return what is signed."""
        return "\n".join([self.origin, str(self.size), _base64(self.root), *self.extensions]) + "\n"

    def as_former(self) -> str:
        """Return the line by which the next shard names this, the last checkpoint of its shard."""
        return f"{FORMER}{self.origin} {self.size} {_base64(self.root)}"


def read_verifier(written: str) -> Verifier:
    """Return the verifier key that somebody wrote down.

    Raises:
        NoteInvalid: it is none, or of another kind than Ed25519, or its parts do not fit each other.
    """
    name, _, rest = written.strip().partition("+")
    key_id, _, key = rest.partition("+")
    raw = _from_base64(key, "the verifier key")
    if not _is_name(name) or len(raw) != 33 or raw[:1] != ED25519:
        raise NoteInvalid("the verifier key is not one for Ed25519")
    verifier = Verifier(name, raw[1:])
    if verifier.key_id.hex() != key_id:
        raise NoteInvalid("the parts of the verifier key do not fit each other")
    return verifier


def sign_note(text: str, name: str, *keys: Ed25519PrivateKey) -> str:
    """Return the note of a text, which ends with a line's end, signed by each key."""
    lines = []
    for key in keys:
        verifier = Verifier(name, key.public_key().public_bytes_raw())
        lines.append(f"{DASH}{name} {_base64(verifier.key_id + key.sign(text.encode()))}\n")
    return f"{text}\n{''.join(lines)}"


def sign_keys(name: str, keys: Sequence[Ed25519PrivateKey]) -> str:
    """Return the note that names a log's keys, the newest last, signed by each of them."""
    lines = [str(Verifier(name, key.public_key().public_bytes_raw())) for key in keys]
    return sign_note("\n".join([name + KEYS, *lines]) + "\n", name, *keys)


def open_keys(note: str, *known: Verifier) -> list[Verifier]:
    """Return a log's keys, the newest last, of a note that one of those known has signed.

    Raises:
        NoteInvalid: it is none, or is signed by no key that is known.
    """
    first, *lines = open_note(note, *known).rstrip("\n").split("\n")
    keys = [read_verifier(line) for line in lines]
    if {known[0].name} != {first.removesuffix(KEYS), *(key.name for key in keys)} or not first.endswith(KEYS):
        raise NoteInvalid("it names the keys of another log")
    return keys


def open_note(note: str, *verifiers: Verifier) -> str:
    """Return the text of a note that one of these keys signed.

    Raises:
        NoteInvalid: it is no note, none of them signed it, or a signature of one of them does not hold.
    """
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise NoteInvalid("it is not a signed note")
    signatures = [_signature(line) for line in lines[:-1].split("\n")[:MOST_SIGNATURES]]
    text += "\n"
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    found = [(known[name, raw[:4]], raw[4:]) for name, raw in signatures if (name, raw[:4]) in known]
    if not found:
        raise NoteInvalid(f"it is not signed by the key of {_names(verifiers)}")
    for verifier, signature in found:
        try:
            Ed25519PublicKey.from_public_bytes(verifier.key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            raise NoteInvalid(f"the signature of {verifier.name} does not hold") from None
    return text


def read_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint of a note's text.

    Raises:
        NoteInvalid: it is none.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteInvalid("it is not a checkpoint")
    origin, size, root, *extensions = lines[:-1]
    raw = _from_base64(root, "the root")
    if not (size.isascii() and size.isdecimal()) or str(int(size)) != size or len(raw) != 32:
        raise NoteInvalid("it is not a checkpoint")
    return Checkpoint(origin, int(size), raw, tuple(extensions))


def open_checkpoint(note: str, *verifiers: Verifier) -> Checkpoint:
    """Return the checkpoint of a note that a log, or one of its shards, signed with one of the log's keys.

    Raises:
        NoteInvalid: it is none, is of another log, or is signed by none of these keys.
    """
    origin = note.partition("\n")[0]
    checkpoint = read_checkpoint(open_note(note, *(verifier.of(origin) for verifier in verifiers)))
    if not any(verifier.signs(checkpoint.origin) for verifier in verifiers):
        raise NoteInvalid(f"it is of another log than {_names(verifiers)}")
    return checkpoint


def former_of(checkpoint: Checkpoint) -> Checkpoint | None:
    """Return the last checkpoint of the shard before, as a shard's checkpoint names it; None of the first shard.

    Raises:
        NoteInvalid: it names one in another form, or several.
    """
    lines = [line.removeprefix(FORMER) for line in checkpoint.extensions if line.startswith(FORMER)]
    if not lines:
        return None
    if len(lines) > 1:
        raise NoteInvalid("it names several former shards")
    return read_checkpoint("\n".join(lines[0].split(" ")) + "\n")


def _names(verifiers: Iterable[Verifier]) -> str:
    return " or ".join(sorted({verifier.name for verifier in verifiers}))


def _signature(line: str) -> tuple[str, bytes]:
    name, blank, written = line.removeprefix(DASH).partition(" ")
    raw = _from_base64(written, "a signature")
    if not line.startswith(DASH) or not blank or not _is_name(name) or len(raw) < 5:
        raise NoteInvalid("it is not a signed note")
    return name, raw


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(written: str, what: str) -> bytes:
    try:
        raw = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if _base64(raw) != written:
        raise NoteInvalid(f"{what} is not in base64")
    return raw
