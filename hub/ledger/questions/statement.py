"""What one person is told about what was told of them: complete up to a checkpoint, in plain words, without a value.

Data Protection Act 2018, section 45(2), and UK GDPR, article 15(1): purposes and legal basis, the categories of
information, to whom it was disclosed, and where it came from. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from hub.ledger.entry import COPIES_DROPPED, Branch, Entry, ViewEntry
from hub.ledger.questions.given import AsOf
from hub.ledger.questions.restrictions import Restriction, sentence_of
from hub.policy.plain import inside, name_of
from hub.policy.project import source_of
from schemas.catalogue import CATALOGUE
from schemas.leaves import leaves_of
from schemas.withdrawal import WITHDRAWN

OTHER_TITLES = {
    "person.looked-up": "Somebody looked you up, and was answered.",
    WITHDRAWN: "A recipient was told to erase what it had been given before.",
    "": "Something of which no more is kept: the record of it was erased.",
}
REGIMES = {"law-enforcement": "law enforcement", "general": "general"}
CATEGORIES = {"suspect": "a suspect", "convicted": "convicted", "victim": "a victim", "witness": "a witness"}
OTHERS = {
    "collected": ("collection",),
    "asked": ("consultation",),
    "changed": ("alteration", "combination", "erasure"),
}
"""The kinds of entries, beside the tellings, by the part of the answer in which they stand."""
UNKNOWN_KIND = "information of a kind that this version of the hub does not know"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient was told at one time, and why."""

    entry: str
    at: dt.datetime
    what: str
    """What had happened, as the catalogue describes the type of event."""
    recipient: str
    agency: str
    role: str
    kinds: tuple[str, ...]
    """The kinds of information, in words."""
    purposes: tuple[str, ...]
    powers: tuple[str, ...]
    duties: tuple[str, ...]
    agreements: tuple[str, ...]
    processing: str
    """``law enforcement`` or ``general``."""
    person_as: str
    """As what the person was known then: a suspect, convicted, a victim, a witness; or nothing."""
    sent: bool
    """Whether it left the hub: False for a copy that was dropped before."""
    left_out: tuple[str, ...] = ()
    """Why further kinds of information are not named here."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """That something about the person came in, or was asked, or changed."""

    at: dt.datetime
    what: str
    by: str
    """The agency, or that it was the hub."""


class SubjectStatement(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the record says to a person about what was told of them."""

    made_at: dt.datetime
    as_of: AsOf
    told: tuple[Told, ...]
    collected: tuple[Collected, ...]
    """What was published about the person, and by whom: the source."""
    asked: tuple[Collected, ...]
    """Who asked the hub, or its record, about the person."""
    changed: tuple[Collected, ...]
    """What was altered, combined or erased."""
    restricted: tuple[str, ...]
    """Why whole disclosures, if any, are left out; how many they are is not said."""
    before_the_log: int
    """How many entries about the person were recorded before there was a log, so that no checkpoint is over them."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Where the words of an answer come from."""

    agency: Callable[[str], str]
    """The name of an agency by its id."""
    system: Callable[[str], str]
    """The name of the agency to which a system belongs, by the word that an entry has for who did something."""
    sentences: Callable[[tuple[str, ...]], Mapping[str, str]]
    """What each purpose, gateway and obligation of some versions of agreements says."""


def statement(
    entries: Sequence[Entry],
    as_of: AsOf,
    made_at: dt.datetime,
    words: Words,
    restrictions: Sequence[Restriction] = (),
    before_the_log: int = 0,
) -> SubjectStatement:
    """Return what a person is told.

    Args:
        entries: Everything recorded about the person, oldest first.
        as_of: The checkpoint up to which these are complete.
        made_at: When it is made.
        words: Names and sentences.
        restrictions: What is left out, as the operator states it.
        before_the_log: How many of the entries no checkpoint is over.

    Raises:
        BadQuestion: a restriction has no ground for what it meets.
    """
    dropped = {(e.reference, part.recipient) for e in entries if e.event == COPIES_DROPPED for part in e.auditor}
    restricted: set[str] = set()
    told = [
        found
        for entry in entries
        for branch in entry.branches
        if (found := _told(entry, branch, words, restrictions, restricted, (entry.id, branch.recipient) in dropped))
    ]
    others = {
        name: tuple(_others((e for e in entries if e.kind in kinds), words, restrictions, restricted))
        for name, kinds in OTHERS.items()
    }
    return SubjectStatement(
        made_at=made_at,
        as_of=as_of,
        told=tuple(told),
        **others,
        restricted=tuple(sentence_of(word) for word in sorted(restricted)),
        before_the_log=before_the_log,
    )


def _told(
    entry: Entry,
    branch: Branch,
    words: Words,
    restrictions: Sequence[Restriction],
    restricted: set[str],
    dropped: bool,  # noqa: FBT001 - one call
) -> Told | None:
    """Return one telling; None of one that is left out, whose ground is added to those ``restricted``."""
    view = entry.views[branch.view]
    own = [r for r in restrictions if r.concerns(entry.id, entry.at, entry.event, branch.recipient, branch.agency)]
    whole = {r.ground(view.regime) for r in own if not r.categories}
    if whole:
        restricted |= whole
        return None
    hidden = {category: r.ground(view.regime) for r in own for category in r.categories}
    kinds = _kinds(entry.event, view)
    say = words.sentences(view.agreements)
    return Told(
        entry=entry.id,
        at=entry.at,
        what=title_of(entry.event),
        recipient=branch.recipient,
        agency=words.agency(branch.agency),
        role=name_of(branch.role),
        kinds=_words(frozenset(kinds - hidden.keys())),
        purposes=tuple(say.get(word, word) for word in view.purposes),
        powers=tuple(say.get(word, word) for word in view.gateways),
        duties=tuple(say.get(word, word) for word in view.obligations),
        agreements=view.agreements,
        processing=REGIMES.get(view.regime, view.regime),
        person_as=CATEGORIES.get(entry.category, ""),
        sent=not dropped,
        left_out=tuple(sorted({sentence_of(hidden[kind]) for kind in kinds & hidden.keys()})),
    )


def title_of(event: str) -> str:
    """Return what a type of event says has happened."""
    if event in OTHER_TITLES:
        return OTHER_TITLES[event]
    if event in CATALOGUE:
        return " ".join((CATALOGUE[event].data.__doc__ or event).split())
    return name_of(event.replace(".", ": "))


def _kinds(event: str, view: ViewEntry) -> frozenset[str]:
    """Return the categories of a view's leaves; one that is of what is not known to this program is named as that."""
    return _kinds_of(event, tuple([(path, leaf.transform) for path, leaf in view.by_path().items()]))


@lru_cache(4096)
def _kinds_of(event: str, leaves: tuple[tuple[str, str | None], ...]) -> frozenset[str]:
    if event not in CATALOGUE:
        return frozenset()
    of = {leaf.path: leaf.categories for leaf in leaves_of(CATALOGUE[event].data)}
    found: set[str] = set()
    for path, transform in leaves:
        try:
            found |= {str(category) for category in of[source_of(event, path, transform)]}
        except KeyError:
            found.add(UNKNOWN_KIND)
    return frozenset(found)


@lru_cache(4096)
def _words(kinds: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(kind if kind == UNKNOWN_KIND else inside(kind) for kind in kinds))


def _others(
    entries: Iterable[Entry], words: Words, restrictions: Sequence[Restriction], restricted: set[str]
) -> Iterator[Collected]:
    """Yield what happened beside the tellings; a restriction that is of no recipient and no category is of it, too."""
    for entry in entries:
        if entry.branches:
            continue
        own = [r for r in restrictions if not r.categories and r.concerns(entry.id, entry.at, entry.event, "", "")]
        restricted |= {r.grounds[0] for r in own}
        if not own:
            yield Collected(at=entry.at, what=title_of(entry.event), by=words.system(entry.by))
