"""Which agreements are read as one: each with those above it, under which it stands.

A message is sent within one whole: what opens it and what is in it are grants that were agreed together. So what
one agreement tells of a person in its own messages is not told in the messages of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.policy.model import Agreement

Wholes = Mapping[str, frozenset[str]]
"""By an agreement's name the wholes of which it is a part, each known by the name of its lowest agreement."""


def wholes_of(agreements: Iterable[Agreement]) -> Wholes:
    """Return the wholes that agreements make which are in force together.

    Agreements that stand under each other in a circle are in no whole, and give nothing.
    """
    known = {agreement.name: agreement for agreement in agreements}
    above = {agreement.under for agreement in known.values()}
    found: dict[str, set[str]] = {name: set() for name in known}
    for lowest in known.keys() - above:
        name = lowest
        while name in known and lowest not in found[name]:
            found[name].add(lowest)
            name = known[name].under
    return {name: frozenset(parts) for name, parts in found.items()}
