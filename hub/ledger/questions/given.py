"""One disclosure as an answer names it: to whom what was given, and what that rested on. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import msgspec

from hub.ledger.entry import Branch, Entry, LeafEntry, ViewEntry


class AsOf(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint of the log up to which an answer is complete."""

    log: str
    """The origin of the log's last month; each month names the last checkpoint of the one before."""
    size: int
    """Over how many entries it is."""
    root: str
    """The tree's root, in base64."""
    checkpoint: str
    """The signed note itself."""
    question: str
    """The entry in which the question is recorded; it is one of them."""


class How(msgspec.Struct, frozen=True, kw_only=True):
    """By which rules a leaf was given, and as what."""

    rules: tuple[str, ...]
    transform: str | None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient was given at one time, without any value."""

    entry: str
    at: dt.datetime
    kind: str
    """``disclosure``; ``consultation`` for the answer to a look-up; ``erasure`` for a withdrawal."""
    event: str
    person: str
    """The hub's own id of the person; empty where the caller may not see it."""
    category: str
    recipient: str
    role: str
    agency: str
    number: int
    delivery: str
    """Empty for the answer to a look-up, which is no copy."""
    given: dict[str, How]
    purposes: tuple[str, ...]
    gateways: tuple[str, ...]
    obligations: tuple[str, ...]
    agreements: tuple[str, ...]
    regime: str


def given_in(
    entry: Entry, wanted: Callable[[Branch, ViewEntry], bool], *, rule: str = "", person: bool = False
) -> Iterator[Given]:
    """Yield what an entry gave to some.

    Args:
        entry: What was recorded.
        wanted: Whether a branch with its view is asked for.
        rule: Where it is stated, only leaves that rest on this rule, and nothing of a view that has none.
        person: Whether the answer says about whom it was.
    """
    for branch in entry.branches:
        view = entry.views[branch.view]
        if not wanted(branch, view):
            continue
        leaves = {path: leaf for path, leaf in view.by_path().items() if not rule or rule in leaf.rules}
        if leaves or not rule:
            yield _given(entry, branch, view, leaves, entry.person or "" if person else "")


def _given(entry: Entry, branch: Branch, view: ViewEntry, leaves: dict[str, LeafEntry], person: str) -> Given:
    return Given(
        entry=entry.id,
        at=entry.at,
        kind=entry.kind,
        event=entry.event,
        person=person,
        category=entry.category,
        recipient=branch.recipient,
        role=branch.role,
        agency=branch.agency,
        number=branch.number,
        delivery=view.copy,
        given={path: How(rules=leaf.rules, transform=leaf.transform) for path, leaf in leaves.items()},
        purposes=view.purposes,
        gateways=view.gateways,
        obligations=view.obligations,
        agreements=view.agreements,
        regime=view.regime,
    )
