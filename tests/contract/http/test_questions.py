"""The addresses that ask the record: who may, what is answered, and that a refusal is recorded."""

import csv
import io
import json

import pytest

from schemas.never import verify_never
from schemas.never_file import read_never

PERIOD = {"since": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z", "reason": "an audit"}
NUMBER = {"identifiers": [{"kind": "crn", "value": "X123456"}]}
QUESTIONS = {
    "/ledger/subject": {"person": NUMBER, "reason": "a request"},
    "/ledger/subject/document": {"person": NUMBER, "reason": "a request"},
    "/ledger/received": {**PERIOD, "agency": "prison"},
    "/ledger/resting-on": {**PERIOD, "ground": "rule x"},
    "/ledger/never-given": {**PERIOD, "recipient": "reception", "category": "clinical"},
    "/ledger/export/national": PERIOD,
    "/ledger/export/csv": PERIOD,
}


@pytest.mark.parametrize("path", QUESTIONS)
async def test_who_may_ask(door, path):
    """An operator is answered; a system without the permission is refused."""
    assert 200 == (await door.post(path, QUESTIONS[path], "operator"))[0]
    assert 403 == (await door.post(path, QUESTIONS[path], "charity"))[0]


async def now_until(door):
    """Return a period that has everything that happened."""
    return {"since": "2020-01-01T00:00:00Z", "until": door.hub.now().isoformat(), "reason": "an audit"}


async def test_an_agency_asks_of_its_own(door):
    """What is another agency's is answered as if it were not there."""
    assert 200 == (await door.post("/ledger/received", {**PERIOD, "agency": "scheme"}, "scheme"))[0]
    assert 404 == (await door.post("/ledger/received", {**PERIOD, "agency": "prison"}, "scheme"))[0]
    other = {**PERIOD, "recipient": "reception", "category": "clinical"}
    assert 404 == (await door.post("/ledger/never-given", other, "scheme"))[0]
    assert 403 == (await door.post("/ledger/subject", QUESTIONS["/ledger/subject"], "scheme"))[0]


async def test_what_was_told_is_answered(door):
    """What was published and told is in each answer, as it is in the file that is verified without the hub."""
    await door.publish("scheme", door.adopted())
    await door.publish("prison", door.received())
    period = await now_until(door)
    page = json.loads((await door.post("/ledger/received", {**period, "agency": "prison"}, "operator"))[2])
    assert {"reception"} == {each["recipient"] for each in page["given"]}
    exported = (await door.post("/ledger/export/csv", period, "operator"))[2].decode()
    rows = list(csv.DictReader(io.StringIO(exported, newline="")))
    assert {each["entry"] for each in page["given"]} <= {row["entry"] for row in rows}
    asked = {**period, "recipient": "reception", "category": "marker"}
    never = read_never((await door.post("/ledger/never-given", asked, "operator"))[2].decode())
    assert [s for s in verify_never(never, door.hub.ledger.log.keys().verifiers) if not s.holds]


async def test_a_refusal_is_recorded(door):
    """That a known system was refused is in the record, once an hour, with the address and the reason and no value."""
    for _ in range(3):
        await door.post("/ledger/received", {**PERIOD, "agency": "prison"}, "scheme")
    await door.publish("charity", door.adopted())
    period = await now_until(door)
    exported = await door.post("/ledger/export/csv", period, "operator")
    rows = csv.DictReader(io.StringIO(exported[2].decode(), newline=""))
    refused = [(row["event"], row["by"], row["reference"].split()[0]) for row in rows if row["kind"] == "refusal"]

    assert [
        ("request.refused", "scheme-system", "not-found"),
        ("event.refused", "charity-system", "not-yours"),
    ] == refused
    national = (await door.post("/ledger/export/national", period, "operator"))[2].decode()
    assert all(json.loads(line)["category"] != "refusal" for line in national.splitlines())
