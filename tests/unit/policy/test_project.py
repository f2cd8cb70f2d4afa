"""A copy has the permitted leaves and nothing else: the traps, one by one."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from schemas.events.custody_reception import Received
from schemas.events.release_dates import LicenceConditionsSet
from schemas.record.case import Condition, Licence
from schemas.record.custody import Address, Custody, Release
from schemas.record.enforcement import OrderProgress
from schemas.record.need import Health, Housing, Risk
from schemas.record.person import Alias, Identifier, Person
from schemas.record.scheme import MarkerConfirmation, Membership
from tests.unit.policy.conftest import give, withhold

FACT = give("custody-fact", "police")
PERSON = Person(surname="Jones", forename="Bryn", date_of_birth=dt.date(1980, 4, 3))
EVENT = Received(subject=PERSON, custody=Custody(in_custody=True, establishment="BMI"))
OTHER = Received(subject=PERSON, custody=Custody(in_custody=False, establishment="BMI"))


def received(**blocks):
    return Received(subject=PERSON, custody=Custody(in_custody=True), **blocks)


def test_copy_has_what_is_permitted(copy_of):
    """A copy has each permitted leaf at its place, and no other."""
    assert b'{"custody":{"in_custody":true}}' == copy_of(EVENT, [FACT])


def test_false_zero_and_empty_are_values(copy_of):
    """False, nought and an empty list are facts and go through; absent stays absent."""
    progress = OrderProgress(court="c", order_reference="r", attended=0, complying=False, ordered_tests=[])
    event = received(order_progress=progress, risk=Risk(flags=[]))

    copy = json.loads(copy_of(event, [FACT, give(["order-progress", "ordered-test", "risk-detail"], "police")]))

    assert copy["order_progress"] == {
        "court": "c",
        "order_reference": "r",
        "attended": 0,
        "complying": False,
        "ordered_tests": [],
    }
    assert {"flags": []} == copy["risk"]


def test_absent_is_not_null(copy_of):
    """What the event does not say is absent from the copy, and never null."""
    copy = copy_of(received(), [FACT, give(["custody-place", "risk-detail"], "police")])

    assert b'{"custody":{"in_custody":true}}' == copy


def test_default_that_holds_is_told(copy_of):
    """A leaf at its default value is a fact as any other, and does not go missing."""
    event = received(memberships=[Membership(scheme="s", kind="PPO")])

    assert [{"scheme": "s", "kind": "PPO", "lead": True}] == json.loads(
        copy_of(event, [FACT, give("marker", "police")])
    )["memberships"]


def test_block_of_which_nothing_is_permitted_is_left_out(copy_of):
    """A block does not tell by an empty shell that it is there."""
    event = received(health=Health(diagnosis="x"), release=Release(address=Address(lines="1 High Street")))
    given = copy_of(event, [FACT, give(["immediate-safety", "release-date"], "police")])

    assert b'{"custody":{"in_custody":true}}' == given


def test_list_length_is_not_told(copy_of):
    """A list of which nothing is permitted is left out, and members without a permitted leaf do not count."""
    aliases = [Alias(surname="Smith"), Alias(forename="Jo"), Alias(surname="Brown")]
    event = Received(subject=Person(surname="Jones", aliases=aliases), custody=Custody(in_custody=True))

    assert b"aliases" not in copy_of(event, [FACT])
    assert [{"surname": "Smith"}, {"surname": "Brown"}] == json.loads(
        copy_of(event, [FACT, give("subject.aliases[].surname", "police")])
    )["subject"]["aliases"]


def test_empty_list_is_absent(copy_of):
    """A list of blocks without members looks like no list at all."""
    rules = [FACT, give("references", "police")]
    empty = Received(subject=Person(identifiers=[]), custody=Custody(in_custody=True))
    absent = Received(subject=Person(), custody=Custody(in_custody=True))

    assert copy_of(absent, rules) == copy_of(empty, rules)


def test_empty_block_is_absent(copy_of):
    """A block without any leaf looks like no block at all, also where all of it is permitted."""
    rules = [FACT, give("housing-need", "police")]

    assert copy_of(received(), rules) == copy_of(received(housing=Housing()), rules)
    assert b'{"custody":{"in_custody":true},"housing":{"need":"A room"}}' == copy_of(
        received(housing=Housing(need="A room")), rules
    )


class SlyPerson(Person, frozen=True, kw_only=True):
    """A person with a field that no policy has heard of."""

    secret: str


class SlyReceived(Received, frozen=True, kw_only=True):
    """An event with a field that no policy has heard of."""

    secret: str


def test_subclass_takes_nothing_out(copy_of):
    """An instance of a subclass, at the top or inside, does not take its extra fields out with it."""
    event = SlyReceived(subject=SlyPerson(surname="Jones", secret="in"), custody=Custody(in_custody=True), secret="out")

    copy = copy_of(event, [FACT, give("name", "police")])

    assert {"subject": {"surname": "Jones"}, "custody": {"in_custody": True}} == json.loads(copy)


def test_subclass_in_a_list_takes_nothing_out(copy_of):
    """Nor does one that is a member of a list."""

    class SlyIdentifier(Identifier, frozen=True, kw_only=True):
        secret: str

    identifiers = [SlyIdentifier(kind="crn", value="X123456", secret="x")]
    event = Received(subject=Person(identifiers=identifiers), custody=Custody(in_custody=True))

    assert b"secret" not in copy_of(event, [FACT, give("references", "police")])


def test_year_in_place_of_the_date(copy_of):
    """A transform writes its own field and not the one that it reads."""
    copy = json.loads(copy_of(EVENT, [FACT, give("date-of-birth as year", "police")]))

    assert {"year_of_birth": 1980} == copy["subject"]


def test_transform_of_what_is_absent_is_absent(copy_of):
    """Nothing is made of what the event does not say."""
    event = Received(subject=Person(surname="Jones"), custody=Custody(in_custody=True))

    assert b"subject" not in copy_of(event, [FACT, give("date-of-birth as year", "police")])


@pytest.mark.parametrize(("level", "high"), [("low", False), ("medium", False), ("high", True), ("very-high", True)])
def test_high_or_not(copy_of, level, high):
    """Housing learns whether the risk is high or above, and no degree of it."""
    copy = json.loads(copy_of(received(risk=Risk(level=level)), [FACT, give("risk-level as high-or-not", "police")]))

    assert {"high": high} == copy["risk"]


CONDITIONS = Licence(
    conditions=[
        Condition(code="1", wording="Attend the clinic", names_roles=["drug-treatment", "gp"]),
        Condition(
            code="2", wording="Live at the hostel", names_roles=["hostel"], scheme_wording="As the PPO scheme says"
        ),
        Condition(code="3", wording="Be of good behaviour"),
    ]
)


def test_only_the_conditions_that_name_the_role(copy_of):
    """A role that a condition names sees that condition, not whom else it names, and no other condition."""
    event = LicenceConditionsSet(subject=PERSON, licence=CONDITIONS)
    rules = [give("licence-conditions as naming-you", "everyone")]
    copies = {
        r: json.loads(copy_of(event, rules, role=r, kind="release.licence-conditions-set")) for r in ("gp", "hostel")
    }

    assert {"licence": {"conditions": [{"code": "1", "wording": "Attend the clinic"}]}} == copies["gp"]
    assert {"licence": {"conditions": [{"code": "2", "wording": "Live at the hostel"}]}} == copies["hostel"]


def test_no_condition_names_the_role(copy_of):
    """A role that no condition names gets no list, and so not its length."""
    event = LicenceConditionsSet(subject=PERSON, licence=CONDITIONS)
    rules = [give("licence-conditions as naming-you", "everyone")]

    assert b"{}" == copy_of(event, rules, role="school", kind="release.licence-conditions-set")


def test_equal_in_the_permitted_leaves_equal_in_bytes(copy_of):
    """Two events that differ only in what is withheld give the same bytes."""
    first = received(health=Health(diagnosis="x"), marker_confirmations=[])
    at = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.UTC)
    second = received(
        marker_confirmations=[MarkerConfirmation(holder="h", state="set", at=at)], risk=Risk(level="high")
    )

    assert copy_of(first, [FACT]) == copy_of(second, [FACT])
    assert copy_of(EVENT, [FACT]) != copy_of(OTHER, [FACT])


def test_withheld_field_is_not_in_the_copy(copy_of):
    """A field that is withheld from a category that is given stays behind."""
    rules = [FACT, give("custody-place", "police"), withhold("custody.establishment", "police")]

    assert b"BMI" not in copy_of(EVENT, rules)
