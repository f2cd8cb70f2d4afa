"""One situation in which something changes, and what the engine itself says of it before and after."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.policy.analysis.events import example_event
from hub.policy.analysis.regions import Regions
from hub.policy.decide import ELSEWHERE, NO_RULE, NOT_PRESENT, Policy
from hub.policy.facts import FACTS, Situation, situation, words_of
from hub.policy.model import Agreement
from hub.policy.said import holding, laid_out, numbered
from schemas.catalogue import EventType
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

USUAL: Situation = tuple(situation(age="adult", restricted="no"))
"""A person of whom little is known but that nothing is withheld for their age or a restricted record."""


class Answer(msgspec.Struct, frozen=True):
    """What one agreement says of a leaf, or of whether there is a message, in the example."""

    because: tuple[str, ...]
    """The rules that give it; or the rules that withhold it, or the reason why it is not given."""
    given: bool = False
    transform: str | None = None


class Example(msgspec.Struct, frozen=True):
    """One role, one event, one situation, and what is said of it before and after."""

    role: Role
    about: str
    leaf: str | None
    situation: dict[str, tuple[str, ...]]
    """The facts that matter, with the words that they have."""
    event: Envelope[Occurrence]
    """The event, with that leaf and little else: as ``hub policy explain`` takes it. All in it is made up."""
    before: Answer
    after: Answer


class Asked(msgspec.Struct, frozen=True):
    """What to give an example of."""

    role: Role
    event: EventType
    leaf: str | None
    region: int


class Examples:
    """Makes examples, each asked of the engine."""

    def __init__(self, regions: Regions, old: Sequence[Agreement], new: Sequence[Agreement]) -> None:
        """Take the agreements before and after."""
        self._regions = regions
        self._policies = Policy(old), Policy(new)

    def of(self, asked: Asked) -> Example:
        """Return an example of a region that is not empty."""
        found = self._regions.example(asked.region, USUAL)
        before, after = (_answer(policy, asked, found) for policy in self._policies)
        matter = sorted(self._regions.facts(asked.region))
        return Example(
            role=asked.role,
            about=asked.event.name,
            leaf=asked.leaf,
            situation={FACTS[fact].name: tuple(words_of(FACTS[fact].name, found[fact])) for fact in matter},
            event=example_event(asked.event, asked.leaf, asked.role),
            before=before,
            after=after,
        )


def _answer(policy: Policy, asked: Asked, found: Situation) -> Answer:
    decision = policy.program(asked.role, asked.event).decide(found)
    if asked.leaf is None:
        topics = (asked.event.topic,) if asked.event.alike or decision.knows_status else (Category.MARKER,)
        rules = {r for release in decision.given.values() for r in release.rules}
        because = tuple(sorted(rules)) if decision.present else tuple(decision.withheld.get(t, NO_RULE) for t in topics)
        return Answer(because, given=decision.present)
    release = decision.given.get(asked.leaf)
    if release is not None:
        return Answer(release.rules, given=True, transform=release.transform)
    against = _against(policy.agreements, asked, found) or (ELSEWHERE,)
    return Answer(against if decision.present else (NOT_PRESENT,))


def _against(agreements: Sequence[Agreement], asked: Asked, found: Situation) -> tuple[str, ...]:
    """Return what stands against a leaf: for each of its categories the withholding, or that no rule gives it."""
    rules = [r for a in agreements for r in a.rules if asked.role in r.roles and asked.event.name in r.types]
    gives, withholds = ([r for r in rules if r.effect == effect] for effect in ("give", "withhold"))
    leaf = next(each for each in leaves_of(asked.event.data) if each.path == asked.leaf)
    (said,) = laid_out([leaf], gives, withholds)
    against = [
        word.against(holding(numbered(gives), found), holding(numbered(withholds), found)) for word in said.words
    ]
    return tuple(dict.fromkeys(why or NO_RULE for why in against if why is not None))
