"""Verifies a proof file without the hub: ``python -m schemas.proof KEY [KEY ...] FILE [--copy COPY]``.

It needs this package and ``cryptography``, and nothing else: no server, no store, no other library. Each KEY is one of
the log's verifier keys, which ``hub ledger key`` prints; have them from the hub's operator and not from whoever gave
you the file. A proof holds under the key that signed it, however old; of several keys one that signed it is enough.
Ends with 0 where everything holds, with 1 where something does not, and with 2 where there is nothing to verify.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.disclosed import commitment, differences, leaves_in
from schemas.merkle import Unproven, leaf_hash, root_of_inclusion, verify_inclusion
from schemas.note import NoteInvalid, Verifier, open_checkpoint, read_verifier
from schemas.proof_file import Proof, ProofInvalid, Published, read_object, read_proof
from schemas.verdict import Say, Step, Verdict, arguments_of, pronounce


def verify(proof: Proof, keys: Sequence[Verifier], copy: bytes | None = None) -> list[Step]:
    """Look at each link from the recipient's branch to the signed checkpoint, and at the copy where it is given."""
    return [
        _logged(proof, keys),
        _in_entry(proof),
        _branch(proof),
        _view(proof),
        *([_publisher(proof, proof.published)] if proof.published else []),
        *([_copy(proof, copy)] if copy is not None else []),
    ]


def _logged(proof: Proof, keys: Sequence[Verifier]) -> Step:
    try:
        checkpoint = open_checkpoint(proof.log.checkpoint, *keys)
    except NoteInvalid as error:
        return Step(holds=False, words=f"The checkpoint cannot be trusted: {error}.")
    try:
        verify_inclusion(leaf_hash(proof.entry), proof.log.number, checkpoint.size, proof.log.path, checkpoint.root)
    except Unproven:
        words = (
            f"The entry is not number {proof.log.number} of the {checkpoint.size} in the log: its commitment, its"
            " number or its path was altered, or the checkpoint is not the one that they belong to."
        )
        return Step(holds=False, words=words)
    words = (
        f"The log {checkpoint.origin} signed a checkpoint over {checkpoint.size} entries;"
        f" this is number {proof.log.number}."
    )
    return Step(holds=True, words=words)


def _in_entry(proof: Proof) -> Step:
    try:
        root = root_of_inclusion(leaf_hash(proof.commitment), proof.place, 1 << len(proof.path), proof.path)
    except Unproven:
        root = b""
    if hashlib.sha256(proof.auditor + proof.publisher + root).digest() != proof.entry:
        words = (
            "The branch is not in the entry: its commitment, its place, its path, the auditor's part or the publisher's"
            " was altered."
        )
        return Step(holds=False, words=words)
    return Step(holds=True, words="The branch is one of that entry.")


def _branch(proof: Proof) -> Step:
    if commitment(proof.salt, proof.branch.encode()) != proof.commitment:
        return Step(holds=False, words="The branch does not say what was committed to: it, or its salt, was altered.")
    return Step(holds=True, words="The branch says what was committed to.")


def _view(proof: Proof) -> Step:
    try:
        named = read_object(proof.branch, "the branch").get("view")
    except ProofInvalid:
        named = None
    if hashlib.sha256(proof.view.encode()).hexdigest() != named:
        return Step(holds=False, words="What the file says was given is not what the branch names: it was altered.")
    return Step(holds=True, words="What was given, and why, is what the branch names.")


def _publisher(proof: Proof, published: Published) -> Step:
    if commitment(published.salt, published.by.encode()) != proof.publisher:
        return Step(holds=False, words="Who published it is not what was committed to: it, or its salt, was altered.")
    return Step(holds=True, words="Who published it is what was committed to.")


def _copy(proof: Proof, copy: bytes) -> Step:
    """Compare a copy with what was committed to, leaf by leaf."""
    try:
        view = read_object(proof.view, "the view")
    except ProofInvalid:
        return Step(holds=False, words="The copy cannot be compared: what the file says was given cannot be read.")
    try:
        body = read_object(copy.decode(), "the copy")
        leaves, named = leaves_in(body["data"]["given"]), body["id"]
    except (UnicodeDecodeError, KeyError, TypeError, AttributeError):
        raise ProofInvalid("the copy is not one that the hub makes") from None
    recorded = {path: leaf["commitment"] for path, leaf in view["leaves"].items()}
    wrong = [f"{path} {what}" for path, what in differences(recorded, proof.leaf_salts, leaves)]
    if named != view.get("copy"):
        wrong.insert(0, "it has another delivery id")
    if wrong:
        return Step(holds=False, words=f"The copy is not the one that was recorded: {'; '.join(wrong)}.")
    return Step(holds=True, words=f"The copy has the recorded leaves and no other, with their values: {len(leaves)}.")


def told(proof: Proof) -> list[str]:
    """Return in plain English what a proof says that holds."""
    branch, view = read_object(proof.branch, "the branch"), read_object(proof.view, "the view")
    at = dt.datetime.fromisoformat(str(branch["at"]))
    first = "" if int(branch["number"]) > 1 else ", the first that it ever got"
    lines = [
        f"On {at:%d %B %Y at %H:%M:%S} UTC it was recorded that {branch['recipient']} is given a copy.",
        f"Its role is {branch['role']}, its agency {branch['agency']}.",
        f"The copy is {view['copy']}, of type {branch['event']}: its number {branch['number']}{first}.",
        *([f"It was published by {proof.published.by}."] if proof.published else []),
        *([f"It takes the place of the copy {view['corrects']}, which was wrong."] if view.get("corrects") else []),
        "It has these leaves, and no other:",
        *(f"  {path}: {_because(leaf)}" for path, leaf in view["leaves"].items()),
    ]
    named = (("agreements", "Under"), ("purposes", "For"), ("gateways", "By the power of"), ("obligations", "Bound to"))
    lines += [f"{word}: {', '.join(view[name])}" for name, word in named if view[name]]
    return lines


def _because(leaf: dict[str, Any]) -> str:
    rules = ", ".join(leaf["rules"]) or "by no rule, since it tells nothing of anybody"
    return f"{rules}, as {leaf['transform']}" if leaf.get("transform") else rules


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """Verify the file that is named; return the exit code."""
    parser = arguments_of("schemas.proof", "Verify a proof file without the hub.")
    parser.add_argument("--copy", type=Path, help="the copy itself, as it was received")
    asked = parser.parse_args(arguments)

    def look() -> Verdict:
        proof = read_proof(asked.file.read_text(encoding="utf-8"))
        keys = [read_verifier(key) for key in asked.keys]
        return Verdict(verify(proof, keys, asked.copy.read_bytes() if asked.copy else None), lambda: told(proof))

    fails = "This proof does NOT hold: what it says is not proved."
    return pronounce(look, holds="This proof holds.", fails=fails, say=say)


if __name__ == "__main__":
    sys.exit(main())
