"""Rules in plain English, for whoever must agree to them or asks why: the same words everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hub.policy.facts import CONCERNED_IN_FULL, FACTS, RELATION, words_of
from hub.policy.model import Line, Rule, Target
from hub.policy.numbers import UNKNOWN
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role

PUBLISHERS: Mapping[str, str] = {
    "scheme": "a scheme",
    "police": "the police",
    "prison": "a prison",
    "probation": "probation",
    "ministry": "the ministry",
    "youth-offending": "a youth offending team",
    "prosecution": "the prosecution",
    "court": "a court",
    "health": "a health service",
    "council": "a council",
    "provider": "a contracted provider",
    "voluntary": "a voluntary body",
    "oversight": "an oversight body",
    "hub": "the hub itself",
}
"""The kinds of body that publish, as people write them."""
CLAUSES: Mapping[str, Mapping[str, str]] = {
    "relation": {
        "holds": "holds the person",
        "awaits": "awaits the person",
        "case": "holds a case of the person's",
        "lead": "leads the membership",
        "further": "is a further membership",
        "partner": "is a partner in the membership",
        "area": "polices the area of the person's address",
        "referral": "has a referral in force",
        "tenancy": "has a tenancy in force",
        "stay": "has a stay in force",
        "treatment": "treats the person or is due to",
        "own-order": "made the order",
        "report": "writes the report",
        "gate": "meets the person at the gate",
        "decides": "decides the case",
        "condition": "is named in a licence condition",
        "marker-holder": "holds a marker",
        "addressed": "is addressed by the hub",
        "asks": "asks, with a reason",
    },
    "status": {"member": "is on a scheme", "former": "was on a scheme", "none": "is on no scheme"},
    "kind": {"PPO": "is on a PPO scheme", "IOM": "is on an IOM scheme"},
    "strand": {
        "prevent-and-deter": "is in the strand prevent and deter",
        "catch-and-convict": "is in the strand catch and convict",
        "rehabilitate-and-resettle": "is in the strand rehabilitate and resettle",
    },
    "basis": {
        "statutory": "is under statutory supervision",
        "voluntary": "is supervised voluntarily",
        "none": "is not supervised",
        "unknown": "may be supervised",
    },
    "scope": {
        "in-scope": "has a case in scope for an offender manager",
        "out-of-scope": "has no case in scope for an offender manager",
        "unknown": "has cases of unknown scope",
    },
    "age": {"under-18": "is under 18 or of unknown age", "adult": "is an adult"},
    "yot": {
        "party": "is known to a youth offending team that takes part in the sharing",
        "none": "has no youth offending team that takes part in the sharing",
    },
    "yot-agreed": {
        "yes": "has a youth offending team that agreed to voluntary partners",
        "no": "has no youth offending team that agreed to voluntary partners",
    },
    "handover": {
        "none": "has no hand-over to adult services open",
        "open": "has a hand-over to adult services open",
        "completed": "was handed over to adult services",
    },
    "consent": {
        "given": "consented to the sharing of health facts",
        "withdrawn": "withdrew consent to the sharing of health facts",
        "none": "was not asked for consent, or did not answer",
    },
    "required": {
        "attendance": "is required to attend by an order or licence",
        "testing": "is required to be tested by an order or licence",
        "unknown": "may be required to do something by an order or licence",
    },
    "risk": {
        "low": "is of low risk",
        "medium": "is of medium risk",
        "high": "is of high risk",
        "very-high": "is of very high risk",
        "unknown": "is of unknown risk",
    },
    "was-high": {"yes": "was of high risk or above before", "no": "was not of high risk before"},
    "mappa-level": {
        "1": "is managed at level 1 to protect the public",
        "2": "is managed at level 2 to protect the public",
        "3": "is managed at level 3 to protect the public",
        "none": "is not managed by several agencies to protect the public",
        "unknown": "may be managed by several agencies to protect the public",
    },
    "child": {
        "lives": "has a child living at the address",
        "stays": "has a child staying at the address",
        "none": "has no child at the address",
        "unknown": "may have a child at the address",
    },
    "licence": {
        "on-licence": "is on licence",
        "recalled": "was recalled",
        "none": "is not on licence",
        "unknown": "may be on licence",
    },
    "custody": {
        "held": "is held",
        "expected": "is expected in custody",
        "out": "is not in custody",
        "unknown": "may be in custody",
    },
    "restricted": {
        "yes": "has a restricted record",
        "no": "has a record that is not restricted",
        "unknown": "has a record that may be restricted",
    },
    "held-for": {
        "remand": "speaks of a remand",
        "sentence": "speaks of a sentence",
        "recall": "speaks of a recall",
        "unknown": "does not say why the person is held",
    },
    "publisher": {
        **{kind: f"was published by {phrase}" for kind, phrase in PUBLISHERS.items()},
        "unknown": "was published by a body that is not known",
    },
}
"""What each word of each fact says of the person; of a relation, of the recipient; of an event's fact, of the event."""
NUMBERS: Mapping[str, tuple[str, str]] = {
    "age-years": ("is {} years old", "is of unknown age"),
    "days-to-release": ("is to be released in {} days", "has no release date that is known"),
    "days-since-release": ("was released {} days ago", "is not known to have been released"),
    "days-to-licence-end": ("is on a licence that ends in {} days", "is on no licence of which the end is known"),
    "days-since-event": ("happened {} days ago", "happened at a time that is not known"),
    "hour": ("is {}", "is not known"),
}
"""What each number says, and what is said where it is not known."""
_SUBJECTS = {"recipient": "the recipient", "person": "the person", "event": "the event", "time": "the hour of the day"}

CONCERNED = "is concerned in full"
_SPELT = {"childrens": "children's", "parole-board": "Parole Board", "yot": "YOT", "gp": "GP", "ppo": "PPO"}
"""Words that people do not write as the closed lists do."""


def inside(word: str) -> str:
    """Return a role, group or category as people write it inside a sentence."""
    if word in _SPELT:
        return _SPELT[word]
    text = " ".join(_SPELT.get(part, part) for part in word.split("-"))
    return f"those {text}" if text.startswith("on ") else text


def name_of(word: str) -> str:
    """Return the same as people write it where it stands first."""
    text = inside(word)
    return text[:1].upper() + text[1:]


def line(said: Line) -> str:
    """Return what one line of a condition asks, with its subject."""
    fact = FACTS[said.fact]
    if said.fact == RELATION:
        rest = said.mask & ~CONCERNED_IN_FULL if said.mask & CONCERNED_IN_FULL == CONCERNED_IN_FULL else said.mask
        clauses = [CONCERNED] if rest != said.mask else []
        return f"the recipient {either([*clauses, *(CLAUSES[fact.name][w] for w in words_of(fact.name, rest))])}"
    return f"{_SUBJECTS[fact.of]} {either([_clause(fact.name, word) for word in words_of(fact.name, said.mask)])}"


def _clause(fact: str, word: str) -> str:
    if fact in NUMBERS:
        known, unknown = NUMBERS[fact]
        return unknown if word == UNKNOWN else known.format(word)
    if fact == "at":
        return "is at no place that is known" if word == UNKNOWN else f"is at {word.replace('/', ' ')}"
    return CLAUSES[fact][word]


def condition(lines: Sequence[Line]) -> str:
    """Return a whole condition; an empty word where there is none."""
    return ", and ".join(map(line, lines))


def when(rule: Rule) -> str:
    """Return when a rule holds, with its exceptions; an empty word where it always does."""
    parts = [f"where {condition(rule.when)}"] if rule.when else []
    parts += [f"unless {'; or '.join(map(condition, rule.unless))}"] if rule.unless else []
    return ", ".join(parts)


def target(what: Target) -> str:
    """Return what is given or withheld; less than the whole is said to be so."""
    name = f"the field {what.path}" if what.path else inside(str(what.category))
    if what.transform is None:
        return name
    if what.transform == NAMING_YOU:
        return f"of {name} only those that name the recipient's role"
    return f"{TRANSFORMS[what.transform].meaning}"


def targets(rule: Rule) -> str:
    """Return everything that a rule gives or withholds."""
    return together([target(t) for t in rule.targets]) if rule.targets else "everything"


def types(rule: Rule) -> str:
    """Return in which events, whole families by their names; an empty word where it is in all."""
    if rule.types == frozenset(CATALOGUE):
        return ""
    families: dict[str, list[str]] = {}
    for kind in CATALOGUE:
        families.setdefault(kind.partition(".")[0], []).append(kind)
    words = [f"{f}.*" for f, kinds in families.items() if len(kinds) > 1 and rule.types.issuperset(kinds)]
    words += sorted(kind for kind in rule.types if f"{kind.partition('.')[0]}.*" not in words)
    return together(words)


Groups = Mapping[str, frozenset[Role]]
"""The groups of roles of an agreement, by their names."""


def recipients(rule: Rule, groups: Groups | None = None) -> str:
    """Return who, by the agreement's own groups: each named, or everyone but a few."""
    everyone = frozenset(Role) - (frozenset({Role.OVERSIGHT}) if rule.effect == "give" else frozenset())
    spared = everyone - rule.roles
    word = "everyone" if rule.effect == "give" else "anyone"
    if not spared:
        return word
    named, others = _grouped(rule.roles, groups or {}), _grouped(spared, groups or {})
    if len(others) < len(named) and rule.roles <= everyone:
        return f"{word} but {together(others)}"
    return together(named)


def _grouped(roles: frozenset[Role], groups: Groups) -> list[str]:
    """Return the names of the largest groups that have only these roles, and of the roles that are left."""
    found: list[str] = []
    left = set(roles)
    for name, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(members) > 1 and members <= roles and len(members & left) > 1:
            found.append(inside(name))
            left -= members
    return [*found, *(inside(role) for role in Role if role in left)]


def sentence(rule: Rule, groups: Groups | None = None) -> str:
    """Return a rule as one sentence, in which roles are named by the agreement's groups where there are any."""
    what = targets(rule) if rule.targets else "nothing"
    verb = "may be given to" if rule.effect == "give" or not rule.targets else "may not be given to"
    parts = [f"{what[:1].upper()}{what[1:]} {verb} {recipients(rule, groups)}"]
    parts += [f"in events of type {types(rule)}"] if types(rule) else []
    parts += ["only beside something that another rule gives them"] if rule.accompanies else []
    parts += [when(rule)] if when(rule) else []
    return ", ".join(parts) + "."


def either(words: Sequence[str]) -> str:
    """Return alternatives."""
    return " or ".join(words) if words else "is none of this"


def together(words: Sequence[str]) -> str:
    """Return an enumeration."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def categories(words: Iterable[Category]) -> str:
    """Return categories as people write them."""
    return together([inside(c) for c in sorted(words)])


def short(said: Line) -> str:
    """Return a line in as few words as it is written."""
    name = FACTS[said.fact].name
    if said.fact == RELATION and said.mask & CONCERNED_IN_FULL == CONCERNED_IN_FULL:
        return "concerned" if said.mask == CONCERNED_IN_FULL else "any relation"
    words = "/".join(words_of(name, said.mask))
    return words if said.fact == RELATION else f"{name} {words}"
