"""Verifies without the hub that a recipient was never given something: ``python -m schemas.never KEY [KEY ...] FILE``.

It needs this package and ``cryptography``, and nothing else. Each KEY is one of the log's verifier keys, which
``hub ledger key`` prints; of several, one that signed is enough. Ends with 0 where the file shows that nothing of the
category was recorded as given in its period, with 1 where it does not show that (each thing that does not hold is
named), and with 2 where there is nothing to verify.

What makes the claim complete: the branches have running numbers without a gap, each is committed to by the one behind
it, and the first and the last of them are beyond the period, or the chain's own beginning and end.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from schemas.disclosed import commitment
from schemas.leaf_categories import Unknown, categories, categories_of, topic_of
from schemas.merkle import Unproven, leaf_hash, verify_inclusion
from schemas.never_file import ASKED, FIRST, Never, end_reference, read_never
from schemas.note import NoteInvalid, Verifier, open_checkpoint, read_verifier
from schemas.proof import verify
from schemas.proof_file import Logged, Proof, ProofInvalid, read_object
from schemas.verdict import Say, Step, Verdict, arguments_of, pronounce

SLACK = dt.timedelta(minutes=5)
"""By how much the clocks of the hub's workers may differ: so far beyond the period are the branches beside it."""


class Link(NamedTuple):
    """What one branch of the file says."""

    number: int
    previous: str
    at: dt.datetime
    recipient: str
    kind: str
    leaves: dict[str, Any]


def verify_never(never: Never, keys: Sequence[Verifier]) -> list[Step]:
    """Look at everything on which it rests that nothing of the category was given; all has to hold."""
    steps = [*_sound(never, keys)]
    if all(step.holds for step in steps):  # of what was altered nothing more can be said
        links = [_link(each) for each in never.branches]
        steps += [
            *_theirs(never, links),
            *_unbroken(never, links),
            *_in_order(never, links),
            _begins(never, links),
            _ends(never, links, keys),
            *_given(never, links),
        ]
    return steps


def _sound(never: Never, keys: Sequence[Verifier]) -> Iterator[Step]:
    """Look at each branch by itself, as at a proof of one disclosure."""
    if never.since >= never.until:
        yield Step(holds=False, words="The period ends before it begins.")
    if never.category not in categories():
        yield Step(holds=False, words=f"The published schemas know no category '{never.category}'.")
    wrong = [(each, step) for each in never.branches for step in verify(each, keys) if not step.holds]
    yield from (Step(holds=False, words=f"{_named(each)}: {step.words}") for each, step in wrong)
    if not wrong and never.branches:
        words = f"Each of {len(never.branches)} branches is what was recorded, in an entry of the signed log."
        yield Step(holds=True, words=words)


def _named(proof: Proof) -> str:
    try:
        return f"Branch {int(read_object(proof.branch, 'the branch')['number'])}"
    except (ProofInvalid, KeyError, TypeError, ValueError):
        return "A branch that cannot be read"


def _link(proof: Proof) -> Link:
    branch, view = read_object(proof.branch, "the branch"), read_object(proof.view, "the view")
    return Link(
        number=int(branch["number"]),
        previous=str(branch["previous"]),
        at=dt.datetime.fromisoformat(str(branch["at"])),
        recipient=str(branch["recipient"]),
        kind=str(branch["event"]),
        leaves=dict(view["leaves"]),
    )


def _theirs(never: Never, links: Sequence[Link]) -> Iterator[Step]:
    others = [link.number for link in links if link.recipient != never.recipient]
    if others:
        yield Step(holds=False, words=f"Branch {others[0]} is another recipient's.")


def _unbroken(never: Never, links: Sequence[Link]) -> Iterator[Step]:
    """Look whether no branch is missing between those that there are."""
    wrong = False
    for (one, proof), (other, _) in pairwise(zip(links, never.branches, strict=True)):
        if other.number != one.number + 1:
            wrong = True
            yield Step(
                holds=False, words=f"Behind branch {one.number} stands {other.number}, and not {one.number + 1}."
            )
        elif other.previous != proof.commitment.hex():
            wrong = True
            yield Step(holds=False, words=f"Branch {other.number} does not name branch {one.number} as the one before.")
    if links and not wrong:
        words = (
            f"Their numbers go from {links[0].number} to {links[-1].number} without a gap, each naming the one before."
        )
        yield Step(holds=True, words=words)


def _in_order(never: Never, links: Sequence[Link]) -> Iterator[Step]:
    """Look whether places in the log and times go the same way as the numbers."""
    for (one, before), (other, after) in pairwise(zip(links, never.branches, strict=True)):
        if _place(after.log) <= _place(before.log):
            yield Step(holds=False, words=f"Branch {other.number} stands in the log before branch {one.number}.")
        if other.at < one.at - SLACK:
            words = f"Branch {other.number} is dated more than {_minutes(SLACK)} before branch {one.number}."
            yield Step(holds=False, words=words)


def _place(logged: Logged) -> tuple[str, int]:
    """Return where an entry stands in the whole log: its month, by the origin that signs it, and its number there."""
    return logged.checkpoint.partition("\n")[0], logged.number


def _begins(never: Never, links: Sequence[Link]) -> Step:
    if not links:
        return Step(holds=True, words="There is no branch before the period, as far as the end of the chain says.")
    first = links[0]
    if first.number == 1 and first.previous == FIRST:
        return Step(holds=True, words="The first of them is the first that the recipient ever got.")
    if first.at < never.since - SLACK:
        return Step(holds=True, words=f"Branch {first.number} is of before the period.")
    words = (
        f"Nothing shows what came before branch {first.number}, which is not the first and not of before the period."
    )
    return Step(holds=False, words=words)


def _ends(never: Never, links: Sequence[Link], keys: Sequence[Verifier]) -> Step:
    if never.end is None:
        if links and links[-1].at >= never.until + SLACK:
            return Step(holds=True, words=f"Branch {links[-1].number} is of after the period.")
        return Step(
            holds=False, words="Nothing shows what came behind the last branch: the end of the file was cut off."
        )
    try:
        at = _stated(never, links, keys)
    except _Unfit as unfit:
        return Step(holds=False, words=str(unfit))
    words = f"The entry of the question itself, of {_time(at)}, says that the chain ended there."
    return Step(holds=True, words=words)


class _Unfit(Exception):
    """The statement of where the chain ended does not show it; the text says why."""


def _stated(never: Never, links: Sequence[Link], keys: Sequence[Verifier]) -> dt.datetime:
    """Return when it was recorded where the chain ended.

    Raises:
        _Unfit: it was not, or says something else.
    """
    end = never.end
    assert end is not None  # noqa: S101 - asked only where there is one
    parts = commitment(end.salt, end.statement.encode()) + end.publisher + end.recipients
    entry = hashlib.sha256(parts).digest()
    try:
        signed = open_checkpoint(end.log.checkpoint, *keys)
        verify_inclusion(leaf_hash(entry), end.log.number, signed.size, end.log.path, signed.root)
    except (NoteInvalid, Unproven):
        raise _Unfit("The statement of where the chain ended is not in the signed log, or was altered.") from None
    head = json.loads(end.statement)[0]
    at, kind, event, reference = dt.datetime.fromisoformat(str(head[1])), head[2], head[3], head[4]
    last = (links[-1].number, never.branches[-1].commitment) if links else (0, bytes(32))
    if (kind, event) != ("consultation", ASKED):
        raise _Unfit("The statement of where the chain ended is an entry of something else.")
    if reference != end_reference(never.recipient, *last):
        raise _Unfit(f"The chain ended elsewhere than with branch {last[0]}, or the statement is of another recipient.")
    if links and _place(end.log) <= _place(never.branches[-1].log):
        raise _Unfit("The statement of where the chain ended stands in the log before the last branch.")
    if at < never.until:
        raise _Unfit(f"The period ends after {_time(at)}, when it was asked: of what came later nothing is shown.")
    return at


def _given(never: Never, links: Sequence[Link]) -> Iterator[Step]:
    """Look at the leaves of each copy of the period."""
    inside = [link for link in links if never.since <= link.at < never.until]
    wrong = False
    for link in inside:
        for words in _of_category(never.category, link):
            wrong = True
            yield Step(holds=False, words=f"Branch {link.number}, of {_time(link.at)}, {words}.")
    if not wrong:
        what = f"has a leaf of '{never.category}', or tells it by its type"
        yield Step(holds=True, words=f"Of the {len(inside)} copies and answers of the period none {what}.")


def _of_category(category: str, link: Link) -> Iterator[str]:
    try:
        if topic_of(link.kind) == category:
            yield f"is of type {link.kind}, which tells '{category}' by being there"
        for path, leaf in link.leaves.items():
            if category in categories_of(link.kind, path, leaf.get("transform")):
                yield f"gave {path}, which is of '{category}'"
    except Unknown as unknown:
        yield f"has something that the published schemas do not know: {unknown}"


def claim(never: Never) -> list[str]:
    """Return in plain English what a file says that holds, and what that rests on."""
    checkpoint = never.end.log.checkpoint if never.end else never.branches[-1].log.checkpoint
    origin, size = checkpoint.split("\n")[:2]
    return [
        f"From {_time(never.since)} until {_time(never.until)}",
        f"no recorded disclosure gave {never.recipient} anything of the category '{never.category}'.",
        f"This is as of the checkpoint over {size} entries of {origin}.",
        "It rests on these: every copy, and every answer to a look-up, is recorded before it is given; the hub's",
        f"clocks differ by no more than {_minutes(SLACK)}; and the categories are those of the schemas used here.",
    ]


def _time(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%d %B %Y %H:%M:%S} UTC"


def _minutes(length: dt.timedelta) -> str:
    return f"{length.total_seconds() / 60:.0f} minutes"


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """Verify the file that is named; return the exit code."""
    asked = arguments_of("schemas.never", "Verify without the hub that something was never given.").parse_args(
        arguments
    )

    def look() -> Verdict:
        never = read_never(asked.file.read_text(encoding="utf-8"))
        return Verdict(verify_never(never, [read_verifier(key) for key in asked.keys]), lambda: claim(never))

    fails = "This does NOT hold: it is not shown that nothing of it was given."
    return pronounce(look, holds="This holds.", fails=fails, say=say)


if __name__ == "__main__":
    sys.exit(main())
