"""The rules of an agreement written for Cedar, an engine of other people: what it permits and forbids of each leaf."""

from __future__ import annotations

import json

import cedarpy

from hub.policy.facts import FACTS, words_of
from hub.policy.transforms import NAMING_OTHERS, NAMING_YOU, TRANSFORMS
from schemas.labels import Category
from schemas.leaves import leaves_of

TELL, KNOW = 'Action::"tell"', 'Action::"know"'
"""To be told a leaf in some way, and to know anything of a category at all."""
HOWS = ("", *TRANSFORMS, NAMING_YOU)


def decided(rules, role, event, situation):
    """Return what Cedar lets a role have of an event, leaf by leaf with the transform; None where nothing is told."""
    return Cedar(rules).decided(role, event, situation)


class Cedar:
    """Some rules in Cedar's hands, to be asked often."""

    def __init__(self, rules):
        """Write the rules for Cedar, once."""
        self._policies = cedarpy.PolicySet.from_str("\n".join(text for rule in rules for text in _policies(rule)))
        self._named = {t.path for rule in rules for t in rule.targets if t.path is not None}
        given = [t for rule in rules if rule.effect == "give" for t in rule.targets]
        self._ways = {(t.path or t.category, t.transform or "") for t in given}
        self._facts = {line.fact for rule in rules for lines in (rule.when, *rule.unless) for line in lines}
        self._asked = {}

    def decided(self, role, event, situation):
        """Return what Cedar lets a role have of an event, leaf by leaf; None where nothing is told."""
        if event.name not in self._asked:
            self._asked[event.name] = self._questions(event)
        asked, of = self._asked[event.name]
        context = _context(event, situation, self._facts)
        topics = [event.topic, Category.MARKER]
        requests = [
            *(_request(role, TELL, context, one) for one in asked),
            *(_request(role, KNOW, context, ("", topic, "", False)) for topic in topics),
        ]
        answers = [answer.allowed for answer in _ask(requests, self._policies)]
        permitted = {one for one, allowed in zip(asked, answers, strict=False) if allowed}
        knows_topic, knows_status = answers[len(asked) :]
        leaves = leaves_of(event.data)
        own = _given(leaves, of, permitted, beside=False)
        if not own or not knows_topic or not (event.alike or knows_status):
            return None
        return _given(leaves, of, permitted, beside=True)

    def _questions(self, event):
        """Return what is asked about an event type, and for each leaf the one that is asked about in its place.

        Leaves of the same categories that can be given in the same ways, and that no rule names by their path, are
        the same question but for a path that no policy speaks of. What no policy permits in any case is not asked.
        """
        first, of = {}, {}
        for leaf in leaves_of(event.data):
            hows = tuple(how for how in HOWS if _can_be(how, leaf))
            alike = (leaf.path if leaf.path in self._named else "", leaf.categories, hows)
            of[leaf.path] = first.setdefault(alike, (leaf.path, hows))[0]
        asked = [
            (path, category, how, beside)
            for beside in (False, True)
            for (_, categories, _), (path, hows) in first.items()
            for category in categories
            for how in hows
            if {(path, how), (category, how)} & self._ways
        ]
        return asked, of


def _ask(requests, policies):
    return cedarpy.is_authorized_batch(requests, policies, cedarpy.Entities.from_json_str("[]"))


def _given(leaves, of, permitted, *, beside):
    given = {}
    for leaf in leaves:
        asked = of[leaf.path]
        ways = [[how for how in HOWS if (asked, c, how, beside) in permitted] for c in leaf.categories]
        if all(ways):
            best = [min(hows, key=HOWS.index) for hows in ways]
            changed = {how for how in best if how}
            if len(best) == 1 or not changed - {NAMING_YOU}:
                given[leaf.path] = "".join(changed)
    return given


def _can_be(how, leaf):
    """Tell whether somebody could give a leaf in this way: what a transform does not read it does not give."""
    last = leaf.path.rpartition(".")[2]
    if how in TRANSFORMS:
        return last in TRANSFORMS[how].leaves
    return how == "" or (Category.LICENCE_CONDITIONS in leaf.categories and last not in NAMING_OTHERS)


def _request(role, action, context, said):
    path, category, how, beside = said
    return {
        "principal": f'Role::"{role}"',
        "action": action,
        "resource": 'Leaf::"any"',
        "context": {**context(path), "path": path, "category": category, "how": how, "beside": beside},
    }


def _context(event, situation, asked):
    """Return what is the same in every question about one event, but for the categories of the leaf asked about."""
    categories = {leaf.path: sorted(leaf.categories) for leaf in leaves_of(event.data)}
    facts = {_name(fact.name): _value(fact, situation[i]) for i, fact in enumerate(FACTS) if i in asked}
    return lambda path: {"event": event.name, "categories": categories.get(path, []), **facts}


def _policies(rule):
    roles = f"[{', '.join(f'Role::{_text(role)}' for role in sorted(rule.roles))}].contains(principal)"
    kinds = f"{_list(rule.types)}.contains(context.event)"
    exceptions = [f"!({_condition(lines)})" for lines in rule.unless]
    conditions = [roles, kinds, _condition(rule.when), *exceptions]
    effect = "permit" if rule.effect == "give" else "forbid"
    if rule.effect == "give":
        told = [*conditions, _any(_gives(t) for t in rule.targets)]
        told += ["context.beside"] if rule.accompanies else []
        known = [_any(f"context.category == {_text(c)}" for t in rule.targets for c in t.tells)]
        known += ["false"] if rule.accompanies else []
    else:
        told = [*conditions, _any(_withholds(t) for t in rule.targets) if rule.targets else "true"]
        whole = [f"context.category == {_text(t.category)}" for t in rule.targets if t.category is not None]
        known = [_any(whole) if rule.targets else "true"]
    yield f"{effect} (principal, action == {TELL}, resource) when {{ {' && '.join(told)} }};"
    yield f"{effect} (principal, action == {KNOW}, resource) when {{ {' && '.join([*conditions, *known])} }};"


def _gives(target):
    how = f"context.how == {_text(target.transform or '')}"
    if target.path is not None:
        return f"(context.path == {_text(target.path)} && {how})"
    return f"(context.category == {_text(target.category)} && {how})"


def _withholds(target):
    if target.path is not None:
        return f"context.path == {_text(target.path)}"
    return f"context.categories.contains({_text(target.category)})"


def _condition(lines):
    return " && ".join(map(_line, lines)) or "true"


def _line(said):
    fact = FACTS[said.fact]
    if fact.span is None:
        return f"context.{_name(fact.name)}.containsAny({_list(words_of(fact.name, said.mask))})"
    name = f"context.{_name(fact.name)}"
    bits = [(n, said.mask >> (n - fact.span.first) & 1) for n in range(fact.span.first, fact.span.last + 1)]
    runs = [(n, next((m for m, bit in bits if m > n and not bit), fact.span.last + 1)) for n, bit in bits if bit]
    first = {end: n for n, end in reversed(runs)}
    known = [f"({name}.number >= {n} && {name}.number < {end})" for end, n in first.items()]
    known = [f"({name}.known && {_any(known)})"] if known else []
    unknown = [f"!{name}.known"] if said.mask & fact.not_known else []
    return _any([*known, *unknown])


def _value(fact, value):
    """What Cedar is told of a fact: its words; of a number, the number itself."""
    if fact.span is None:
        return words_of(fact.name, value)
    known = not value & fact.not_known
    return {"known": known, "number": value.bit_length() - 1 + fact.span.first if known else 0}


def _any(parts):
    known = list(parts)
    return f"({' || '.join(known)})" if known else "false"


def _list(words):
    return f"[{', '.join(map(_text, sorted(words)))}]"


def _text(word):
    return json.dumps(str(word))


def _name(fact):
    return fact.replace("-", "_")
