"""Signed notes with Ed25519, and the checkpoints that they hold (C2SP signed-note and tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
"""The type of signature, as it stands in a verifier key and under a key's id."""
DASH = "\u2014 "
MOST_SIGNATURES = 64


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

    def __str__(self) -> str:
        """Return the verifier key as it is published: ``name+id+key``."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(ED25519 + self.key)}"


class Checkpoint(NamedTuple):
    """The head of a log's tree."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


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


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return the note of a text, which ends with a line's end."""
    verifier = Verifier(name, key.public_key().public_bytes_raw())
    return f"{text}\n{DASH}{name} {_base64(verifier.key_id + key.sign(text.encode()))}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """Return the text of a note.

    Raises:
        NoteInvalid: it is no note, or not signed by this key.
    """
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise NoteInvalid("it is not a signed note")
    signatures = [_signature(line) for line in lines[:-1].split("\n")[:MOST_SIGNATURES]]
    text += "\n"
    found = [raw[4:] for name, raw in signatures if (name, raw[:4]) == (verifier.name, verifier.key_id)]
    if not found:
        raise NoteInvalid(f"it is not signed by the key of {verifier.name}")
    for signature in found:
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
    origin, size, root, *_ = lines
    raw = _from_base64(root, "the root")
    if not (size.isascii() and size.isdecimal()) or str(int(size)) != size or len(raw) != 32:
        raise NoteInvalid("it is not a checkpoint")
    return Checkpoint(origin, int(size), raw)


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """Return the checkpoint of a note that the log of the same name signed.

    Raises:
        NoteInvalid: it is none, is of another log, or is not signed by this key.
    """
    checkpoint = read_checkpoint(open_note(note, verifier))
    if checkpoint.origin != verifier.name:
        raise NoteInvalid(f"it is of another log than {verifier.name}")
    return checkpoint


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
