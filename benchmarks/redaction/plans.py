"""How every peer but the hub redacts, once it knows what may be given: it picks from the decoded event, or deletes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from benchmarks.redaction.event import KIND
from schemas.catalogue import CATALOGUE
from schemas.labels import Role
from schemas.leaves import leaves_of

Block = dict[str, Any]


class Plan(msgspec.Struct, frozen=True):
    """The members of a block that are given as they are, and those of which less is given, or part."""

    plain: frozenset[str]
    others: tuple[tuple[str, str, Any], ...]
    """For each its name, the name that it is given under, and how: a function, or a plan for what is in it."""
    chosen: str = ""
    """Where members of a list are chosen: the role that each must name."""


MASKS: Mapping[tuple[str, str], tuple[str, Callable[[Any], Any]]] = {
    ("year", "date_of_birth"): ("year_of_birth", lambda v: int(v[:4])),
    ("district", "postcode"): ("postcode_district", lambda v: v.replace(" ", "").upper()[:-3]),
    ("initial", "forename"): ("forename_initial", lambda v: v[:1].upper()),
    ("high-or-not", "level"): ("high", lambda v: v in {"high", "very-high"}),
}


def plan_of(given: Iterable[str], role: Role) -> Plan:
    """Return the plan for what is given: categories, or ``category as mask``. A leaf needs all its categories plain."""
    plain = {word for word in given if " as " not in word}
    masks = dict(word.split(" as ") for word in given if " as " in word)
    tree: dict[str, Any] = {}
    for leaf in leaves_of(CATALOGUE[KIND].data):
        path, name = leaf.path.rpartition(".")[::2]
        if leaf.categories <= plain:
            _put(tree, path, name, (name, None))
        elif len(leaf.categories) == 1 and (word := masks.get(next(iter(leaf.categories)))):
            if word == "naming-you" and name != "names_roles":
                _put(tree, path, name, (name, None), str(role))
            elif (word, name) in MASKS:
                _put(tree, path, name, MASKS[word, name])
    return _plan(tree)


def _put(tree: dict[str, Any], path: str, name: str, how: tuple[str, Any], role: str | None = None) -> None:
    for part in path.split("."):
        tree = tree.setdefault(part.removesuffix("[]"), {})
    tree[name] = how
    if role is not None:
        tree[""] = role


def _plan(tree: dict[str, Any]) -> Plan:
    members = {name: how for name, how in tree.items() if name}
    plain = frozenset(name for name, how in members.items() if how == (name, None))
    others = tuple(
        (name, name, _plan(how)) if isinstance(how, dict) else (name, *how)
        for name, how in members.items()
        if name not in plain
    )
    return Plan(plain, others, tree.get("", ""))


def pick(block: Block, plan: Plan) -> Block:
    """Return the permitted members of a block; nothing stands in for what is not permitted."""
    picked = {name: value for name, value in block.items() if name in plan.plain}
    for name, out, how in plan.others:
        if name in block and (value := _less(block[name], how, pick)):
            picked[out] = value
    return picked


def strike(block: Block, plan: Plan) -> Block:
    """Delete from a block, in place, whatever the plan does not name."""
    others = [(out, _less(block[name], how, strike)) for name, out, how in plan.others if name in block]
    for name in block.keys() - plan.plain:
        del block[name]
    block.update((out, value) for out, value in others if value)
    return block


def _less(value: Any, how: Any, prune: Callable[[Block, Plan], Block]) -> Any:  # noqa: ANN401 - any member
    if not isinstance(how, Plan):
        return how(value)
    if isinstance(value, dict):
        return prune(value, how)
    named = [v for v in value if how.chosen in v.get("names_roles", ())] if how.chosen else value
    return [pruned for v in named if (pruned := prune(v, how))]
