"""Agreements in layers: what one that stands under another may not say.

All agreements in force together add up: whatever one of them withholds is withheld, whoever gives it.
So nothing below can lift what stands above. What is refused here is what would make that untrue later,
or would be written in vain: a grant that outlives the withholdings above it, that reaches further, or
that something above always withholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hub.policy.analysis.regions import Regions
from hub.policy.model import Agreement, Rule, Target
from schemas.labels import Role

Finding = tuple[Agreement, Rule | None, str]
"""The agreement below, the rule that it is about if about one, and what is wrong."""


def findings(agreements: Sequence[Agreement]) -> Iterator[Finding]:
    """Yield everything that agreements may not say for what they stand under."""
    known = {a.name: a for a in agreements}
    for agreement in agreements:
        above = _above(agreement, known)
        if above is None:
            yield agreement, None, f"stands under '{agreement.under}', and in the end under itself"
            continue
        if agreement.under and agreement.under not in known:
            yield agreement, None, f"stands under '{agreement.under}', which is not among these files"
        for upper in above:
            yield from ((agreement, None, sentence) for sentence in _outside(agreement, upper))
        yield from _in_vain(agreement, above)


def _above(agreement: Agreement, known: Mapping[str, Agreement]) -> list[Agreement] | None:
    """Return the agreements under which one stands, the next one first; None where they go round."""
    found: list[Agreement] = []
    upper = known.get(agreement.under)
    while upper is not None:
        if upper is agreement or upper in found:
            return None
        found.append(upper)
        upper = known.get(upper.under)
    return found


def _outside(agreement: Agreement, upper: Agreement) -> Iterator[str]:
    """Say in what an agreement reaches out of one above it: in time or in place."""
    if agreement.agreed < upper.agreed:
        yield f"begins on {agreement.agreed}, before '{upper.name}' under which it stands ({upper.agreed})"
    if upper.ends is not None and (agreement.ends is None or agreement.ends > upper.ends):
        yield f"must end with '{upper.name}' under which it stands, on {upper.ends} or before"
    if upper.places:
        further = [place for place in agreement.places if place not in upper.places]
        if not agreement.places:
            yield f"must name its places: '{upper.name}', under which it stands, is for some alone"
        elif further:
            yield f"names {', '.join(further)}, where '{upper.name}', under which it stands, does not reach"


def _in_vain(agreement: Agreement, above: Iterable[Agreement]) -> Iterator[Finding]:
    """Find grants of which some part is always withheld above."""
    always = [(upper, r) for upper in above for r in upper.rules if r.effect == "withhold" and r.always]
    if not always:
        return
    regions = Regions([*agreement.rules, *(rule for _, rule in always)])
    for rule in agreement.rules:
        if rule.effect == "give":
            for what in rule.targets:
                against = {
                    role: name for role in sorted(rule.roles) if (name := _against(rule, role, what, always, regions))
                }
                if against:
                    upper, withholding = next(iter(against.values()))
                    word = what.path or what.category
                    sentence = f"'{word}' is always withheld from {', '.join(against)} by '{withholding}' of '{upper}'"
                    yield agreement, rule, sentence


def _against(
    rule: Rule, role: Role, what: Target, always: Iterable[tuple[Agreement, Rule]], regions: Regions
) -> tuple[str, str] | None:
    """Return which agreement and withholding stands against one part of a grant in every case; None where none does."""
    for upper, each in always:
        speaks = role in each.roles and rule.types <= each.types and _covers(each, what)
        if speaks and regions.within(regions.rule(rule), regions.rule(each)):
            return upper.name, each.id
    return None


def _covers(withholding: Rule, what: Target) -> bool:
    return not withholding.targets or any(
        t.category in what.categories if t.path is None else t.path == what.path for t in withholding.targets
    )
