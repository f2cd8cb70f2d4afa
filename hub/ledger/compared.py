"""One recipient's recorded copy beside what it would be under a draft, leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.ledger.recorded import Part
from hub.ledger.simulated import Key, Tally, What
from hub.ledger.would import Would
from hub.policy.decide import NO_RULE, NOT_PRESENT, Policy
from hub.policy.said import Release
from schemas.catalogue import CATALOGUE
from schemas.labels import Category
from schemas.leaves import Leaf, leaves_of

LEAF = "whether some leaf would be given is not the same in every case that fits the record"
TOLD = "whether anything would be told is not the same in every case that fits the record"


class Compared:
    """One recipient's recorded copy beside what it would be."""

    def __init__(self, part: Part, found: Would, policy: Policy, had: frozenset[str], tally: Tally) -> None:
        """Take the part, what it can be, by which agreements, the leaves that the event had, and what counts."""
        self._part, self._found, self._policy, self._tally = part, found, policy, tally
        self._had = had if found.then and found.then.knows_status else frozenset()
        self._open: set[str] = set()

    def count(self) -> None:
        """Count what would be otherwise; what is not the same in every case is left open."""
        told = {d is not None and d.present for d in self._found.decisions}
        if len(told) > 1:
            self._open.add(TOLD)
        else:
            self._message(told=told.pop())
        if self._open:
            self._tally.leave(self._part, "; ".join(sorted(self._open)), self._found.missing)

    def _message(self, *, told: bool) -> None:
        part, after = self._part, self._outputs()
        given = {source: (leaf.transform or "") for source, leaf in part.by_source().items()}
        if told != (part.view is not None):
            way = (None, "") if told else ("", None)
            self._count("message", "", *way, because=() if told else self._why_nothing())
        for source, before in given.items():
            self._leaf(source, before, {outputs.get(source) for outputs in after})
        for source in sorted({path for outputs in after for path in outputs} - given.keys()):
            if self._may_have(source):
                self._leaf(source, None, {outputs.get(source) for outputs in after})
        if told and part.view is not None and not self._open:
            self._terms()

    def _outputs(self) -> list[Mapping[str, Release]]:
        """Return of each case what would be given, by path in the event."""
        return [d.given if d is not None and d.present else {} for d in self._found.decisions]

    def _leaf(self, source: str, before: str | None, after: set[Release | None]) -> None:
        ways = {None if release is None else release.transform or "" for release in after}
        if len(ways) > 1:
            self._open.add(LEAF)
            return
        (way,) = ways
        if way == before:
            return
        rules = {rule for release in after if release for rule in release.rules} or self._against(source)
        sure = before is not None or source in self._had
        self._count("leaf", source, before, way, because=rules, sure=sure)

    def _may_have(self, source: str) -> bool:
        """Tell whether the event may have had a leaf that was not given: then all that stood against it is recorded."""
        then = self._found.then
        if source in self._had or then is None:
            return True
        if source in then.given:
            return False
        leaf = _leaf_of(self._part.kind, source)
        return {str(c) for c in leaf.categories if c in then.withheld} <= self._part.auditor.withheld.keys()

    def _against(self, source: str) -> set[str]:
        """Return what would stand against a leaf."""
        leaf = _leaf_of(self._part.kind, source)
        found = (d.withheld.get(c) for d in self._found.weighed for c in leaf.categories)
        return {why for why in found if why is not None} or {NOT_PRESENT}

    def _why_nothing(self) -> set[str]:
        topics = (CATALOGUE[self._part.kind].topic, Category.MARKER)
        found = {d.withheld.get(topic) for d in self._found.weighed for topic in topics}
        return {why for why in found if why not in (None, NO_RULE)} or {NOT_PRESENT}

    def _terms(self) -> None:
        """Count what would be owed, and what it would rest on, of the leaves that the copy would certainly have."""
        view = self._part.view
        assert view is not None  # noqa: S101 - asked for copies alone
        had = self._had | self._part.by_source().keys()
        cited = {
            self._policy.cited(frozenset(r for path, release in d.given.items() if path in had for r in release.rules))
            for d in self._found.decisions
            if d is not None
        }
        regimes = {d.regime for d in self._found.decisions if d is not None}
        named: tuple[tuple[What, str], ...] = (
            ("obligation", "obligations"),
            ("purpose", "purposes"),
            ("gateway", "gateways"),
        )
        for what, field in named:
            before, after = set(getattr(view, field)), {frozenset(getattr(each, field)) for each in cited}
            if len(after) > 1:
                self._open.add(LEAF)
                continue
            self._words(what, before, set(*after))
        if len(regimes) == 1:
            self._words("regime", {view.regime}, set(regimes))

    def _words(self, what: What, before: set[str], after: set[str]) -> None:
        for word in sorted(after - before):
            self._count(what, word, None, "")
        for word in sorted(before - after):
            self._count(what, word, "", None)

    def _count(
        self,
        what: What,
        leaf: str,
        before: str | None,
        after: str | None,
        *,
        because: Iterable[str] = (),
        sure: bool = True,
    ) -> None:
        key = Key(what, self._part.role, leaf, before, after)
        self._tally.count(self._part, key, because, sure=sure)


def _leaf_of(kind: str, path: str) -> Leaf:
    return next(each for each in leaves_of(CATALOGUE[kind].data) if each.path == path)
