"""The proof file: one recipient's branch of one entry, and everything that ties it to a signed checkpoint.

Format: docs/formats/proof.md. It needs no library.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

FORM = "offender-hub/disclosure-proof@1"
LOGGED = "c2sp.org/tlog-proof@v1"


class ProofInvalid(ValueError):
    """It is not a proof file; the text says what is wrong with its form."""


class Logged(NamedTuple):
    """A C2SP tlog-proof: where an entry stands in a log, its path, and the checkpoint."""

    number: int
    path: tuple[bytes, ...]
    checkpoint: str


class Published(NamedTuple):
    """Who published, and the salt under which that is committed to."""

    by: str
    salt: bytes


class Proof(NamedTuple):
    """One proof file."""

    branch: str
    """What the recipient's branch says, as it was committed to."""
    salt: bytes
    commitment: bytes
    """Of the branch: what the recipient's next branch names as the one before it."""
    view: str
    """What the copy gave and rested on, as the branch commits to it by its hash."""
    leaf_salts: dict[str, bytes]
    place: int
    path: tuple[bytes, ...]
    auditor: bytes
    """The commitment of the auditor's branch."""
    publisher: bytes
    """The commitment of who published."""
    entry: bytes
    """The commitment of the whole entry, which the log is over."""
    log: Logged
    published: Published | None = None
    """Who published, where it is to be shown: the recipient's copy does not say it."""


def write_proof(proof: Proof) -> str:
    """Return the file of a proof."""
    return json.dumps(object_of(proof), ensure_ascii=False, indent=1) + "\n"


def object_of(proof: Proof) -> dict[str, Any]:
    """Return a proof as the JSON object that its file is."""
    return {
        "proof": FORM,
        "branch": proof.branch,
        "salt": proof.salt.hex(),
        "commitment": proof.commitment.hex(),
        "view": proof.view,
        "leaf_salts": {path: salt.hex() for path, salt in proof.leaf_salts.items()},
        "place": proof.place,
        "path": [each.hex() for each in proof.path],
        "auditor": proof.auditor.hex(),
        "publisher": proof.publisher.hex(),
        **({"published": _written(proof.published)} if proof.published else {}),
        "entry": proof.entry.hex(),
        "log": write_logged(proof.log),
    }


def read_proof(text: str) -> Proof:
    """Return the proof of a file.

    Raises:
        ProofInvalid: it is none.
    """
    return proof_of_object(read_object(text, "the file"))


def proof_of_object(found: dict[str, Any]) -> Proof:
    """Return the proof of a JSON object; raises as ``read_proof`` does."""
    if found.get("proof") != FORM:
        raise ProofInvalid(f"the file does not say that it is of the form {FORM}")
    salts = found.get("leaf_salts")
    if not isinstance(salts, dict):
        raise ProofInvalid("'leaf_salts' is missing")
    return Proof(
        branch=word_of(found, "branch"),
        salt=hash_of(found, "salt"),
        commitment=hash_of(found, "commitment"),
        view=word_of(found, "view"),
        leaf_salts={path: hash_of(salts, path) for path in salts},
        place=_number(found, "place"),
        path=tuple(_unhex(each, "path") for each in list_of(found, "path")),
        auditor=hash_of(found, "auditor"),
        publisher=hash_of(found, "publisher"),
        entry=hash_of(found, "entry"),
        log=read_logged(word_of(found, "log")),
        published=_published(found.get("published")),
    )


def write_logged(logged: Logged) -> str:
    """Return the text of a C2SP tlog-proof."""
    lines = [LOGGED, f"index {logged.number}", *(base64.b64encode(each).decode() for each in logged.path)]
    return "\n".join(lines) + f"\n\n{logged.checkpoint}"


def read_logged(text: str) -> Logged:
    """Return the C2SP tlog-proof of a text; what the line ``extra`` says is left aside.

    Raises:
        ProofInvalid: it is none.
    """
    head, blank, checkpoint = text.partition("\n\n")
    lines = [line for i, line in enumerate(head.split("\n")) if not (i == 1 and line.startswith("extra "))]
    index = lines[1].removeprefix("index ") if len(lines) > 1 and lines[1].startswith("index ") else ""
    if not blank or lines[0] != LOGGED or not (index.isascii() and index.isdecimal()) or str(int(index)) != index:
        raise ProofInvalid(f"'log' is not of the form {LOGGED}")
    try:
        path = tuple(base64.b64decode(line, validate=True) for line in lines[2:])
    except (binascii.Error, ValueError):
        raise ProofInvalid("a hash in 'log' is not in base64") from None
    return Logged(int(index), path, checkpoint)


def read_object(text: str, what: str) -> dict[str, Any]:
    """Return the JSON object of a text.

    Raises:
        ProofInvalid: it is none, or has a member twice.
    """

    def once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise ProofInvalid(f"{what} has the member '{name}' twice")
            found[name] = value
        return found

    try:
        found = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, ProofInvalid) else ProofInvalid(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise ProofInvalid(f"{what} is not a JSON object")
    return found


def _written(published: Published) -> dict[str, str]:
    return {"by": published.by, "salt": published.salt.hex()}


def _published(found: object) -> Published | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        raise ProofInvalid("'published' is no JSON object")
    return Published(word_of(found, "by"), hash_of(found, "salt"))


def word_of(found: dict[str, Any], name: str) -> str:
    """Return the text that a member is; raises ``ProofInvalid``."""
    if not isinstance(found.get(name), str):
        raise ProofInvalid(f"'{name}' is missing, or is no text")
    return str(found[name])


def _number(found: dict[str, Any], name: str) -> int:
    value = found.get(name)
    if type(value) is not int or value < 0:
        raise ProofInvalid(f"'{name}' is missing, or is no number")
    return value


def list_of(found: dict[str, Any], name: str) -> list[Any]:
    """Return the list that a member is; raises ``ProofInvalid``."""
    if not isinstance(found.get(name), list):
        raise ProofInvalid(f"'{name}' is missing, or is no list")
    return list(found[name])


def hash_of(found: dict[str, Any], name: str) -> bytes:
    """Return the 32 bytes that a member is in hex; raises ``ProofInvalid``."""
    return _unhex(found.get(name), name)


def _unhex(value: object, name: str) -> bytes:
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise ProofInvalid(f"'{name}' is missing, or is not 32 bytes in hex")
    return raw
