"""The matching ladder: is an event about somebody whom the register knows, and which rung says so?

- A number joins, unless several people have the event's numbers, or the event says otherwise of
  the person who has one, or the name points to somebody else. Then it is ambiguous.
- Name, date of birth and postcode together join, unless a second person fits by name and date.
- Everything weaker is possible and no more: ambiguous.

Ambiguous is held for a coordinator, never guessed: two people wrongly joined are told apart only
after the facts of each went to the other's agencies. Pure; see docs/adr/0003-matching-ladder.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from hub.identity.evidence import Candidate, Evidence
from hub.identity.rungs import RUNGS, Rung, Weight, details_disagree, numbers_differ, ruled_out

SEVERAL = "the numbers belong to different people"
RULED_OUT = "a number was ruled out for this person"
NUMBERS_DIFFER = "one number fits, another of the person's numbers differs"
DETAILS_DISAGREE = "the number fits, the name and date of birth do not"
POINTS_ELSEWHERE = "the number points to one person, the details to another"


class Match(msgspec.Struct, frozen=True):
    """The event is about this person; ``rung`` names what says so."""

    person_id: str
    rung: str


class Nobody(msgspec.Struct, frozen=True):
    """The register knows nobody whom the event could be about: a new person."""


class Ambiguous(msgspec.Struct, frozen=True):
    """The event may be about one of these (sorted) or somebody new; ``why`` never holds a value."""

    person_ids: tuple[str, ...]
    why: str


Outcome = Match | Nobody | Ambiguous


class _Hit(msgspec.Struct, frozen=True):
    """A candidate, and the rungs that hold for it."""

    candidate: Candidate
    rungs: tuple[Rung, ...]

    def by(self, *weights: Weight) -> bool:
        return any(rung.weight in weights for rung in self.rungs)

    @property
    def fits(self) -> bool:
        """Whether more than a number speaks for it."""
        return self.by(Weight.DETAILS, Weight.EXACT, Weight.NEAR)


def ladder(evidence: Evidence, candidates: Iterable[Candidate]) -> Outcome:
    """Return whom the evidence is about; neither the order of candidates nor repeats matter."""
    known = {candidate.person_id: candidate for candidate in candidates}
    hits = [hit for candidate in known.values() if (hit := _hit(evidence, candidate)).rungs]
    numbered = [hit for hit in hits if hit.by(Weight.NUMBER)]
    if numbered:
        return _by_number(evidence, numbered, hits)
    exact = [hit for hit in hits if hit.by(Weight.DETAILS, Weight.EXACT)]
    if len(exact) == 1 and exact[0].by(Weight.DETAILS):
        return _match(exact[0])
    return _possible(hits) if hits else Nobody()


def _hit(evidence: Evidence, candidate: Candidate) -> _Hit:
    barred = set()
    if ruled_out(evidence, candidate):
        barred = {Weight.DETAILS, Weight.EXACT, Weight.NEAR}
    elif numbers_differ(evidence, candidate):
        barred = {Weight.DETAILS, Weight.NEAR}
    held = (rung for rung in RUNGS if rung.weight not in barred and rung.holds(evidence, candidate))
    return _Hit(candidate, tuple(held))


def _by_number(evidence: Evidence, numbered: Sequence[_Hit], hits: Sequence[_Hit]) -> Outcome:
    if len(numbered) > 1:
        return _ambiguous(numbered, SEVERAL)
    (hit,) = numbered
    others = [h for h in hits if h is not hit and not numbers_differ(evidence, h.candidate)]
    against = _against(evidence, hit)
    if not against and others and not hit.fits:
        against = POINTS_ELSEWHERE
    return _ambiguous([hit, *others], against) if against else _match(hit)


def _against(evidence: Evidence, hit: _Hit) -> str:
    """Return what the event itself says against the person who has its number, or nothing."""
    if ruled_out(evidence, hit.candidate):
        return RULED_OUT
    # Agencies do give one person two numbers of a kind; name and date of birth tell that from a slip.
    if numbers_differ(evidence, hit.candidate) and not hit.by(Weight.EXACT):
        return NUMBERS_DIFFER
    return DETAILS_DISAGREE if details_disagree(evidence, hit.candidate) else ""


def _match(hit: _Hit) -> Match:
    return Match(hit.candidate.person_id, hit.rungs[0].name)


def _possible(hits: Sequence[_Hit]) -> Ambiguous:
    best = {hit.rungs[0] for hit in hits}
    return _ambiguous(hits, "possible by " + "; ".join(rung.name for rung in RUNGS if rung in best))


def _ambiguous(hits: Iterable[_Hit], why: str) -> Ambiguous:
    return Ambiguous(tuple(sorted(hit.candidate.person_id for hit in hits)), why)
