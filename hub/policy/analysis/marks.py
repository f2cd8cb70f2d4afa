"""What is unusual about a change, so that nobody signs it unseen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from hub.directory.model import Recipient
from hub.policy.analysis.entries import Block, Entry
from hub.policy.analysis.reading import Reading
from hub.policy.analysis.regions import NOWHERE, TooMuch
from hub.policy.analysis.shifts import Comparison
from hub.policy.check import HEALTH
from schemas.labels import Category as C
from schemas.labels import Role

T = TypeVar("T", bound=Hashable)

HEALTH_FACTS = frozenset(
    {
        C.ADJUSTMENTS,
        C.CLINICAL,
        C.CONSENT,
        C.HEALTH_PROGRAMME,
        C.IMMEDIATE_SAFETY,
        C.ORDERED_TEST,
        C.TEST_AT_HOME,
        C.TEST_ON_ARREST,
        C.TEST_ON_LICENCE,
    }
)
"""Categories that are, or lay open, data concerning health: UK GDPR, article 4(15)."""

STEPS = 500_000
"""How many steps may be taken to find what is unusual about one change."""


class Marks:
    """Finds what is unusual."""

    def __init__(self, comparison: Comparison, recipients: Iterable[Recipient] = ()) -> None:
        """Take what compares two readings, and who receives, where that is known."""
        self._comparison, self._forms = comparison, comparison.desk.forms
        self._reading = [recipient for recipient in recipients if recipient.reads]
        self._ever: dict[tuple[bool, Role], Mapping[int, frozenset[str]]] = {}

    def of(self, entry: Entry) -> tuple[str, ...]:
        """Return what is unusual about a change, each in a sentence."""
        try:
            with self._comparison.desk.regions.allowing(STEPS):
                return self._of(entry)
        except TooMuch:
            return ("whether it is unusual takes too much to work out",)

    def _of(self, entry: Entry) -> tuple[str, ...]:
        shift = entry.shift
        if shift.what != "leaf":
            return ()
        if shift.before is None:
            return (*self._health(entry.blocks), *self._first(entry.blocks))
        return (*self._lost(entry.blocks), *self._used(entry.blocks)) if shift.after is None else ()

    def _health(self, blocks: Sequence[Block]) -> Iterator[str]:
        told: dict[frozenset[C], set[Role]] = {}
        for block in blocks:
            if (facts := self._categories(block) & HEALTH_FACTS) and (roles := set(block.roles) - HEALTH):
                told.setdefault(frozenset(facts), set()).update(roles)
        for categories, roles in told.items():
            yield f"facts of health ({_and(categories)}) to no health role: {_whom(roles, blocks)}"

    def _first(self, blocks: Sequence[Block]) -> Iterator[str]:
        had: dict[frozenset[C], set[Role]] = {}
        for role, categories in self._by_role(blocks, self._fresh).items():
            had.setdefault(categories, set()).add(role)
        for categories, roles in had.items():
            yield f"never before, in any case: {_and(categories)} to {_whom(roles, blocks)}"

    def _lost(self, blocks: Sequence[Block]) -> Iterator[str]:
        lost: dict[frozenset[str], set[Role]] = {}
        for role, paths in self._by_role(blocks, self._gone).items():
            lost.setdefault(paths, set()).add(role)
        for paths, roles in lost.items():
            yield f"in no message and no case any more: {_and(paths)} to {_whom(roles, blocks)}"

    def _used(self, blocks: Sequence[Block]) -> Iterator[str]:
        """Yield what adapters use of that which goes, in messages to which their recipients listen."""
        by_adapter: dict[tuple[str, frozenset[str]], list[str]] = {}
        for recipient in self._reading:
            lost = {path for block in blocks for path in self._paths(block, recipient)} & recipient.reads
            if lost:
                by_adapter.setdefault((recipient.adapter, frozenset(lost)), []).append(recipient.id)
        for (adapter, paths), recipients in by_adapter.items():
            yield f"the adapter {adapter} uses {_and(paths)}: {_and(recipients)}"

    def _paths(self, block: Block, recipient: Recipient) -> Iterator[str]:
        """Yield the leaves of a block in messages that a recipient is sent."""
        if recipient.role in block.roles:
            for kind in recipient.listens & set(block.kinds or self._forms.catalogue):
                yield from (path for form in block.forms for path in self._forms.paths(kind, form))

    def _by_role(self, blocks: Iterable[Block], of: Callable[[Role, int], set[T]]) -> Mapping[Role, frozenset[T]]:
        """Return for each role what there is to say of the forms in some blocks, of those that there is anything of."""
        found: dict[Role, set[T]] = {}
        for block in blocks:
            for role in block.roles:
                found.setdefault(role, set()).update(x for form in block.forms for x in of(role, form))
        return {role: frozenset(words) for role, words in found.items() if words}

    def _fresh(self, role: Role, form: int) -> set[C]:
        """Return the categories of a form of which a role had nothing before."""
        had = {c for each in self._ever_given(role, new=False) for c in self._forms.all[each].categories}
        return set(self._forms.all[form].categories) - had

    def _gone(self, role: Role, form: int) -> set[str]:
        """Return the leaves of a form that a role had somewhere and has nowhere any more."""
        before, after = (
            {path for kind in self._ever_given(role, new=new).get(form, ()) for path in self._forms.paths(kind, form)}
            for new in (False, True)
        )
        return before - after

    def _categories(self, block: Block) -> set[C]:
        return {category for form in block.forms for category in self._forms.all[form].categories}

    def _ever_given(self, role: Role, *, new: bool) -> Mapping[int, frozenset[str]]:
        """Return the forms of which a role is given something in some case, with the event types."""
        found = self._ever.get((new, role))
        if found is None:
            found = self._ever[new, role] = ever_given(self._comparison.new if new else self._comparison.old, role)
        return found


def ever_given(reading: Reading, role: Role) -> Mapping[int, frozenset[str]]:
    """Return the forms of which a role is given something in some case, with the event types in which it is."""
    desk = reading.desk
    found: dict[int, set[str]] = {}
    for kind, event in desk.forms.catalogue.items():
        sheet = reading.sheet(role, kind)
        present = sheet.present(event)
        if present == NOWHERE:
            continue
        for form in desk.forms.of(kind):
            if desk.regions.meet(present, sheet.grant(event, form).given):
                found.setdefault(form, set()).add(kind)
    return {form: frozenset(kinds) for form, kinds in found.items()}


def _whom(roles: Iterable[Role], blocks: Iterable[Block]) -> str:
    """Return some roles; all those of which the change speaks are not named again."""
    everybody = {role for block in blocks for role in block.roles}
    return "all of them" if len(everybody) > 1 and everybody == set(roles) else _and(roles)


def _and(words: Iterable[str]) -> str:
    return ", ".join(sorted(map(str, words)))
