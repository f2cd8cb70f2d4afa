"""A decision made again from what its entry says was read, and compared with what its entry says was decided.

Pure: it needs the entry and the agreements that were in force. What an event had and which of its values were given can
be told no more; which leaves may be given, why, and what is withheld can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from hub.ledger.entry import ENGINE, Entry, LeafEntry, ViewEntry, Withholding
from hub.ledger.recorded import as_asked
from hub.policy.decide import Decision, Policy, Release
from hub.policy.known import as_read
from hub.policy.project import Views
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role


class Otherwise(msgspec.Struct, frozen=True):
    """One thing that is not as it was recorded; without a recipient it is of the whole entry."""

    recipient: str
    what: str


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """What came of making the decisions of one entry again."""

    entry: str
    event: str
    versions: tuple[str, ...]
    compared: int
    """How many recipients' decisions."""
    otherwise: tuple[Otherwise, ...]


def decided_again(entry: Entry, policy: Policy, roles: Mapping[str, Role]) -> Again:
    """Decide for each recipient of an entry by the facts that were read, and compare.

    Args:
        entry: What was recorded.
        policy: The agreements that were in force.
        roles: The role of each recipient that the entry does not say itself.
    """
    views = {branch.recipient: entry.views[branch.view] for branch in entry.branches}
    if entry.views and not entry.branches:  # the answer to a question has no copy, and one recipient
        views = {asked.recipient: view for asked, view in zip(entry.auditor, entry.views, strict=True)}
    known = {**roles, **{branch.recipient: Role(branch.role) for branch in entry.branches}}
    otherwise = [] if entry.engine == ENGINE else [Otherwise("", f"was decided by engine {entry.engine}")]
    for each in entry.auditor:
        found = _compared(entry.event, policy, known.get(each.recipient), each, views.get(each.recipient))
        otherwise += [Otherwise(each.recipient, what) for what in found]
    return Again(
        entry=entry.id,
        event=entry.event,
        versions=entry.versions,
        compared=len(entry.auditor),
        otherwise=tuple(otherwise),
    )


def _compared(
    kind: str, policy: Policy, role: Role | None, recorded: Withholding, view: ViewEntry | None
) -> Iterable[str]:
    """Yield how one recipient's decision differs."""
    if role is None:
        return ["its role is not known any more"]
    try:
        situation = as_read(recorded.facts_read)
    except (KeyError, ValueError):
        return ["a fact was read that this program does not know"]
    decision = as_asked(policy, recorded).program(role, CATALOGUE[kind]).decide(situation)
    if decision.present != (view is not None):
        return ["was told, and would not be" if view else "was not told, and would be"]
    return [*_alike(decision, recorded), *(_same_view(policy, decision, view) if view else ())]


def _alike(decision: Decision, recorded: Withholding) -> Iterator[str]:
    if dict(decision.facts_read) != recorded.facts_read:
        yield f"reads other facts: {', '.join(name for name, _ in decision.facts_read)}"
    for category, reason in recorded.withheld.items():
        again = decision.withheld.get(Category(category))
        if again != reason:
            yield f"{category} was withheld ({reason}), and again: {again or 'given'}"


def _same_view(policy: Policy, decision: Decision, view: ViewEntry) -> Iterator[str]:
    outputs = Views().of(decision)[0].outputs
    leaves, wrong = view.by_path(), False
    for path, leaf in leaves.items():
        again = outputs.get(path)
        if again is None or (again.rules, again.transform) != (leaf.rules, leaf.transform):
            wrong = True
            yield f"{path} was given by {_because(leaf)}, and again: {_because(again) if again else 'not given'}"
    if wrong:
        return
    cited = policy.cited(frozenset(rule for leaf in leaves.values() for rule in leaf.rules))
    for what in ("purposes", "gateways", "obligations", "agreements"):
        before, after = getattr(view, what), getattr(cited, what)
        if before != after:
            yield f"{what} were {', '.join(before)}, and again: {', '.join(after)}"
    if view.regime != decision.regime:
        yield f"the regime was {view.regime}, and again: {decision.regime}"


def _because(leaf: LeafEntry | Release) -> str:
    return ", ".join(leaf.rules) + (f" as {leaf.transform}" if leaf.transform else "")
