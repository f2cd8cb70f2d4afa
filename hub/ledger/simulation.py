"""Recorded disclosures made again under a draft: what would have been otherwise for whom, and in how many copies.

Pure. What a record does not tell is counted as such and never guessed: a decision that reads a fact which was not read
then, and a leaf newly given of which it is not known whether the event had it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hub.errors import HubError
from hub.ledger.compared import Compared
from hub.ledger.entry import Entry
from hub.ledger.recorded import Part, parts
from hub.ledger.simulated import Tally
from hub.ledger.would import UNKNOWN_FACT, Would, would
from hub.policy.decide import Policy
from hub.policy.model import Agreement
from schemas.catalogue import CATALOGUE
from schemas.labels import Role

KEPT = 20_000
"""How many different decisions are remembered before starting afresh."""
OTHER_VERSION = "a version that was in force then is not known here any more"


class Simulation:
    """Takes entries one after the other, and counts."""

    def __init__(
        self,
        draft: Sequence[Agreement],
        version: Callable[[str], Agreement],
        roles: Mapping[str, Role],
        reads: Callable[[str], frozenset[str]],
    ) -> None:
        """Take the draft, which takes the place of what was in force under the same name and stands beside the rest.

        Args:
            draft: One agreement or several.
            version: Returns a version that an entry cites; raises a HubError for one that it does not know.
            roles: The role of each recipient.
            reads: Returns the leaves that a recipient's adapter reads.
        """
        self._draft, self._version, self._roles = tuple(draft), version, roles
        self._policies: dict[tuple[str, ...], tuple[Policy, Policy] | None] = {}
        self._would: dict[tuple[object, ...], Would] = {}
        self.tally = Tally(reads)
        self.entries = 0
        """How many tellings were looked at."""
        self.decisions = 0
        """How many decisions in them, one for each recipient."""

    def take(self, entry: Entry) -> None:
        """Make the decisions of one entry again, and count what would have been otherwise."""
        self.entries += 1
        pair = self._pair(entry.versions)
        own = list(parts(entry, self._roles))
        self.decisions += len(own)
        if pair is None or entry.event not in CATALOGUE:
            for part in own:
                self.tally.leave(part, OTHER_VERSION if pair is None else UNKNOWN_FACT)
            return
        had = frozenset(source for part in own for source in part.by_source())
        for part in own:
            found = self._made_again(part, *pair)
            if found.undecided:
                self.tally.leave(part, found.undecided, found.missing)
            else:
                Compared(part, found, pair[1], had, self.tally).count()

    def _pair(self, versions: tuple[str, ...]) -> tuple[Policy, Policy] | None:
        """Return what was in force, and the same with the draft in place of its former version."""
        if versions not in self._policies:
            try:
                then = [self._version(reference) for reference in versions]
            except HubError:
                self._policies[versions] = None
            else:
                names = {agreement.name for agreement in self._draft}
                now = sorted((*(a for a in then if a.name not in names), *self._draft), key=lambda a: a.name)
                self._policies[versions] = (Policy(then), Policy(now))
        return self._policies[versions]

    def _made_again(self, part: Part, then: Policy, now: Policy) -> Would:
        entry, read = part.entry, tuple(sorted(part.auditor.facts_read.items()))
        key = (entry.versions, part.kind, part.role, part.relation, read, part.view is None, part.hour)
        found = self._would.get(key)
        if found is None:
            if len(self._would) >= KEPT:
                self._would.clear()
            found = self._would[key] = would(part, then, now)
        return found
