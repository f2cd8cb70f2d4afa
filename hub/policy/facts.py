"""The closed list of facts that a condition may read, each over a finite domain.

A fact's value is an integer in which each word of its domain is one bit; a single-valued fact
has exactly one bit set, a set-valued one any number. A condition's line is a mask: it holds
where value and mask meet. So what a rule reads is always a finite case, and "what changes for
whom" can be worked out instead of sampled. A number is a fact with one bit for each number of its
span, and one for "unknown"; an interval is the mask of its numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from hub.policy.numbers import UNKNOWN, Span
from hub.policy.places import PLACES
from schemas.labels import AgencyKind


class Fact(msgspec.Struct, frozen=True):
    """One fact: its name, the words of its domain, and whether several may hold at once."""

    name: str
    domain: Sequence[str]
    meaning: str
    many: bool = False
    unknown: str | None = None
    """The word that stands for "not known": always the one that opens least."""
    of: Literal["recipient", "person", "event", "time"] = "person"
    """What it is a fact of."""
    span: Span | None = None
    """For a number, which it may be."""

    @property
    def not_known(self) -> int:
        """The bit of not knowing, where that is a word of its own; nought where another word stands for it."""
        return mask_of(self.name, [UNKNOWN]) if self.unknown == UNKNOWN else 0


CONCERN = (
    "holds",
    "awaits",
    "case",
    "lead",
    "further",
    "partner",
    "area",
    "referral",
    "tenancy",
    "stay",
    "treatment",
    "own-order",
    "report",
    "gate",
    "decides",
    "condition",
)
"""The relations by which a recipient is concerned with a person now."""


def _number(
    name: str, first: int, last: int, unit: str, meaning: str, of: Literal["person", "event", "time"] = "person"
) -> Fact:
    span = Span(first, last, unit)
    domain = (*map(str, range(first, last + 1)), UNKNOWN)
    return Fact(name, domain, meaning, unknown=UNKNOWN, of=of, span=span)


FACTS: tuple[Fact, ...] = (
    Fact(
        "relation",
        (*CONCERN, "marker-holder", "addressed", "asks"),
        "how the recipient stands to the person: concerned now, holding a marker, addressed by the hub, or asking",
        many=True,
        of="recipient",
    ),
    Fact("status", ("member", "former", "none"), "whether the person is on a scheme", unknown="none"),
    Fact("kind", ("PPO", "IOM"), "the kinds of the person's schemes", many=True),
    Fact(
        "strand",
        ("prevent-and-deter", "catch-and-convict", "rehabilitate-and-resettle"),
        "the strands of the person's memberships",
        many=True,
    ),
    Fact(
        "basis",
        ("statutory", "voluntary", "none", UNKNOWN),
        "whether the supervision is statutory or voluntary",
        unknown=UNKNOWN,
    ),
    Fact(
        "scope",
        ("in-scope", "out-of-scope", "unknown"),
        "whether a case is in scope for an offender manager: 12 months and over, or a community order",
        unknown="unknown",
    ),
    Fact(
        "age",
        ("under-18", "adult"),
        "by birthday for roles that have the date of birth, by recorded hand-over for others",
        unknown="under-18",
    ),
    Fact("yot", ("party", "none"), "whether the youth offending team is a party to the sharing", unknown="none"),
    Fact("yot-agreed", ("yes", "no"), "whether the youth offending team agreed to voluntary partners", unknown="no"),
    Fact(
        "handover",
        ("none", "open", "completed"),
        "how far the hand-over from youth to adult services has come",
        unknown="none",
    ),
    Fact(
        "consent", ("given", "withdrawn", "none"), "the person's consent to the sharing of health facts", unknown="none"
    ),
    Fact(
        "required",
        ("attendance", "testing", UNKNOWN),
        "what an order or licence in force requires",
        many=True,
        unknown=UNKNOWN,
    ),
    Fact(
        "risk",
        ("low", "medium", "high", "very-high", "unknown"),
        "the level of risk of serious harm",
        unknown="unknown",
    ),
    Fact("was-high", ("yes", "no"), "whether the risk level was high or above before", unknown="no"),
    Fact(
        "mappa-level",
        ("1", "2", "3", "none", UNKNOWN),
        "the level at which several agencies protect the public from the person: 1 is one agency alone",
        unknown=UNKNOWN,
    ),
    Fact(
        "child",
        ("lives", "stays", "none", "unknown"),
        "whether a child lives or stays at the address",
        unknown="unknown",
    ),
    Fact("licence", ("on-licence", "recalled", "none", UNKNOWN), "the state of the licence", unknown=UNKNOWN),
    Fact(
        "custody",
        ("held", "expected", "out", "unknown"),
        "whether the person is held, expected or out",
        unknown="unknown",
    ),
    Fact("restricted", ("yes", "no", "unknown"), "whether only named staff may see the record", unknown="unknown"),
    _number("age-years", 0, 100, "years", "by birthday, and only for roles that have the date of birth"),
    _number("days-to-release", 0, 400, "days", "until the next release date, from the day itself on"),
    _number("days-since-release", 0, 400, "days", "since the person was last released, while they are out"),
    _number("days-to-licence-end", 0, 400, "days", "until the licence that is in force ends"),
    Fact(
        "held-for",
        ("remand", "sentence", "recall", UNKNOWN),
        "why the person is held, as the event says",
        unknown=UNKNOWN,
        of="event",
    ),
    Fact(
        "publisher",
        (*AgencyKind, "hub", UNKNOWN),
        "what kind of body says it",
        unknown=UNKNOWN,
        of="event",
    ),
    _number("days-since-event", 0, 400, "days", "since it happened, as its publisher says", of="event"),
    _number("hour", 0, 23, "o'clock", "the hour of the day in London, from midnight", of="time"),
    Fact(
        "at",
        PLACES,
        "which of the places that the agreement names the recipient serves",
        many=True,
        unknown=UNKNOWN,
        of="recipient",
    ),
)
"""Every fact, in the order of a situation's values."""

INDEX: Mapping[str, int] = {fact.name: i for i, fact in enumerate(FACTS)}
RELATION = INDEX["relation"]
AGE = INDEX["age"]
AGE_YEARS = INDEX["age-years"]
AT = INDEX["at"]
_BITS: Mapping[str, Mapping[str, int]] = {
    fact.name: PLACES.bits if fact.domain is PLACES else {word: 1 << i for i, word in enumerate(fact.domain)}
    for fact in FACTS
}

Situation = tuple[int, ...]
"""One value for each fact, in the order of ``FACTS``."""


def mask_of(fact: str, words: Iterable[str]) -> int:
    """Return the mask of some words of a fact's domain.

    Raises:
        KeyError: the fact or a word is not in the closed list.
    """
    bits = _BITS[fact]
    mask = 0
    for word in words:
        mask |= bits[word]
    return mask


def words_of(fact: str, value: int) -> list[str]:
    """Return the words that are set in a fact's value, in the order of the domain; numbers in runs."""
    if (span := FACTS[INDEX[fact]].span) is not None:
        return span.words(value)
    return [word for word, bit in _BITS[fact].items() if value & bit]


def value_of(fact: str, words: Iterable[str]) -> int:
    """Return the value of a fact of which ``words_of`` gives these words.

    Raises:
        KeyError, ValueError: the fact or a word is not in the closed list.
    """
    if (span := FACTS[INDEX[fact]].span) is not None:
        return span.value(words)
    return mask_of(fact, words)


def situation(**values: str | Iterable[str]) -> list[int]:
    """Return a situation from words; what is not said is unknown, which opens least.

    Names use underscores for hyphens: ``situation(relation=["holds"], yot_agreed="yes")``.

    Raises:
        KeyError: a fact or a word is not in the closed list.
    """
    said = {
        name.replace("_", "-"): (words,) if isinstance(words, str) else tuple(words) for name, words in values.items()
    }
    if unknown := set(said) - set(INDEX):
        raise KeyError(*unknown)
    return [mask_of(f.name, said.get(f.name, (f.unknown,) if f.unknown else ())) for f in FACTS]


CONCERNED = mask_of("relation", CONCERN)
"""Every relation by which a recipient is concerned now."""

ROWS_OF_THEIR_OWN = ("further", "partner", "gate", "condition")
"""Relations that open only what a rule names them for: a further membership gets the status and whom to call,
a gate meeter the hour and the place, and so on."""
CONCERNED_IN_FULL = mask_of("relation", (word for word in CONCERN if word not in ROWS_OF_THEIR_OWN))
"""What a rule means that names no relation."""
ONLY_ON_A_SCHEME = mask_of("relation", ("further", "partner", "marker-holder"))
"""Relations that nobody has to a person on no scheme."""
