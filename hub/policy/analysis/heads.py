"""What agreements say of themselves otherwise: days, parties, the sentences of purposes and obligations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

import msgspec

from hub.policy.model import Agreement
from schemas.terms import Terms

_HEAD: Mapping[str, str] = {
    "title": "the title",
    "owner": "the owner",
    "parties": "the parties",
    "agreed": "the day on which it was agreed",
    "review": "the day of review",
    "ends": "the day on which it ends",
    "regime": "the regime",
    "general_roles": "the roles under the general regime",
    "special_category_condition": "the condition for special categories",
    "policy_document": "the policy document",
    "places": "the places that it is for",
    "under": "the agreement under which it stands",
    "unscheme_days": "how many days sightings of people on no scheme are kept",
    "purposes": "the sentence of a purpose",
    "gateways": "the sentence of a gateway",
    "obligations": "the sentence of an obligation",
    "terms": "what a system does by an obligation",
    "requires": "who must hear of what",
}


def heads(old: Sequence[Agreement], new: Sequence[Agreement]) -> Iterator[str]:
    """Say what agreements of one name, or the only one on each side, say of themselves otherwise."""
    before, after = {a.name: a for a in old}, {a.name: a for a in new}
    pairs = [(before[name], after[name]) for name in before if name in after]
    if not pairs and len(old) == len(new) == 1:
        pairs = [(old[0], new[0])]
        yield f"the agreement is named '{new[0].name}', and was named '{old[0].name}'"
    else:
        yield from (f"the agreement '{name}' is new" for name in after if name not in before)
        yield from (f"the agreement '{name}' is there no more" for name in before if name not in after)
    for one, other in pairs:
        for field, words in _HEAD.items():
            yield from _head(words, attrgetter(field)(one), attrgetter(field)(other))


def _head(words: str, one: object, other: object) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            if one.get(name) != other.get(name):
                yield f"{words}, {name}: {_plain(one.get(name))} → {_plain(other.get(name))}"
    elif isinstance(one, tuple | frozenset) and isinstance(other, tuple | frozenset):
        more, fewer = ([x for x in here if x not in there] for here, there in ((other, one), (one, other)))
        for sign, members in (("also", more), ("no longer", fewer)):
            if members:
                yield f"{words}: {sign} {'; '.join(sorted(map(_plain, members)))}"
    elif one != other:
        yield f"{words}: {_plain(one)} → {_plain(other)}"


def _plain(value: object) -> str:
    if isinstance(value, Terms):
        return ", ".join(f"{name.replace('_', ' ')} {word}" for name, word in msgspec.to_builtins(value).items())
    return " ".join(map(str, value)) if isinstance(value, tuple) else "none" if value in (None, "") else str(value)
