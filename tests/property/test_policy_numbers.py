"""Numbers and places in conditions: read as a person reads bounds, and what is not known opens least."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hub.policy.decide import Policy
from hub.policy.facts import FACTS, INDEX, mask_of, situation
from hub.policy.intervals import cells
from hub.policy.load import load_agreement
from hub.policy.places import PLACES
from schemas.catalogue import CATALOGUE
from schemas.labels import Role
from tests.unit.policy.conftest import SMALL

NUMBERS = [fact for fact in FACTS if fact.span is not None]
WORDS = [fact for fact in FACTS if fact.span is None and fact.not_known and fact.domain is not PLACES]


@st.composite
def bounds(draw, fact):
    """A number's condition as it is written, and the numbers that it means."""
    first, last = sorted(draw(st.tuples(*[st.integers(fact.span.first, fact.span.last)] * 2)))
    written = draw(st.sampled_from([{"from": first, "below": last + 1}, {"from": first}, {"below": last + 1}, first]))
    if not isinstance(written, dict):
        return written, range(first, first + 1)
    return written, range(written.get("from", fact.span.first), written.get("below", fact.span.last + 1))


@st.composite
def words(draw, fact):
    """A finite fact's condition as it is written, and the words that it means."""
    known = [str(word) for word in fact.domain if word != "unknown"]
    chosen = draw(st.sets(st.sampled_from(known), min_size=1))
    return sorted(chosen), chosen


@st.composite
def conditions(draw):
    """One fact, what is asked of it as it is written and as it is meant, and what is found: None is not known."""
    fact = draw(st.sampled_from([*NUMBERS, *WORDS]))
    if fact.span is None:
        written, meant = draw(words(fact))
        return fact, written, meant, draw(st.none() | st.sampled_from([str(w) for w in fact.domain if w != "unknown"]))
    written, meant = draw(bounds(fact))
    return fact, written, meant, draw(st.none() | st.integers(fact.span.first, fact.span.last))


def read(folder, rule):
    """Return a rule as the loader reads it."""
    path = folder / "small.yaml"
    document = {**SMALL, "rules": [rule, GIVES_DATES]}
    path.write_text(
        yaml.safe_dump(document).replace("'2026-01-01'", "2026-01-01").replace("'2027-01-01'", "2027-01-01")
    )
    return load_agreement(path).rules[0]


GIVES_DATES = {
    "id": "dates",
    "give": ["marker", "date-of-birth", "release-date", "supervision-kind"],
    "to": "coordinator",
    "purpose": "prevent-crime",
    "gateway": "cda-115",
}
TERMS = {"purpose": "prevent-crime", "gateway": "cda-115"}
EFFECTS = {
    "give": {"id": "r", "give": "photograph", "to": "coordinator", **TERMS},
    "withhold": {"id": "r", "withhold": "photograph", "from": "coordinator"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("numbers")


@given(conditions(), st.sampled_from(["give", "withhold"]), st.sampled_from(["when", "unless"]))
def test_conditions_hold_as_they_are_written(folder, condition, effect, place):
    """A rule holds for exactly what its bounds or words mean; not knowing gives nothing and withholds everything."""
    fact, written, meant, found = condition
    rule = read(folder, {**EFFECTS[effect], place: {fact.name: written}})
    value = "unknown" if found is None else str(found)
    case = tuple(situation(relation="holds", **{fact.name: value}))
    met = found in meant
    known = met if place == "when" else not met

    assert rule.holds(case) == (known if found is not None else effect == "withhold")


@given(conditions(), st.sampled_from(["give", "withhold"]), st.sampled_from(["when", "unless"]), st.data())
def test_not_knowing_never_opens(folder, condition, effect, place, data):
    """Whatever a rule asks of a fact, it gives no more where the fact is not known than where it is, in any case."""
    fact, written, _, found = condition
    some = {**EFFECTS[effect], place: {fact.name: written}}
    other = {**EFFECTS["give"], "id": "other", "unless": {"consent": "withdrawn"}}
    path = folder / "both.yaml"
    document = {**SMALL, "rules": [some, other, GIVES_DATES]}
    path.write_text(
        yaml.safe_dump(document).replace("'2026-01-01'", "2026-01-01").replace("'2027-01-01'", "2027-01-01")
    )
    program = Policy([load_agreement(path)]).program(Role.COORDINATOR, CATALOGUE["custody.received"])
    consent = data.draw(st.sampled_from(["given", "withdrawn"]))
    known, unknown = (
        program.decide(tuple(situation(relation="holds", status="member", consent=consent, **{fact.name: word})))
        for word in ("unknown" if found is None else str(found), "unknown")
    )

    assert set(unknown.given) <= set(known.given)


@given(st.data())
def test_places_are_the_recipients_own(folder, data):
    """An agreement that names places gives to recipients at one of them, a withholding takes from those it names."""
    named = sorted(
        data.draw(st.sets(st.sampled_from(["area/a", "area/b", "establishment/BMI", "national"]), min_size=1))
    )
    serves = data.draw(st.sets(st.sampled_from(["area/a", "area/b", "establishment/BMI", "area/elsewhere"])))
    chosen = data.draw(st.sets(st.sampled_from(named)))
    path = folder / "places.yaml"
    rules = [EFFECTS["give"] | ({"when": {"at": sorted(chosen)}} if chosen else {}), GIVES_DATES]
    rules += [{**EFFECTS["withhold"], "id": "w", "when": {"at": named[0]}}] if data.draw(st.booleans()) else []
    document = {**SMALL, "places": named, "rules": rules}
    path.write_text(
        yaml.safe_dump(document).replace("'2026-01-01'", "2026-01-01").replace("'2027-01-01'", "2027-01-01")
    )
    agreement = load_agreement(path)
    case = situation(relation="holds", status="member")
    case[INDEX["at"]] = PLACES.value(serves)

    assert bool(serves & (chosen or set(named))) == agreement.rules[0].holds(tuple(case))
    for rule in agreement.rules[2:]:
        assert rule.holds(tuple(case)) == (named[0] in serves or not serves)


@given(st.lists(st.integers(1, 2**12 - 1), max_size=5))
def test_cells_are_the_coarsest_parts(masks):
    """Every mask is made of whole cells, no two cells meet, and two values of one cell are in the same masks."""
    whole = 2**12 - 1
    parts = cells(masks, whole)

    assert whole == sum(parts)
    assert all(part & mask in (0, part) for part in parts for mask in masks)
    assert len(parts) == len({tuple(bool(1 << bit & mask) for mask in masks) for bit in range(12)})


def test_every_value_of_a_number_has_a_bit_of_its_own():
    """A number outside of its span counts as the first or the last, and not knowing is none of them."""
    for fact in NUMBERS:
        span = fact.span

        assert fact.not_known == span.bit(None) == mask_of(fact.name, ["unknown"])
        assert span.bit(span.last) == span.bit(span.last + 5)
        assert span.bit(span.first) == span.bit(span.first - 5)
        assert [str(n) for n in range(span.first, span.last)] == [
            span.words(span.bit(n))[0] for n in range(span.first, span.last)
        ]
