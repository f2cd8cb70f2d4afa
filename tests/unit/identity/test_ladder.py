"""The ladder: strong evidence joins and names its rung; weak or conflicting evidence is held."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from hub.errors import Invalid, Problem
from hub.identity.evidence import Candidate, Evidence, candidate_of, evidence_of
from hub.identity.keys import keys_of, keys_of_candidate
from hub.identity.ladder import (
    DETAILS_DISAGREE,
    NUMBERS_DIFFER,
    POINTS_ELSEWHERE,
    RULED_OUT,
    SEVERAL,
    Ambiguous,
    Match,
    Nobody,
    ladder,
)
from hub.identity.rungs import RUNGS, Weight
from schemas.record.person import Alias, Identifier, Person

TODAY = date(2026, 11, 21)
BORN = date(1984, 5, 17)
HOME = "B1 1AA"

PRISON = ("prison-number", "A1234BC")
OTHER_PRISON = ("prison-number", "Z9876YX")
PNC = ("pnc", "2002/0073319Z")
OTHER_PNC = ("pnc", "1981/0000034U")
CRO = ("cro", "065656/91H")
CRN = ("crn", "X123456")
ASN = ("asn", "1101ZD0100000448754K")
URN = ("case-urn", "01ZD1234523")

NOBODY = Nobody()


def seal(kind, canonical):
    return hashlib.sha256(f"{kind}:{canonical}".encode()).digest()


def event(*numbers, name="John Smith", born=BORN, aliases=(), home=HOME):
    """Return the evidence of an event; a name is forename and surname, the latter may stand alone."""
    forename, _, surname = name.rpartition(" ")
    subject = Person(
        surname=surname or UNSET,
        forename=forename or UNSET,
        date_of_birth=born or UNSET,
        identifiers=[Identifier(kind=kind, value=value) for kind, value in numbers],
        aliases=list(aliases),
    )
    return evidence_of(subject, TODAY, seal, [home] if home else [])


def bare(*numbers):
    """Return the evidence of an event that gives numbers and nothing else."""
    return event(*numbers, name="", born=None, home=None)


def known(person_id, *numbers, **details):
    """Return somebody on a scheme; nothing but what is given is known."""
    return candidate_of(person_id, event(*numbers, **details))


def hashed(person_id, *numbers):
    """Return somebody on no scheme, of whom hashes are known and nothing else."""
    return candidate_of(person_id, bare(*numbers))


def invalid(subject):
    with pytest.raises(Invalid) as caught:
        evidence_of(subject, TODAY, seal)
    return caught.value


class TestEvidence:
    """What an event must tell, and what is made of it."""

    def test_reads_every_writing_of_a_number_into_one_token(self):
        """Two dialects of one number give one token, and the other century as another reading."""
        short = bare(("pnc", "02/73319Z"))

        assert bare(PNC).identifiers == short.identifiers
        assert frozenset({("pnc", seal("pnc", "1902/0073319Z"))}) == short.other_readings

    def test_names_all_bad_identifiers_at_once_and_never_a_value(self):
        """Each bad identifier is named by its place and the rule it broke."""
        numbers = [("pnc", "2002/0073319A"), PRISON, ("crn", "Gerald")]
        error = invalid(Person(identifiers=[Identifier(kind=kind, value=value) for kind, value in numbers]))

        assert (
            Problem("data.subject.identifiers[0].value", "check letter does not fit"),
            Problem("data.subject.identifiers[2].value", "not the form of a CRN"),
        ) == error.problems
        assert "Gerald" not in str(error)

    @pytest.mark.parametrize(
        "subject",
        [
            Person(),
            Person(surname="Smith", forename="John"),
            Person(date_of_birth=BORN),
            Person(surname="UNKNOWN", date_of_birth=BORN),
            Person(surname="Smith", date_of_birth=date(1900, 1, 1)),
        ],
    )
    def test_refuses_what_can_find_nobody(self, subject):
        """Without an identifier, surname and date of birth are both needed."""
        assert (Problem("data.subject", "needs an identifier, or surname and date of birth"),) == invalid(
            subject
        ).problems

    @pytest.mark.parametrize(("kind", "value"), [ASN, URN])
    def test_refuses_an_arrest_or_case_alone(self, kind, value):
        """An ASN or URN names no person, and the refusal says so."""
        (problem,) = invalid(Person(identifiers=[Identifier(kind=kind, value=value)])).problems

        assert "data.subject" == problem.field
        assert "not of an arrest or case alone" in problem.rule

    def test_takes_surname_and_date_of_birth_from_an_alias(self):
        """An alias with a date of birth is enough to look somebody up."""
        alias = Alias(surname="Jones", date_of_birth=BORN)

        assert evidence_of(Person(aliases=[alias]), TODAY, seal).names

    @pytest.mark.parametrize(
        ("written", "kept"),
        [("b1 1aa", {"B11AA"}), ("B11AA", {"B11AA"}), ("B1", set()), ("NFA", set()), ("ZZ99 3VZ", set())],
    )
    def test_keeps_full_postcodes_of_real_places(self, written, kept):
        """A district is no postcode, and "no fixed abode" is nobody's address in particular."""
        assert kept == event(home=written).postcodes


class TestNumbers:
    """A number joins."""

    @pytest.mark.parametrize(
        ("number", "rung"), [(PRISON, "prison number"), (PNC, "PNC ID"), (CRO, "CRO number"), (CRN, "CRN")]
    )
    def test_each_kind_joins_by_itself(self, number, rung):
        """A number that names a person joins, also somebody of whom only hashes are known."""
        assert Match("p1", rung) == ladder(bare(number), [hashed("p1", number)])
        assert Match("p1", rung) == ladder(event(number), [hashed("p1", number)])
        assert Match("p1", rung) == ladder(bare(number), [known("p1", number)])

    def test_names_the_strongest_rung(self):
        """Where all details agree the first rung says so; else the first number in the ladder's order."""
        someone = known("p1", PRISON, PNC, CRN)

        assert Match("p1", "all details") == ladder(event(PRISON, CRN), [someone])
        assert Match("p1", "PNC ID") == ladder(event(CRN, PNC, home="B2 2BB"), [someone])

    def test_an_unknown_number_is_a_new_person(self):
        """A number that nobody has is a new person's."""
        assert ladder(bare(CRN), []) == NOBODY
        assert ladder(bare(PRISON), [known("p1", OTHER_PRISON, CRN)]) == NOBODY

    def test_two_people_with_one_number_are_ambiguous(self):
        """One number on two people is shown with both."""
        assert Ambiguous(("p1", "p2"), SEVERAL) == ladder(event(CRN), [hashed("p2", CRN), known("p1", CRN)])

    def test_two_numbers_of_two_people_are_ambiguous(self):
        """An event whose numbers belong to different people joins neither."""
        assert Ambiguous(("p1", "p2"), SEVERAL) == ladder(event(CRN, PNC), [known("p1", CRN), hashed("p2", PNC)])

    def test_a_differing_number_is_ambiguous(self):
        """One number that fits beside another of the person's numbers that differs is held."""
        expected = Ambiguous(("p1",), NUMBERS_DIFFER)

        assert expected == ladder(bare(CRN, PNC), [known("p1", CRN, OTHER_PNC)])
        assert expected == ladder(event(CRN, PNC, name="Jack Smith"), [known("p1", CRN, OTHER_PNC)])

    def test_name_and_birth_settle_a_second_number(self):
        """Agencies do give one person two numbers; name and date of birth tell that from a slip."""
        assert Match("p1", "CRN") == ladder(event(CRN, PNC), [known("p1", CRN, OTHER_PNC)])

    def test_another_arrest_is_no_conflict(self):
        """One person is arrested often: differing ASNs and URNs say nothing."""
        assert Match("p1", "CRN") == ladder(bare(CRN, ASN), [hashed("p1", CRN, ("asn", "11C01ZD0100000448754K"))])

    def test_several_numbers_of_a_kind_are_no_conflict(self):
        """After a merge a person has several numbers of a kind, and any one of them fits."""
        assert Match("p1", "PNC ID") == ladder(bare(PNC), [known("p1", PNC, OTHER_PNC)])

    @pytest.mark.parametrize(
        ("name", "born"), [("John Jones", date(1990, 2, 3)), ("Gary Smith", date(1990, 2, 3)), ("Gary Jones", TODAY)]
    )
    def test_a_mistyped_number_does_not_join(self, name, born):
        """A number whose owner has another date of birth and another name is held."""
        assert Ambiguous(("p1",), DETAILS_DISAGREE) == ladder(event(CRN, name=name, born=born), [known("p1", CRN)])

    @pytest.mark.parametrize(
        ("name", "born"),
        [
            ("Mary Jones", BORN),
            ("John Smith", date(1990, 2, 3)),
            ("J Smith", date(1990, 2, 3)),
            ("Smith", date(1990, 2, 3)),
            ("Gary Jones", None),
        ],
    )
    def test_a_number_outweighs_one_difference(self, name, born):
        """People marry, are written down wrongly, and give false names: one difference does not hold a number back."""
        assert Match("p1", "CRN") == ladder(event(CRN, name=name, born=born), [known("p1", CRN)])

    def test_an_alias_is_a_name_too(self):
        """Details disagree only where no known name agrees."""
        someone = known("p1", CRN, aliases=[Alias(surname="Jones", date_of_birth=date(1990, 2, 3))])

        assert Match("p1", "CRN") == ladder(event(CRN, name="Gary Jones", born=date(1990, 2, 3)), [someone])

    @pytest.mark.parametrize("name", ["John Smith", "Jon Smith", "J Smith"])
    def test_number_and_name_on_two_people_are_ambiguous(self, name):
        """Somebody known by hashes was adopted without a number: the coordinator is asked, not bypassed."""
        expected = Ambiguous(("p1", "p2"), POINTS_ELSEWHERE)

        assert expected == ladder(event(CRN), [hashed("p1", CRN), known("p2", name=name)])

    def test_a_namesake_with_a_differing_number_does_not_hold_a_number_back(self):
        """The namesake's own number of that kind shows that the event is about the other."""
        assert Match("p1", "CRN") == ladder(event(CRN), [hashed("p1", CRN), known("p2", ("crn", "X999999"))])

    def test_number_and_name_on_one_person_outweigh_a_namesake(self):
        """Where the number's owner fits by name too, a namesake without numbers changes nothing."""
        assert Match("p1", "all details") == ladder(event(CRN), [known("p1", CRN), known("p2", home="B2 2BB")])

    def test_what_a_coordinator_ruled_out_is_not_asked_again(self):
        """A number that was ruled out for somebody makes neither a match nor another question."""
        ruled = replace(known("p2"), ruled_out=bare(CRN).identifiers)

        assert Match("p1", "CRN") == ladder(event(CRN), [hashed("p1", CRN), ruled])
        assert ladder(event(CRN), [ruled]) == NOBODY
        assert Match("p1", "CRN") == ladder(bare(CRN), [replace(hashed("p1", CRN), ruled_out=ruled.ruled_out)])
        assert Ambiguous(("p2",), RULED_OUT) == ladder(
            event(CRN, PNC), [replace(known("p2", PNC), ruled_out=ruled.ruled_out)]
        )


class TestOtherReadings:
    """A writing that may mean two numbers."""

    SHORT = ("pnc", "02/73319Z")
    OTHER = ("pnc", "1902/0073319Z")

    @pytest.mark.parametrize("name", ["John Smith", "Jon Smith", "J Smith"])
    def test_joins_with_the_name(self, name):
        """The other reading joins where the name agrees, whichever side wrote it short."""
        rung = "other reading of a number, and name"

        assert Match("p1", rung) == ladder(event(self.SHORT, name=name, home=None), [known("p1", self.OTHER)])
        assert Match("p1", rung) == ladder(event(self.OTHER, name=name, home=None), [known("p1", self.SHORT)])

    def test_is_possible_without_a_name(self):
        """Where the event gives no name, somebody on a scheme with the other reading is shown."""
        assert Ambiguous(("p1",), "possible by other reading of a number") == ladder(
            bare(self.SHORT), [known("p1", self.OTHER)]
        )

    def test_is_nothing_against_the_name(self):
        """Another name, or none that is known, makes the other reading a coincidence."""
        assert ladder(event(self.SHORT, name="Gary Jones"), [known("p1", self.OTHER)]) == NOBODY
        assert ladder(event(self.SHORT, born=TODAY), [known("p1", self.OTHER)]) == NOBODY
        assert ladder(event(self.SHORT), [hashed("p1", self.OTHER)]) == NOBODY

    def test_is_nothing_between_hashes(self):
        """Where nobody's name is known there is nobody on a scheme to ask about."""
        assert ladder(bare(self.SHORT), [hashed("p1", self.OTHER)]) == NOBODY

    def test_is_no_difference(self):
        """A number that fits in its other reading does not speak against a match."""
        assert Match("p1", "CRN") == ladder(bare(CRN, self.SHORT), [hashed("p1", CRN, self.OTHER)])


class TestDetails:
    """Without a number only name, date of birth and postcode together join."""

    def test_name_birth_and_postcode_join(self):
        """All three agreeing join, also when each side has a number that the other lacks."""
        expected = Match("p1", "name, date of birth and postcode")

        assert expected == ladder(event(), [known("p1")])
        assert expected == ladder(event(CRN), [known("p1", PNC)])

    @pytest.mark.parametrize(
        ("evidence", "candidate", "rung"),
        [
            (event(home="B2 2BB"), known("p1"), "name and date of birth"),
            (event(home=None), known("p1"), "name and date of birth"),
            (event(PNC), known("p1", OTHER_PNC), "name and date of birth"),
            (event(born=date(1984, 1, 1)), known("p1", born=date(1984, 1, 1)), "name and date of birth"),
            (event(aliases=[Alias(surname="Hill")]), known("p1", name="John Hill"), "alias and date of birth"),
            (event(name="John Hill"), known("p1", aliases=[Alias(surname="Hill")]), "alias and date of birth"),
            (event(name="Smith"), known("p1"), "surname and date of birth, forename missing or an initial"),
            (event(), known("p1", name="J Smyth"), "surname and date of birth, forename missing or an initial"),
            (event(name="Jon Smyth"), known("p1"), "near name and date of birth"),
            (event(name="Muhammad Ali"), known("p1", name="Mohammed Ali"), "near name and date of birth"),
            (event(born=date(1984, 5, 7)), known("p1"), "name and near date of birth"),
            (event(born=date(1948, 7, 5)), known("p1", born=date(1948, 5, 7)), "name and near date of birth"),
            (event(name="Smith John"), known("p1"), "forename and surname swapped, and date of birth"),
            (event(CRN, ASN, born=None), known("p1", ASN), "arrest or case, and name"),
        ],
    )
    def test_the_rest_is_possible_and_no_more(self, evidence, candidate, rung):
        """Weaker evidence is shown with its rung, joins nobody, and is found in the store."""
        assert Ambiguous(("p1",), f"possible by {rung}") == ladder(evidence, [candidate])
        assert keys_of(evidence, seal) & keys_of_candidate(candidate, seal)

    def test_possible_people_are_shown_together(self):
        """Everybody possible is named, and the best rung of each, in the ladder's order."""
        people = [known("p2", born=date(1984, 5, 7), home=None), known("p1", home=None)]

        assert Ambiguous(("p1", "p2"), "possible by name and date of birth; name and near date of birth") == ladder(
            event(), people
        )

    def test_a_namesake_holds_the_postcode_back(self):
        """Two people of one name and birthday: a postcode does not choose between them."""
        people = [known("p1"), known("p2", home=None)]

        assert Ambiguous(
            ("p1", "p2"), "possible by name, date of birth and postcode; name and date of birth"
        ) == ladder(event(), people)

    @pytest.mark.parametrize("name", ["Gary Smith", "Peter Smith", "Lewis Smith"])
    def test_twins_are_never_joined(self, name):
        """Surname, date of birth and address in common, another forename and no number: somebody else."""
        assert ladder(event(name=name), [known("p1", CRN)]) == NOBODY
        assert ladder(event(PNC, name=name), [known("p1", CRN)]) == NOBODY

    @pytest.mark.parametrize(("one", "other"), [("Lewis", "Louis"), ("Jason", "Justin"), ("Ethan", "Evan")])
    def test_twins_with_like_forenames_are_never_joined(self, one, other):
        """Parents choose forenames alike; these are not near enough to be spellings of one."""
        assert ladder(event(name=f"{one} Smith"), [known("p1", name=f"{other} Smith")]) == NOBODY

    @pytest.mark.parametrize("number", [ASN, URN])
    def test_an_arrest_or_case_joins_nobody(self, number):
        """People arrested or tried together share the number and are not one person."""
        assert ladder(event(number, name="Gary Jones"), [known("p1", number)]) == NOBODY
        assert ladder(bare(number, CRN), [hashed("p1", number, PNC)]) == NOBODY

    def test_differing_numbers_rule_out_a_near_miss(self):
        """A near name beside a differing number is somebody else."""
        assert ladder(event(PNC, name="Jon Smith"), [known("p1", OTHER_PNC)]) == NOBODY
        assert ladder(event(PNC, born=date(1984, 5, 7)), [known("p1", OTHER_PNC)]) == NOBODY

    @pytest.mark.parametrize(
        ("name", "born"),
        [("Gary Jones", BORN), ("John Smith", date(1991, 5, 17)), ("John Smith", date(1985, 6, 18))],
    )
    def test_strangers_are_nobody(self, name, born):
        """Other people are not even possible."""
        assert ladder(event(name=name, born=born), [known("p1")]) == NOBODY

    def test_empty_details_agree_with_nothing(self):
        """Two empty names are not the same name."""
        assert ladder(bare(CRN), [Candidate(person_id="p1"), hashed("p2", PNC)]) == NOBODY
        assert ladder(Evidence(), [Candidate(person_id="p1"), known("p2")]) == NOBODY


class TestTable:
    """The ladder as a table."""

    def test_strength_falls(self):
        """Rungs stand in the order of what they may do, and no name stands twice."""
        order = list(Weight)
        weights = [order.index(rung.weight) for rung in RUNGS]

        assert sorted(weights) == weights
        assert len(RUNGS) == len({rung.name for rung in RUNGS})


class TestKeys:
    """Blocking keys."""

    def test_somebody_on_no_scheme_is_stored_under_numbers_alone(self):
        """Without names the keys are the sealed numbers, in every reading."""
        someone = hashed("p1", CRN, ("pnc", "02/73319Z"))
        numbers = [CRN, PNC, ("pnc", "1902/0073319Z")]

        assert {seal(kind, value) for kind, value in numbers} == keys_of_candidate(someone, seal)

    def test_strangers_share_no_key(self):
        """A name or a birthday alone finds nobody."""
        someone = keys_of_candidate(known("p1"), seal)

        assert not someone & keys_of(event(name="Gary Jones"), seal)
        assert not someone & keys_of(event(born=date(1991, 6, 8)), seal)

    def test_the_parts_of_a_key_do_not_run_together(self):
        """Surname and forename are kept apart in what is sealed."""
        one, other = event(name="Lee Anne", home=None), event(name="Le Eanne", home=None)

        assert not keys_of(one, seal) & keys_of(other, seal)
