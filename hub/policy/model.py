"""An agreement as it is enforced: rules that give and rules that withhold, and what each rests on."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from schemas.labels import Category, Role
from schemas.terms import Terms

Regime = Literal["law-enforcement", "general"]


class Line(msgspec.Struct, frozen=True):
    """One line of a condition: the fact's index and the mask of the words that satisfy it."""

    fact: int
    mask: int


class Target(msgspec.Struct, frozen=True):
    """What a rule speaks of: a whole category, or a single leaf by its path; perhaps transformed."""

    category: Category | None = None
    path: str | None = None
    transform: str | None = None
    of: frozenset[Category] = frozenset()
    """For a leaf, its categories."""

    @property
    def categories(self) -> frozenset[Category]:
        """The categories of which this gives or withholds something."""
        return self.of if self.category is None else frozenset({self.category})

    @property
    def tells(self) -> frozenset[Category]:
        """The categories of which this alone is enough to know something: a leaf with two needs a word for both."""
        return self.categories if len(self.categories) == 1 else frozenset()


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. It holds when all lines of ``when`` hold and no exception of ``unless`` holds whole."""

    id: str
    effect: Literal["give", "withhold"]
    roles: frozenset[Role]
    targets: tuple[Target, ...]
    """Empty for a withholding of everything."""
    types: frozenset[str]
    when: tuple[Line, ...]
    unless: tuple[tuple[Line, ...], ...] = ()
    purpose: str = ""
    gateway: str = ""
    obligations: tuple[str, ...] = ()
    accompanies: bool = False
    """Gives only where another rule gives the same recipient something."""
    always: bool = False
    """A withholding that an area may not lift."""
    because: str = ""

    def holds(self, situation: tuple[int, ...]) -> bool:
        """Tell whether the whole condition holds in a situation."""
        return all(situation[line.fact] & line.mask for line in self.when) and not any(
            all(situation[line.fact] & line.mask for line in exception) for exception in self.unless
        )


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One document of rules, with what the law asks an agreement to say."""

    name: str
    title: str
    owner: str
    parties: tuple[str, ...]
    agreed: dt.date
    review: dt.date
    ends: dt.date | None
    regime: Regime
    special_category_condition: str
    policy_document: str
    purposes: dict[str, str]
    gateways: dict[str, str]
    obligations: dict[str, str]
    unscheme_days: int
    """How many days sightings of people on no scheme are kept."""
    version: str
    """SHA-256 of the canonical form, in hex: the name of this version."""
    rules: tuple[Rule, ...]
    general_roles: frozenset[Role] = frozenset()
    """The roles that answer to UK GDPR even under an agreement between law enforcement bodies."""
    groups: dict[str, frozenset[Role]] = {}
    """The agreement's own names for several roles together."""
    terms: dict[str, Terms] = {}
    """What a system can act on of each obligation that says something of the kind."""
    places: tuple[str, ...] = ()
    """The places that it is for: its grants reach recipients there and nowhere else. None named means everywhere."""
    under: str = ""
    """The name of the agreement under which it stands, such as a region's; empty where it stands by itself."""
    requires: tuple[tuple[str, Role], ...] = ()
    """Which roles must hear of which event types: where none listens, the coordinator is told."""

    def in_force(self, on: dt.date) -> bool:
        """Tell whether the agreement is in force on a day."""
        return self.agreed <= on and (self.ends is None or on < self.ends)

    @property
    def reference(self) -> str:
        """Return how a decision cites the agreement: its name and the start of its version."""
        return f"{self.name}@{self.version[:16]}"
