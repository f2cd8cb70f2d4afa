"""The ladder, for all people: weak evidence never joins, and only what is told decides."""

from __future__ import annotations

import hashlib
from datetime import date

from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.identity.evidence import Candidate, Evidence, candidate_of
from hub.identity.keys import keys_of, keys_of_candidate
from hub.identity.ladder import Ambiguous, Match, Nobody, ladder
from hub.identity.likeness import near
from hub.identity.names import normalise, sound
from hub.identity.rungs import RUNGS, Weight, ruled_out
from hub.register.state import KnownName

OF_A_PERSON = ("prison-number", "pnc", "cro", "crn")
MISSPELT = {"near name and date of birth", "surname and date of birth, forename missing or an initial"}


def seal(kind: str, canonical: str) -> bytes:
    """Return a hash; that it has no key makes no difference here."""
    return hashlib.sha256(f"{kind}:{canonical}".encode()).digest()


# Few values, so that people often agree, nearly agree and conflict.
kinds = st.sampled_from((*OF_A_PERSON, "asn", "case-urn"))
tokens = st.tuples(kinds, st.sampled_from((b"1", b"2")))
surnames = st.sampled_from(("smith", "smyth", "jones", "john", ""))
forenames = st.sampled_from(("john", "jon", "j", "smith", "gary", ""))
births = st.sampled_from(
    (date(1984, 5, 7), date(1984, 7, 5), date(1984, 5, 17), date(1984, 1, 1), date(1990, 2, 3), None)
)
names = st.builds(KnownName, surnames, forenames, births)
postcodes = st.frozensets(st.sampled_from(("B11AA", "B22BB")), max_size=2)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Draw what an event tells, with more or less of each kind of detail."""
    identifiers = draw(st.frozensets(tokens, max_size=3))
    return Evidence(
        identifiers=identifiers,
        other_readings=draw(st.frozensets(st.tuples(st.just("pnc"), st.sampled_from((b"1", b"2"))), max_size=1))
        - identifiers,
        names=tuple(draw(st.lists(names, max_size=2))),
        postcodes=draw(postcodes),
    )


@st.composite
def relatives(draw: st.DrawFn, evidence: Evidence, person_id: str = "p") -> Candidate:
    """Draw somebody who has each kind of detail in common with the evidence, or his own."""
    own = draw(evidences())
    fields = ("identifiers", "other_readings", "names", "postcodes")
    common = {field: getattr(evidence, field) for field in fields if draw(st.booleans())}
    ruled = draw(st.one_of(st.just(frozenset()), st.frozensets(tokens, max_size=1)))
    return replace(candidate_of(person_id, replace(own, **common)), ruled_out=ruled)


@st.composite
def situations(draw: st.DrawFn, most: int = 3) -> tuple[Evidence, list[Candidate]]:
    """Draw what an event tells, and some people of the register, one of whom it may be about."""
    evidence = draw(evidences())
    return evidence, [draw(relatives(evidence, f"p{i}")) for i in range(draw(st.integers(1, most)))]


def matched(situation: tuple[Evidence, list[Candidate]]) -> bool:
    """Tell whether somebody is matched."""
    return isinstance(ladder(*situation), Match)


matches = situations().filter(matched)


def of_a_person(known: Evidence | Candidate) -> set[tuple[str, bytes]]:
    """Return the numbers of a person, in every reading."""
    return {(kind, token) for kind, token in known.identifiers | known.other_readings if kind in OF_A_PERSON}


def full_names(known: Evidence | Candidate) -> set[KnownName]:
    """Return the names of which no part is missing."""
    return {name for name in known.names if name.surname and name.forename and name.date_of_birth}


@given(situations(), st.randoms())
def test_order_never_matters(situation, random):
    """Neither the order of the candidates nor the same candidate twice changes the outcome."""
    evidence, people = situation
    shuffled = [*people, *people[:2]]
    random.shuffle(shuffled)

    assert ladder(evidence, people) == ladder(evidence, shuffled)


@given(situations(), evidences())
def test_an_unrelated_person_never_moves_a_match(situation, stranger):
    """Somebody with none of the event's numbers may make a match ambiguous, and never another one."""
    evidence, people = situation
    assume(not of_a_person(stranger) & of_a_person(evidence))
    before = ladder(evidence, people)
    after = ladder(evidence, [*people, candidate_of("stranger", stranger)])

    if isinstance(before, Match):
        assert after == before or isinstance(after, Ambiguous)
    if isinstance(before, Ambiguous):
        assert isinstance(after, Ambiguous) or after.person_id == "stranger"


@given(matches)
def test_only_a_number_or_three_details_join(situation):
    """Whoever is matched shares a number of a person, or name and date of birth and postcode."""
    evidence, people = situation
    outcome = ladder(evidence, people)
    person = next(p for p in people if p.person_id == outcome.person_id)

    details = full_names(evidence) & full_names(person) and evidence.postcodes & person.postcodes
    assert of_a_person(evidence) & of_a_person(person) or details


@given(matches)
def test_two_people_on_the_best_rung_are_never_a_match(situation):
    """Whoever is matched is alone on the rung, and the rung is one that joins."""
    evidence, people = situation
    outcome = ladder(evidence, people)
    rung = next(rung for rung in RUNGS if rung.name == outcome.rung)
    on_it = {p.person_id for p in people if rung.holds(evidence, p)}
    settled = {p.person_id for p in people if ruled_out(evidence, p) and rung.weight is Weight.DETAILS}

    assert {outcome.person_id} == on_it - settled
    assert rung.weight in {Weight.NUMBER, Weight.DETAILS}


@given(situations(most=1))
def test_a_match_is_symmetric(situation):
    """Whichever of two was known first, they match on the same rung."""
    one, (person,) = situation
    other = Evidence(
        identifiers=person.identifiers,
        other_readings=person.other_readings,
        names=person.names,
        postcodes=person.postcodes,
    )
    outcomes = [ladder(one, [candidate_of("p", other)]), ladder(other, [candidate_of("p", one)])]

    assert outcomes[0] == outcomes[1] or not any(isinstance(outcome, Match) for outcome in outcomes)


@given(evidences(), evidences(), surnames.filter(bool), st.sampled_from((date(1984, 5, 7), date(1990, 2, 3))))
@example(Evidence(), Evidence(), "smith", date(1984, 5, 7))
def test_twins_are_never_joined(one, other, surname, born):
    """Same surname, date of birth and address, different forename, no number in common: nobody."""
    assume(not of_a_person(one) & of_a_person(other))
    numbers = replace(one, names=(), postcodes=frozenset({"B11AA"}), other_readings=frozenset())
    twin = replace(numbers, names=(KnownName(surname, "peter", born),))
    sibling = replace(twin, identifiers=other.identifiers, names=(KnownName(surname, "gary", born),))

    assert Nobody() == ladder(twin, [candidate_of("p", sibling)])


@given(situations())
def test_a_ruled_out_person_is_never_matched(situation):
    """Once a coordinator ruled the event's numbers out for somebody, such an event never joins them."""
    evidence, people = situation
    barred = [replace(p, ruled_out=evidence.identifiers - p.identifiers) for p in people]
    outcome = ladder(evidence, barred)

    if isinstance(outcome, Match):
        assert not next(p for p in barred if p.person_id == outcome.person_id).ruled_out


@given(situations(most=1))
def test_whoever_is_hit_shares_a_key(situation):
    """A store that looks under the keys finds everybody whom a rung hits, two misspellings apart."""
    evidence, (person,) = situation
    hit = {rung.name for rung in RUNGS if rung.holds(evidence, person)}

    if hit - MISSPELT:
        assert keys_of(evidence, seal) & keys_of_candidate(person, seal)


@given(st.dates(date(1901, 1, 1), date(2016, 12, 31)), st.integers(0, 7), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_birth_is_found(born, at, digit):
    """Any one digit of a date of birth mistyped is possible, and is found in the store."""
    written = f"{born:%Y%m%d}"
    wrong = written[:at] + digit + written[at + 1 :]
    try:
        mistyped = date.fromisoformat(wrong)
    except ValueError:
        return
    assume(mistyped != born)
    one = Evidence(names=(KnownName("smith", "john", born),))
    other = candidate_of("p", Evidence(names=(KnownName("smith", "john", mistyped),)))

    assert Ambiguous(("p",), "possible by name and near date of birth") == ladder(one, [other])
    assert keys_of(one, seal) & keys_of_candidate(other, seal)


@given(st.text(st.characters(), max_size=40))
@example("\u00b4\u02bc\u0345ŉİ ΐ")
@example("mr mr")
def test_normalising_twice_changes_nothing(name):
    """A normalised name is its own normal form, in any script, without blanks and digits."""
    once = normalise(name)

    assert once == normalise(once)
    assert not any(c.isspace() or c.isdecimal() for c in once)


@given(st.text("abcdefghijklmnopqrstuvwxyzéł", max_size=12), st.text("abcdefghijklmnopqrstuvwxyzéł", max_size=12))
def test_nearness_is_symmetric_and_sound_has_four_characters(one, other):
    """Which of two names comes first makes no difference, and every name has a code."""
    assert near(one, other) == near(other, one)
    assert len(sound(one)) == (4 if one else 0)
