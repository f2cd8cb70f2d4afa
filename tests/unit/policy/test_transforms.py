"""What is given less than whole: banded, by initials, under a pseudonym."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from hub.errors import DocumentInvalid
from hub.policy.decide import Policy
from hub.policy.facts import situation
from hub.policy.load import load_agreement
from hub.policy.project import Views
from hub.policy.transforms import Keying
from hub.sealing import Sealer
from schemas.catalogue import CATALOGUE
from schemas.events.custody_reception import Received
from schemas.events.recall_and_breach import ProgressReported
from schemas.labels import Role
from schemas.record.case import Case
from schemas.record.custody import Address, Custody, Release
from schemas.record.enforcement import OrderProgress
from schemas.record.person import Identifier, Person
from tests.unit.policy.conftest import give, withhold

FACT = give("custody-fact", "police")
SEALER = Sealer(b"s" * 32)


def received(**subject):
    return Received(subject=Person(**subject), custody=Custody(in_custody=True))


NAMES = {
    "of every name": (
        {"forename": "Mary Ann", "middle_names": "jo", "surname": "Smith-Jones"},
        {"forename_initials": "MA", "middle_initials": "J", "surname_initials": "SJ"},
    ),
    "of one that is there": ({"surname": "O'Neil"}, {"surname_initials": "O"}),
}


@pytest.mark.parametrize(("names", "initials"), NAMES.values(), ids=NAMES)
def test_initials(copy_of, names, initials):
    """Initials stand for the whole name, and no name beside them."""
    copy = json.loads(copy_of(received(**names), [FACT, give("name as initials", "police")]))

    assert initials == copy["subject"]


@pytest.mark.parametrize(("year", "band"), [(1980, "1980 to 1984"), (1984, "1980 to 1984"), (1985, "1985 to 1989")])
def test_five_years(copy_of, year, band):
    """Five years of birth in place of the date, which no birthday changes."""
    event = received(date_of_birth=dt.date(year, 6, 1))
    copy = json.loads(copy_of(event, [FACT, give("date-of-birth as five-years", "police")]))

    assert {"born_in": band} == copy["subject"]


@pytest.mark.parametrize(
    ("months", "band"),
    [(0, "0 to 5"), (5, "0 to 5"), (6, "6 to 11"), (12, "12 to 47"), (47, "12 to 47"), (48, "48 or more")],
)
def test_the_length_of_a_sentence_in_bands(copy_of, months, band):
    """Of the offence only the band of the sentence's length is given."""
    case = Case(reference="C1", sentence_months=months, offence="what they did")
    event = Received(subject=Person(), custody=Custody(in_custody=True), cases=[case])
    copy = json.loads(copy_of(event, [FACT, give("offence as band", "police")]))

    assert [{"sentence_months_band": band}] == copy["cases"]


@pytest.mark.parametrize(
    ("count", "band"), [(0, "0"), (1, "1 to 2"), (3, "3 to 5"), (10, "6 to 10"), (11, "11 or more")]
)
def test_counts_in_bands(copy_of, count, band):
    """Each number of the order's progress is given as its band, and nothing else of it."""
    progress = OrderProgress(court="c", order_reference="o", attended=count, missed=0, complying=True)
    event = ProgressReported(subject=Person(), order_progress=progress)
    rules = [give("order-progress as counts-in-bands", "court-team")]
    copy = json.loads(copy_of(event, rules, role="court-team", kind="order.progress"))

    assert {"attended_band": band, "missed_band": "0"} == copy["order_progress"]


@pytest.mark.parametrize(
    ("postcode", "district"),
    [("B1 1AA", "B1"), ("sw1a1aa", "SW1A"), ("B33", "B33"), ("12 High St", None), ("Hull", None)],
)
def test_district(copy_of, postcode, district):
    """Of a postcode its district is given, and nothing of what stands there and is no postcode."""
    release = Release(address=Address(lines="12 High Street", postcode=postcode))
    event = Received(subject=Person(), custody=Custody(in_custody=True), release=release)
    copy = json.loads(copy_of(event, [FACT, give("address as district", "police")]))

    assert ({"address": {"postcode_district": district}} if district else None) == copy.get("release")


PRISON, PNC = Identifier(kind="prison-number", value="A1234BC"), Identifier(kind="pnc", value="1990/0000001A")


class Desk:
    """Somebody who gets references as pseudonyms."""

    def __init__(self, written, views):
        self.written, self.views = written, views

    def copy(self, agency, purpose="prevent-crime", *identifiers, plain=()):
        rule = give("references as pseudonym", "police") | {"purpose": purpose}
        agreement = self.written.agreement(
            FACT, rule, *plain, purposes={"prevent-crime": "To prevent crime", "count": "To count"}
        )
        program = Policy([agreement]).program(Role.INTELLIGENCE, CATALOGUE["custody.received"])
        decision = program.decide(tuple(situation(relation="holds", status="member")))
        view, key = self.views.of(decision, Keying(agency, lambda *parts: SEALER.hash("pseudonym", *parts)))
        event = received(identifiers=list(identifiers or (PRISON,)))
        return json.loads(view.project(event))["subject"]["identifiers"], key


@pytest.fixture
def desk(written):
    return Desk(written, Views())


def test_a_pseudonym_is_stable_within_one_purpose_and_agency(desk):
    """The same reference, however it is spelt, has one pseudonym there; another reference another; neither is told."""
    first, key = desk.copy("police", "count", PRISON, PNC)
    second, _ = desk.copy("police", "count", Identifier(kind="prison-number", value="a1234 bc"))

    assert [{"pseudonym"}, {"pseudonym"}] == [set(each) for each in first]
    assert first[0] == second[0] != first[1]
    assert key == desk.copy("police", "count")[1]


@pytest.mark.parametrize("other", [("prisons", "count"), ("police", "prevent-crime")], ids=["agency", "purpose"])
def test_pseudonyms_of_two_cannot_be_joined(desk, other):
    """For another agency or another purpose it is another, and the copies are of two views."""
    (one,), key = desk.copy("police", "count")
    (another,), other_key = desk.copy(*other)

    assert one["pseudonym"] != another["pseudonym"]
    assert key != other_key


def test_what_has_no_pseudonym_is_one_view_for_all_agencies(written):
    """Recipients of two agencies with one answer share a view, where nothing in it depends on the agency."""
    program = written.policy(FACT).program(Role.INTELLIGENCE, CATALOGUE["custody.received"])
    decision = program.decide(tuple(situation(relation="holds")))
    views = Views()

    assert views.of(decision, Keying("a", SEALER.hash)) == views.of(decision, Keying("b", SEALER.hash))


def test_a_pseudonym_beside_the_reference_is_the_reference(desk):
    """Where another rule gives the reference itself, that is given and no pseudonym."""
    (given,), _ = desk.copy("police", "count", plain=[give("references", "police", id="plain")])

    assert {"kind": "prison-number", "value": "A1234BC"} == given


def test_a_pseudonym_that_is_withheld(written):
    """A withholding of references takes the pseudonym as well."""
    policy = written.policy(FACT, give("references as pseudonym", "police"), withhold("references", "police"))
    decision = policy.program(Role.INTELLIGENCE, CATALOGUE["custody.received"]).decide(
        tuple(situation(relation="holds"))
    )

    assert ["custody.expected_back", "custody.in_custody"] == [p for p in decision.given if p != "custody.reason"]
    assert not decision.keyed


def test_two_purposes_in_one_message_are_refused(written):
    """One copy with pseudonyms for two purposes would join what is to stay apart."""
    rules = [
        give("references as pseudonym", "police", id="one"),
        give("references as pseudonym", "intelligence", id="two", about="custody.*") | {"purpose": "count"},
    ]
    purposes = {"prevent-crime": "To prevent crime", "count": "To count"}
    with pytest.raises(
        DocumentInvalid, match="a pseudonym is for one purpose: 'one' gives intelligence one of custody"
    ):
        load_agreement(written.file(FACT, *rules, purposes=purposes))

    load_agreement(written.file(FACT, {**rules[0], "about": "breach.*"}, rules[1], purposes=purposes))
