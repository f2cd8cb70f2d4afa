"""What an entry says of one recipient: what it was given and why, and how much is known of the case.

Pure: it needs the entry, and the agreements that were in force. Beside the facts that were read a record has the
relation whole, and the hour at which it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

import msgspec

from hub.ledger.entry import Entry, LeafEntry, ViewEntry, Withholding
from hub.policy.decide import Decision, Policy
from hub.policy.facts import AGE, AGE_YEARS, FACTS, INDEX, RELATION, mask_of
from hub.policy.known import Known, as_read, as_recorded, exactly, nothing_known
from hub.policy.project import source_of
from hub.policy.status import KEPT
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role

HOUR = INDEX["hour"]
LONDON = ZoneInfo("Europe/London")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient's part of an entry."""

    entry: Entry
    recipient: str
    role: Role
    auditor: Withholding
    view: ViewEntry | None
    """What it was given; None where it was told nothing."""

    @property
    def kind(self) -> str:
        """Return the type of what was told."""
        return self.entry.event

    @property
    def relation(self) -> int:
        """Return how the recipient stood to the person, as it was decided."""
        return mask_of("relation", self.auditor.relation)

    @property
    def hour(self) -> int:
        """Return the hour of the day in London at which it was decided."""
        return self.entry.at.astimezone(LONDON).hour

    def leaves(self) -> dict[str, LeafEntry]:
        """Return the leaves of its copy, by the path that each has there."""
        return self.view.by_path() if self.view else {}

    def by_source(self) -> dict[str, LeafEntry]:
        """Return the same, by the path that each has in the event."""
        return {source_of(self.kind, path, leaf.transform): leaf for path, leaf in self.leaves().items()}


def parts(entry: Entry, roles: Mapping[str, Role]) -> Iterator[Part]:
    """Yield the part of each recipient of a disclosure.

    Args:
        entry: What was recorded.
        roles: The role of each recipient that the entry does not say itself; of whom it is not known is left out.
    """
    branches = {branch.recipient: branch for branch in entry.branches}
    for each in entry.auditor:
        branch = branches.get(each.recipient)
        role = Role(branch.role) if branch else roles.get(each.recipient)
        if role is not None:
            view = entry.views[branch.view] if branch else None
            yield Part(entry=entry, recipient=each.recipient, role=role, auditor=each, view=view)


def as_asked(policy: Policy, recorded: Withholding) -> Policy:
    """Return the agreements as they were asked for a recipient: with the status kept, where the record says that."""
    return policy.unknowing if recorded.withheld.get(Category.MARKER) == KEPT else policy


def decided_then(part: Part, policy: Policy) -> Decision:
    """Return what was decided by the agreements of that time.

    Raises:
        KeyError, ValueError: a fact was read that this program does not know.
    """
    program = as_asked(policy, part.auditor).program(part.role, CATALOGUE[part.kind])
    return program.decide(as_read(part.auditor.facts_read))


def known_facts(part: Part, then: Policy, now: Policy) -> dict[int, Known]:
    """Return what is known of the facts of a case, for other agreements to decide on.

    Raises:
        KeyError, ValueError: a fact was read that this program does not know.
    """
    asked = dict(then.program(part.role, CATALOGUE[part.kind]).reads)
    known = as_recorded(part.auditor.facts_read, asked)
    known[RELATION] = exactly(RELATION, part.relation)
    known[HOUR] = exactly(HOUR, mask_of("hour", [str(part.hour)]))
    birthday = now.age_by_birthday(part.role)
    if birthday is not then.age_by_birthday(part.role):
        known[AGE] = nothing_known(AGE)
        known.pop(AGE_YEARS, None)
    if not birthday:
        known[AGE_YEARS] = exactly(AGE_YEARS, FACTS[AGE_YEARS].not_known)
    return known
