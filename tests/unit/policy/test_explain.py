"""``hub policy explain``: each leaf with the rule that gives it, or with what stands against it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.cli import hub
from hub.policy.decide import Policy
from hub.policy.explain import explain, made_up, paths_in
from hub.policy.project import Views
from hub.policy.transforms import Keying
from schemas.catalogue import CATALOGUE
from tests.property.agreements import KINDS, ROLES, agreements, situations
from tests.property.events import events, leaves_in

POLICIES = Path(__file__).parents[3] / "policies"
ADULT = ["--fact", "age=adult", "--fact", "restricted=no"]


@pytest.fixture
def event(tmp_path):
    row = CATALOGUE["custody.received"]
    path = tmp_path / "received.json"
    subject = {"surname": "Smith", "date_of_birth": "1990-01-02"}
    data = {
        "subject": subject,
        "custody": {"in_custody": True, "establishment": "BMI", "reason": "remand"},
        "memberships": [{"scheme": "north", "kind": "PPO", "partners": ["hostel"]}],
    }
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:prison",
        "type": row.name,
        "time": "2026-05-01T10:00:00Z",
        "dataschema": row.dataschema,
        "data": data,
    }
    path.write_text(json.dumps(envelope))
    return path


def run(event, *words, code=0):
    """Run the command; return what it printed, decoded where it was asked for JSON."""
    result = CliRunner().invoke(hub, ["policy", "explain", str(event), "--policies", str(POLICIES), *words])
    assert code == result.exit_code, result.output
    return result.output if code or "--json" not in words else json.loads(result.stdout)


def leaves(found):
    return {leaf["path"]: leaf for leaf in found["explanation"]["leaves"]}


def test_given_leaf_names_its_rule(event):
    """A leaf that is given comes with its rules in plain English, and the copy has it."""
    found = run(event, "--for", "prison-reception", "--relation", "holds", *ADULT, "--json")
    place = leaves(found)["custody.establishment"]

    assert (True, "as it is") == (place["given"], place["how"])
    assert ["custody-place"] == [reason["rule"] for reason in place["reasons"]]
    assert "may be given to justice" in place["reasons"][0]["says"]
    assert "BMI" == found["explanation"]["copy"]["custody"]["establishment"]
    assert "north" == found["explanation"]["copy"]["memberships"][0]["scheme"]
    assert found["explanation"]["facts_read"]["relation"] == ["holds"]


def test_withheld_leaf_names_what_stands_against_it(event):
    """A leaf that is withheld comes with the withholding; one that no rule gives says so, and what would give it."""
    found = leaves(run(event, "--for", "council-housing", "--relation", "tenancy", *ADULT, "--json"))

    assert ["custody-place-not-to-housing"] == [r["rule"] for r in found["custody.establishment"]["reasons"]]
    assert ([], ["marker"]) == (found["memberships[].kind"]["reasons"], found["memberships[].kind"]["missing"])
    (would,) = found["memberships[].kind"]["would"]
    assert ("marker-on-the-scheme", True) == (would["rule"], "here relation: tenancy" in would["says"])
    assert "as year" == found["subject.date_of_birth"]["how"]


def test_who_may_not_know_the_status_is_decided_for_as_for_anybody(event):
    """Whoever may not know the status gets what somebody on no scheme would bring, as in the hub itself."""
    landlord = run(
        event, "--for", "council-housing", "--relation", "tenancy", *ADULT, "--fact", "status=member", "--json"
    )
    reception = run(event, "--for", "prison-reception", "--relation", "holds", *ADULT, "--json")
    hospital = run(event, "--for", "prison-healthcare", "--relation", "holds", *ADULT, "--json")

    assert (True, False, True) == tuple(f["as_for_anybody"] for f in (landlord, reception, hospital))
    assert landlord["explanation"]["told"]
    assert not hospital["explanation"]["told"]


def test_nothing_says_why(event):
    """Whoever is told nothing is told so with the reason: being told is itself being told something."""
    printed = run(event, "--for", "gp", "--relation", "treatment", *ADULT)

    assert "told nothing" in printed
    assert "being told of it is itself being told something of custody fact" in printed


REFUSED = {
    "recipient": (["--for", "gpp"], "neither a role nor a recipient"),
    "fact": (["--for", "gp", "--fact", "custdy=held"], "'custdy' is no fact"),
    "word": (["--for", "gp", "--fact", "custody=inside"], "'inside' is no word of custody"),
    "two words": (["--for", "gp", "--fact", "custody=held,out"], "custody is one of"),
}


@pytest.mark.parametrize(("words", "expected"), REFUSED.values(), ids=REFUSED)
def test_unknown_word_is_refused(event, words, expected):
    """A word that is not in the closed lists is refused, with those that are."""
    assert expected in " ".join(run(event, *words, code=2).split())


SAID = {
    "purposes": {"a": "One purpose", "b": "Another"},
    "gateways": {"g": "A power"},
    "obligations": {"o1": "Do this.", "o2": "Do not do that."},
}


@settings(max_examples=15)
@given(agreements(), st.sampled_from(ROLES), st.sampled_from(KINDS), situations(), st.data())
def test_explanation_is_the_decision(written, role, kind, situation, data):
    """Of any agreement, event and situation the explanation says of each leaf what the copy has, and why."""
    event = data.draw(events(kind.data))
    policy = Policy([replace(written, **SAID)])
    decision = policy.program(role, kind).decide(situation)
    found = explain(policy, role, kind.name, event, situation)

    assert found.told == decision.present == (not found.why_nothing)
    assert {leaf.path for leaf in found.leaves} == {path for path, *_ in leaves_in(event)} == paths_in(event)
    assert {leaf.path for leaf in found.leaves if leaf.given} == decision.given.keys() & paths_in(event)
    for leaf in found.leaves:
        reasons = {reason.rule for reason in leaf.reasons}
        if leaf.given:
            assert reasons == set(decision.given[leaf.path].rules)
        elif found.told:
            assert leaf.missing or reasons
    if found.copy is not None:
        assert msgspec.json.decode(found.copy) == msgspec.json.decode(_copy(decision, event))


def _copy(decision, event):
    return Views().of(decision, Keying(decision.role, made_up))[0].project(event)
