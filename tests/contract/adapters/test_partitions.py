"""Which way an event goes in the broker: one person's all the same way, and nobody is named by it."""

import msgspec
import pytest

from adapters.sdk import AgencyKey
from adapters.sdk.errors import Refused
from adapters.sdk.partitions import Partitions, read_addressed

SECRET = b"s" * 32


def event(**subject):
    return msgspec.json.encode({"id": "one", "type": "custody.received", "data": {"subject": subject}})


def numbered(*pairs):
    return event(identifiers=[{"kind": kind, "value": value} for kind, value in pairs])


ALIKE = {
    "another order of numbers": numbered(("pnc", "1981/0000034U"), ("prison-number", "A1234BC")),
    "more numbers": numbered(("crn", "X000001"), ("prison-number", "A1234BC"), ("asn", "11/52FO/1/123X")),
    "blanks and small letters": numbered(("prison-number", " a1234 bc")),
    "names besides": event(surname="Jones", identifiers=[{"kind": "prison-number", "value": "A1234BC"}]),
}


@pytest.mark.parametrize("body", ALIKE.values(), ids=ALIKE)
def test_one_person_is_one_whatever_else_is_said(body):
    """Events of one person go one way, however the person's number is written and whatever stands beside it."""
    assert read_addressed(numbered(("prison-number", "A1234BC"))).person == read_addressed(body).person


def test_without_a_number_name_and_birth_decide():
    """A person without a number is known by name and date of birth, and is not everybody of that name."""
    jones = read_addressed(event(surname="Jones", forename="Terry", date_of_birth="1990-02-01")).person
    other = read_addressed(event(surname="Jones", forename="Terry", date_of_birth="1991-02-01")).person

    assert jones == read_addressed(event(surname="JONES", forename="Terry", date_of_birth="1990-02-01")).person
    assert jones != other


UNKNOWN = {
    "nobody": b'{"id":"one","type":"custody.received","data":{}}',
    "no data": b'{"id":"one","type":"custody.received"}',
    "of another form": b'{"id":"one","type":"custody.received","data":{"subject":7}}',
}


@pytest.mark.parametrize("body", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_wrong_with_an_event_is_the_hubs_to_say(body):
    """An event that names nobody, or not as it should, goes to the hub like any other."""
    assert ("one", "custody.received", "") == msgspec.structs.astuple(read_addressed(body))


MALFORMED = [b"", b"{}", b'{"id":"one"}', b"\xff", b"[" * 100_000]


@pytest.mark.parametrize("body", MALFORMED, ids=[repr(body[:12]) for body in MALFORMED])
def test_what_is_no_event_has_no_way_to_go(body):
    """Without an id and a type nothing can be sent, and the answer quotes nothing of it."""
    with pytest.raises(Refused, match=r"malformed") as refused:
        read_addressed(body)

    assert refused.value.__cause__ is None


def test_a_partition_is_stable_and_within_its_bounds():
    """A person's partition is the same in every process, and people are spread over all of them."""
    people = [f"prisonnumber\x00a{n:04}bc" for n in range(1000)]
    given = [Partitions(SECRET).of(person, 4) for person in people]

    assert given == [Partitions(SECRET).of(person, 4) for person in people]
    assert {"0", "1", "2", "3"} == set(given)
    assert "60" == Partitions(SECRET).of("prisonnumber\x00a1234bc", 64)


def test_a_partition_tells_nothing_without_the_secret():
    """Another publisher puts the same people elsewhere, so a partition is no hash that anybody could look up."""
    people = [f"prisonnumber\x00a{n:04}bc" for n in range(1000)]
    alike = sum(Partitions(SECRET).of(p, 64) == Partitions(b"t" * 32).of(p, 64) for p in people)

    assert alike < 60


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_a_secret_is_the_keys_own_and_for_one_use(algorithm, tmp_path):
    """A key gives the same secret after it was written and read, another for another use, and another key another."""
    key = AgencyKey.generate(algorithm)
    key.save(tmp_path / "key.pem")

    assert key.secret_for("partitions") == AgencyKey.load(tmp_path / "key.pem").secret_for("partitions")
    assert 3 == len({key.secret_for("a"), key.secret_for("b"), AgencyKey.generate(algorithm).secret_for("a")})
