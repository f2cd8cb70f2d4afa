"""Leaves of which every rule at hand says the same, taken together: an event type has few forms and many leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from hub.policy.model import Agreement
from hub.policy.transforms import NAMING_OTHERS, TRANSFORMS
from schemas.catalogue import CATALOGUE, EventType
from schemas.labels import Category
from schemas.leaves import Leaf, leaves_of

_READ_BY_NAME = NAMING_OTHERS | {name for transform in TRANSFORMS.values() for name in transform.leaves}
"""The last names by which a transform tells leaves of one category apart."""


class Form(msgspec.Struct, frozen=True):
    """Leaves that no rule can tell apart: their categories, and one of them that stands for all."""

    index: int
    leaf: Leaf
    """A leaf of no event type in particular: only its categories, and its path where a rule tells it apart, count."""

    @property
    def categories(self) -> frozenset[Category]:
        """The categories of every leaf of this form."""
        return self.leaf.categories


class Forms:
    """The forms of every event type, for all agreements that are to be compared."""

    def __init__(self, agreements: Iterable[Agreement], catalogue: Mapping[str, EventType] = CATALOGUE) -> None:
        """Tell leaves apart by what some rule of these agreements could tell them apart by.

        Raises:
            RuntimeError: a path that a rule names is of other categories in another event type.
        """
        self.catalogue = catalogue
        self.rules = tuple(rule for a in agreements for rule in a.rules)
        """Every rule of these agreements."""
        named = {t.path for rule in self.rules for t in rule.targets if t.path}
        self.all: list[Form] = []
        self._paths: dict[str, dict[int, list[str]]] = {}
        known: dict[tuple[frozenset[Category], str], int] = {}
        for kind, event in catalogue.items():
            own: dict[int, list[str]] = {}
            for leaf in leaves_of(event.data):
                last = leaf.path.rpartition(".")[2]
                told_by = leaf.path if leaf.path in named else last if last in _READ_BY_NAME else ""
                index = known.setdefault((leaf.categories, told_by), len(known))
                if index == len(self.all):
                    self.all.append(Form(index, leaf))
                own.setdefault(index, []).append(leaf.path)
            self._paths[kind] = own
        self._of = {kind: tuple(own) for kind, own in self._paths.items()}
        paths = [form.leaf.path for form in self.all]
        if len(set(paths)) != len(paths):
            raise RuntimeError("a path is of other categories in another event type")

    def of(self, kind: str) -> tuple[int, ...]:
        """Return the forms that an event type has."""
        return self._of[kind]

    def paths(self, kind: str, form: int) -> list[str]:
        """Return the leaves of a form in an event type."""
        return self._paths[kind].get(form, [])
