"""Why a recipient gets of an event what it gets: each leaf, with the rule that gives it or what stands against it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256

import msgspec

from hub.policy import plain
from hub.policy.decide import Decision, Policy
from hub.policy.facts import FACTS, INDEX, Situation, words_of
from hub.policy.model import Regime, Rule, Target
from hub.policy.project import Views
from hub.policy.said import Release, reaches
from hub.policy.situations import rules_about
from hub.policy.transforms import NAMING_YOU, Keying
from schemas.catalogue import CATALOGUE, EventType
from schemas.events.occurrence import Occurrence
from schemas.labels import Category, Role
from schemas.leaves import Leaf, leaves_of, struct_fields


class Reason(msgspec.Struct, frozen=True):
    """One rule, in plain English, or that there is none."""

    rule: str
    says: str
    because: str = ""


class LeafExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One leaf that the event has: whether it is given, how, and why or why not."""

    path: str
    categories: tuple[Category, ...]
    given: bool
    how: str = ""
    """"as it is", or which transform."""
    reasons: tuple[Reason, ...] = ()
    """The rules that give it; or the withholdings that stand against it."""
    missing: tuple[Category, ...] = ()
    """The categories of which no rule that holds gives it."""
    would: tuple[Reason, ...] = ()
    """Rules that would give it, each with what of its condition does not hold."""
    elsewhere: tuple[Reason, ...] = ()
    """Rules that hold and give it in the messages of their own agreement, which does not send this one."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that led to one copy, or to none."""

    role: Role
    kind: str
    told: bool
    """Whether there is a message at all."""
    why_nothing: tuple[str, ...]
    knows_status: bool
    leaves: tuple[LeafExplained, ...]
    facts_read: dict[str, tuple[str, ...]]
    purposes: dict[str, str]
    gateways: dict[str, str]
    obligations: dict[str, str]
    agreements: tuple[str, ...]
    regime: Regime
    copy: msgspec.Raw | None
    """What is given, as JSON; None where there is no message."""


def explain(policy: Policy, role: Role, kind: str, data: Occurrence, situation: Situation) -> Explanation:
    """Return why a role gets what it gets of an event, in a situation.

    What follows from a decision is cited of the leaves that the event has, as in the copy's own handling.
    """
    decision = policy.program(role, CATALOGUE[kind]).decide(situation)
    present = paths_in(data)
    given = {path: release for path, release in decision.given.items() if path in present}
    cited = policy.cited(frozenset(rule for release in given.values() for rule in release.rules))
    say = sentences(policy)
    return Explanation(
        role=role,
        kind=kind,
        told=decision.present,
        why_nothing=() if decision.present else why_nothing(policy, decision, situation),
        knows_status=decision.knows_status,
        leaves=leaves_explained(policy, situation, decision, present, given),
        facts_read={name: tuple(words_of(name, situation[INDEX[name]])) for name, _ in decision.facts_read},
        purposes={word: say[word] for word in cited.purposes},
        gateways={word: say[word] for word in cited.gateways},
        obligations={word: say[word] for word in cited.obligations},
        agreements=cited.agreements,
        regime=decision.regime,
        copy=msgspec.Raw(Views().of(decision, Keying(role, made_up))[0].project(data)) if decision.present else None,
    )


def sentences(policy: Policy) -> dict[str, str]:
    """Return what each word of a purpose, a gateway or an obligation says."""
    return {
        word: text
        for a in policy.agreements
        for words in (a.purposes, a.gateways, a.obligations)
        for word, text in words.items()
    }


def leaves_explained(
    policy: Policy, situation: Situation, decision: Decision, present: Collection[str], given: Mapping[str, Release]
) -> tuple[LeafExplained, ...]:
    """Return for each leaf of those present why it is given, by what it was, or why it is not."""
    groups = {name: members for a in policy.agreements for name, members in a.groups.items()}
    known = _Rules(_rules(policy, decision.role, decision.kind), groups, decision.present)
    return tuple(
        _leaf(leaf, given.get(leaf.path), known, situation)
        for leaf in leaves_of(CATALOGUE[decision.kind].data)
        if leaf.path in present
    )


def why_nothing(policy: Policy, decision: Decision, situation: Situation) -> tuple[str, ...]:
    """Return why there is no message by a decision."""
    rules = _rules(policy, decision.role, decision.kind)
    return tuple(_why_nothing(CATALOGUE[decision.kind], decision, rules, situation))


def _rules(policy: Policy, role: Role, kind: str) -> list[Rule]:
    return list(rules_about((r for a in policy.agreements for r in a.rules), role, kind))


def made_up(*parts: str) -> bytes:
    """Return what a keyed hash would be under another key: the hub's own is not at hand."""
    return sha256("\0".join(("explained", *parts)).encode()).digest()


def paths_in(block: msgspec.Struct, prefix: str = "") -> frozenset[str]:
    """Return the paths of the leaves that an event has."""
    found: set[str] = set()
    for field in struct_fields(type(block)):
        value = getattr(block, field.name)
        path = f"{prefix}{field.name}"
        if value is msgspec.UNSET:
            continue
        if field.block is None:
            found.add(path)
        else:
            for item in value if field.many else (value,):
                found |= paths_in(item, f"{path}[]." if field.many else f"{path}.")
    return frozenset(found)


class _Rules(msgspec.Struct, frozen=True):
    """The rules for one role and event type, with the names by which they speak of roles."""

    rules: list[Rule]
    groups: plain.Groups
    told: bool
    """Whether there is a message."""

    def reason(self, rule: Rule) -> Reason:
        return Reason(rule.id, plain.sentence(rule, self.groups), rule.because)


def _leaf(leaf: Leaf, release: Release | None, known: _Rules, situation: Situation) -> LeafExplained:
    categories = tuple(sorted(leaf.categories))
    if release is not None:
        how = f"as {release.transform}" if release.transform else "as it is"
        reasons = tuple(known.reason(rule) for rule in known.rules if rule.id in release.rules)
        return LeafExplained(path=leaf.path, categories=categories, given=True, how=how, reasons=reasons)
    return _kept(leaf, known, situation)


def _kept(leaf: Leaf, known: _Rules, situation: Situation) -> LeafExplained:
    """Return why a leaf is not given."""
    categories = tuple(sorted(leaf.categories))
    speaking = [rule for rule in known.rules if _speaks_of(rule, leaf)]
    against = [r for r in speaking if r.effect == "withhold" and r.holds(situation)]
    gives = [r for r in speaking if r.effect == "give"]
    holding = [r for r in gives if r.holds(situation)]
    missing = tuple(c for c in categories if not any(_gives(r, leaf, c) for r in holding))
    return LeafExplained(
        path=leaf.path,
        categories=categories,
        given=False,
        reasons=tuple(map(known.reason, against)),
        missing=missing,
        elsewhere=() if against or missing or not known.told else tuple(map(known.reason, holding)),
        would=tuple(Reason(r.id, _unmet(r, situation), r.because) for r in gives if r not in holding),
    )


def _speaks_of(rule: Rule, leaf: Leaf) -> bool:
    if not rule.targets:
        return True
    return any(t.path == leaf.path or (t.path is None and t.category in leaf.categories) for t in rule.targets)


def _gives(rule: Rule, leaf: Leaf, category: Category) -> bool:
    """Tell whether a rule gives what a leaf is under one category; less than the whole of it is nothing of a second."""
    return any(
        (t.path == leaf.path or (t.category == category and reaches(t.transform, leaf)))
        and (len(leaf.categories) == 1 or t.transform in (None, NAMING_YOU))
        for t in rule.targets
    )


def _unmet(rule: Rule, situation: Situation) -> str:
    """Return what of a rule's condition does not hold, beside what was found."""
    missed = [line for line in rule.when if not situation[line.fact] & line.mask]
    if missed:
        asked = plain.condition(missed)
        found = ", ".join(f"{FACTS[m.fact].name}: {_found(m.fact, situation)}" for m in missed)
        return f"only where {asked} (here {found})"
    return f"not {'; or '.join(map(plain.condition, rule.unless))}"


def _found(fact: int, situation: Situation) -> str:
    return ", ".join(words_of(FACTS[fact].name, situation[fact])) or "none"


def _why_nothing(event: EventType, decision: Decision, rules: list[Rule], situation: Situation) -> list[str]:
    reasons = []
    if not event.alike and not decision.knows_status:
        reasons.append("a message of this type tells that the person is on a scheme, which may not be known here")
    if against := _silenced(event.topic, rules, situation):
        topic = plain.categories([event.topic])
        reasons.append(f"being told of it is itself being told something of {topic}, and {against}")
    if not reasons:
        reasons.append(
            "no agreement, by itself and those above it, gives something in it that does more than accompany"
        )
    return reasons


def _silenced(topic: Category, rules: list[Rule], situation: Situation) -> str:
    """Return what stands against knowing anything of a category, or an empty word."""
    holding = [r for r in rules if r.holds(situation)]
    for rule in holding:
        whole = not rule.targets or Target(category=topic) in rule.targets
        if rule.effect == "withhold" and whole:
            return f"rule {rule.id} withholds that"
    known = any(r.effect == "give" and not r.accompanies and any(topic in t.tells for t in r.targets) for r in holding)
    return "" if known else "no rule gives that here"
