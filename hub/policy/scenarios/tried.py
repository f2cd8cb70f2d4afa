"""Whether a policy comes to what scenarios say: each role and each event type is tried by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache

import msgspec
from msgspec.structs import replace

from hub.policy.decide import NO_RULE, Decision, Policy, Program
from hub.policy.facts import Situation
from hub.policy.model import Rule, Target
from hub.policy.scenarios.obliged import Obligations
from hub.policy.scenarios.suite import NAMED, NAMED_THEMSELVES, Pair, Scenario, Suite, Withholding
from hub.policy.transforms import NAMING_OTHERS, NAMING_YOU, TRANSFORMS, read_by
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of

GENEROUS = Rule(
    id="everything-to-everyone",
    effect="give",
    roles=frozenset(Role),
    targets=tuple(Target(category=c) for c in Category),
    types=frozenset(CATALOGUE),
    when=(),
)
"""The rule beside which withholdings are tried: what they withhold stays withheld whatever somebody adds."""
AS_IT_IS, NOTHING, MESSAGE, NO_MESSAGE = "as it is", "nothing", "a message", "no message"
A_MESSAGE_AT_ALL, WHO_IS_TOLD = "any message at all", "who is told anything"


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that came out differently: which scenario says what, for whom, and what came."""

    place: str
    scenario: str
    role: Role
    way: str
    kind: str
    """The event type; empty where it is about all of them together."""
    what: str
    """A leaf by its path, or that there is a message."""
    expected: str
    came: str
    because: str = ""
    """The rules by which it came, or what stood against it."""


Reached = Mapping[tuple[str, Pair], Collection[str]]
"""By place of a scenario and pair that it lists: the event types in which they get some of it."""
Seen = frozenset[Situation]
"""Some situations, of those that the scenarios speak of."""


class Trial:
    """A policy beside the scenarios: nothing is decided before it is asked for."""

    def __init__(self, suite: Suite, policy: Policy) -> None:
        """Take the scenarios and the policy that they speak of."""
        self.suite, self.policy = suite, policy
        self.generous = _with_generous(policy)
        self._obligations = Obligations(policy)
        self._of_kind = {kind: [s for s in suite.scenarios if _speaks_of(s, kind)] for kind in CATALOGUE}
        self._withheld = {kind: [w for w in suite.withholdings if kind in w.scope.kinds] for kind in CATALOGUE}

    def alike(self, role: Role) -> list[tuple[str, ...]]:
        """Return the event types in groups of which one is as good as another.

        The same rules and scenarios speak of them, they have the same leaves, and tell the same by being there.
        """
        groups: dict[object, list[str]] = {}
        rules = [r for a in self.policy.agreements for r in a.rules if role in r.roles]
        for kind, row in CATALOGUE.items():
            about = [r for r in rules if kind in r.types]
            scenarios = tuple(s.place for s in self._of_kind[kind] if role in s.scope.roles)
            withheld = tuple(w.place for w in self._withheld[kind] if role in w.scope.roles)
            says: object = tuple(r.id for r in about), row.topic, row.alike, leaves_of(row.data)
            if not withheld and all(r.effect == "withhold" or r.accompanies for r in about):
                says = "nothing is ever given"
            groups.setdefault((says, scenarios, withheld), []).append(kind)
        return [tuple(kinds) for kinds in groups.values()]

    def wrong(self, role: Role, reached: dict[tuple[str, Pair], set[str]] | None = None) -> Iterator[Wrong]:
        """Yield what is wrong for a role in messages of every type; note whom they reach."""
        for kinds in self.alike(role):
            for wrong in (*self.cell(role, kinds[0]), *self.lifted(role, kinds[0])):
                yield from (replace(wrong, kind=kind) for kind in kinds)
            if reached is not None:
                for found in self.reached(role, kinds[0]):
                    reached.setdefault(found, set()).update(kinds)

    def cell(self, role: Role, kind: str, only: Seen | None = None) -> Iterator[Wrong]:
        """Yield what is wrong in the messages of one type to one role; ``only`` in some situations."""
        program, suite = self.policy.program(role, CATALOGUE[kind]), self.suite
        for way, situation in suite.persons[suite.person].items():
            if suite.told is None or (role, way) in suite.told or not _tried(situation, only):
                continue
            if (decision := program.decide(situation)).present:
                yield _wrong_message(suite.told_place, WHO_IS_TOLD, decision, way, wanted=False)
        for scenario in self._of_kind[kind]:
            if role in scenario.scope.roles:
                for way in scenario.scope.ways:
                    situation = suite.persons[scenario.person][way]
                    if _tried(situation, only):
                        yield from _wrong(scenario, program.decide(situation), way)
                        yield from self._not_obliged(scenario, program.decide(situation), way)
                if scenario.listed is not None:
                    yield from self._named(scenario, program, only)

    def _not_obliged(self, scenario: Scenario, decision: Decision, way: str) -> Iterator[Wrong]:
        """Yield what whoever is listed is given without the obligation that it is to come with."""
        listed = scenario.listed if scenario.listed is not None else scenario.hears
        if scenario.obliged and (decision.role, way) in (listed or ()):
            for path, asked, rules in self._obligations.lacking(scenario, decision):
                expected, came = f"obliged to {scenario.obliged}", ", ".join(sorted(asked)) or NOTHING
                yield _made(scenario, decision, way, (path, expected, came, ", ".join(sorted(rules))))

    def _named(self, scenario: Scenario, program: Program, only: Seen | None) -> Iterator[Wrong]:
        """Yield what somebody gets of a message that is sent because it names them, and is listed in no way for.

        Leaves of two categories are left out: each of two ways may open one of them.
        """
        role, kind, listed = program.role, program.event.name, scenario.listed or {}
        named = self.suite.named[scenario.person]
        if not program.decide(self.suite.persons[scenario.person][NAMED]).present:
            return
        for way in scenario.scope.ways:
            if (role, way) in listed or (role, NAMED) in listed or not _tried(named[way], only):
                continue
            decision = program.decide(named[way])
            for wrong in _wrong_leaves(scenario, decision, f"{way} and {NAMED}"):
                if wrong.what not in _of_two(kind):
                    yield wrong

    def lifted(self, role: Role, kind: str, only: Seen | None = None) -> Iterator[Wrong]:
        """Yield what is not withheld, in the messages of one type to one role, once a rule gives everything."""
        for withholding in (w for w in self._withheld[kind] if role in w.scope.roles):
            program = self.generous.program(role, CATALOGUE[kind])
            for way in withholding.scope.ways:
                situation = self.suite.persons[withholding.person][way]
                if _tried(situation, only):
                    yield from _lifted(withholding, program.decide(situation), way)

    def reached(self, role: Role, kind: str) -> Iterator[tuple[str, Pair]]:
        """Yield who, of those that a scenario lists, gets some of what it speaks of in messages of one type."""
        program, suite = self.policy.program(role, CATALOGUE[kind]), self.suite
        for way, situation in suite.persons[suite.person].items():
            if program.decide(situation).present:
                yield suite.told_place, (role, way)
        for scenario in self._of_kind[kind]:
            for pair in scenario.owed:
                if pair[0] == role:
                    given = program.decide(suite.persons[scenario.person][pair[1]]).given
                    if not scenario.guarded[kind].isdisjoint(given):
                        yield scenario.place, pair

    def unreached(self, reached: Reached, roles: Collection[Role] = frozenset(Role)) -> Iterator[Wrong]:
        """Yield who is listed and gets none of it in any message."""
        owed = [(self.suite.told_place, WHO_IS_TOLD, self.suite.told or frozenset(), A_MESSAGE_AT_ALL)]
        owed += [(s.place, s.name, s.owed, "some of it") for s in self.suite.scenarios]
        for place, name, pairs, what in owed:
            for role, way in sorted(pairs):
                if role in roles and not reached.get((place, (role, way))):
                    yield Wrong(
                        place=place,
                        scenario=name,
                        role=role,
                        way=way,
                        kind="",
                        what=what,
                        expected="in at least one message",
                        came="in none",
                    )


def _tried(situation: Situation, only: Seen | None) -> bool:
    return only is None or situation in only


@cache
def _of_two(kind: str) -> frozenset[str]:
    """Return the leaves that have more than one category."""
    return frozenset(leaf.path for leaf in leaves_of(CATALOGUE[kind].data) if len(leaf.categories) > 1)


def _speaks_of(scenario: Scenario, kind: str) -> bool:
    if kind not in scenario.scope.kinds:
        return False
    return scenario.silent or scenario.hears is not None or bool(scenario.guarded[kind])


def _wrong(scenario: Scenario, decision: Decision, way: str) -> Iterator[Wrong]:
    pair, place = (decision.role, way), scenario.place
    if scenario.silent and decision.present and way not in NAMED_THEMSELVES:
        yield _wrong_message(place, scenario.name, decision, way, wanted=False)
    if scenario.hears is not None and decision.present != (pair in scenario.hears):
        yield _wrong_message(place, scenario.name, decision, way, wanted=not decision.present)
    if scenario.listed is not None and decision.present:
        yield from _wrong_leaves(scenario, decision, way)


def _wrong_leaves(scenario: Scenario, decision: Decision, way: str) -> Iterator[Wrong]:
    assert scenario.listed is not None  # noqa: S101 - asked before
    kind, word = decision.kind, scenario.listed.get((decision.role, way))
    for path in scenario.guarded[kind]:
        release = decision.given.get(path)
        if release is not None and (release.transform or "") != word:
            came, because = _how(release.transform or ""), ", ".join(release.rules)
            yield _made(scenario, decision, way, (path, NOTHING if word is None else _how(word), came, because))
        elif release is None and word is not None and path in scenario.wanted[kind] and _can_be(word, path):
            yield _made(scenario, decision, way, (path, _how(word), NOTHING, _against(decision, path)))


def _lifted(withholding: Withholding, decision: Decision, way: str) -> Iterator[Wrong]:
    for path in sorted(withholding.guarded[decision.kind] & decision.given.keys()):
        yield Wrong(
            place=withholding.place,
            scenario=f"withheld: {withholding.row}",
            role=decision.role,
            way=way,
            kind=decision.kind,
            what=path,
            expected="nothing, even beside a rule that gives everything",
            came=_how(decision.given[path].transform or ""),
            because="nothing withholds it",
        )


def _made(scenario: Scenario, decision: Decision, way: str, found: tuple[str, str, str, str]) -> Wrong:
    what, expected, came, because = found
    return Wrong(
        place=scenario.place,
        scenario=scenario.name,
        role=decision.role,
        way=way,
        kind=decision.kind,
        what=what,
        expected=expected,
        came=came,
        because=because,
    )


def _wrong_message(place: str, name: str, decision: Decision, way: str, *, wanted: bool) -> Wrong:
    cited = {rule for release in decision.given.values() for rule in release.rules}
    return Wrong(
        place=place,
        scenario=name,
        role=decision.role,
        way=way,
        kind=decision.kind,
        what="message",
        expected=MESSAGE if wanted else NO_MESSAGE,
        came=NO_MESSAGE if wanted else MESSAGE,
        because=", ".join(sorted(cited)) if decision.present else "",
    )


def _how(transform: str) -> str:
    return f"as {transform}" if transform else AS_IT_IS


def _can_be(word: str, path: str) -> bool:
    """Tell whether a leaf can be given in this way: a transform reads one leaf, and says nothing of the others."""
    last = path.rpartition(".")[2]
    if word in TRANSFORMS:
        return read_by(word, last)
    return word != NAMING_YOU or last not in NAMING_OTHERS


def _against(decision: Decision, path: str) -> str:
    categories = next(leaf.categories for leaf in leaves_of(CATALOGUE[decision.kind].data) if leaf.path == path)
    return ", ".join(sorted({decision.withheld.get(c, NO_RULE) for c in categories}))


def _with_generous(policy: Policy) -> Policy:
    first, *others = policy.agreements
    return Policy([replace(first, rules=(*first.rules, GENEROUS)), *others])


def tried(suite: Suite, policy: Policy) -> Iterator[tuple[Wrong, ...]]:
    """Yield what is wrong, role by role; at last, who is listed and gets nothing in any message."""
    trial = Trial(suite, policy)
    reached: dict[tuple[str, Pair], set[str]] = {}
    for role in Role:
        yield tuple(trial.wrong(role, reached))
    yield tuple(trial.unreached(reached))


STEPS = len(Role) + 1
"""How often ``tried`` yields."""
