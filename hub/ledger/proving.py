"""The proof of one disclosure, of its entry and the entry's secret; pure."""

from __future__ import annotations

from hub.ledger.entry import Commitments, Entry, branch_texts
from schemas.canonical import canonical_bytes
from schemas.proof_file import Logged, Proof, Published


def proof_of(
    entry: Entry, commitments: Commitments, recipient: str, logged: Logged, *, publisher: bool = False
) -> Proof | None:
    """Return what shows to anybody what one recipient was given, and nothing of others; None for one that got nothing.

    Args:
        entry: What was recorded.
        commitments: Those of this entry, made of its secret.
        recipient: Whose branch it is.
        logged: The proof that the entry is in the log.
        publisher: Whether it also shows who published, which the recipient was not told.
    """
    which = next((i for i, branch in enumerate(entry.branches) if branch.recipient == recipient), None)
    if which is None:
        return None
    view = entry.views[entry.branches[which].view]
    whole, branches = commitments.entry(entry)
    opening = commitments.opening(branches, which)
    return Proof(
        branch=branch_texts(entry)[which].decode(),
        salt=commitments.salt(f"branch:{recipient}"),
        commitment=branches[which],
        view=canonical_bytes(view).decode(),
        leaf_salts={path: commitments.salt(f"leaf:{path}") for path in view.by_path()},
        place=opening.place,
        path=opening.path,
        auditor=commitments.auditor(entry),
        publisher=commitments.publisher(entry),
        published=Published(entry.by, commitments.salt("publisher")) if publisher else None,
        entry=whole,
        log=logged,
    )
