"""What no agreement may say is refused, with the reason."""

from __future__ import annotations

import pytest

from hub.errors import DocumentInvalid
from hub.policy.load import load_agreement
from schemas.labels import Category
from tests.unit.policy.conftest import LEFT_OUT, give, withhold

NO_CONDITION = {"special-categories": LEFT_OUT}
MARKER = give("marker", "police")


def refusals(written, *rules, **more):
    with pytest.raises(DocumentInvalid) as refused:
        load_agreement(written.file(*rules, **more))
    return [p.rule for p in refused.value.problems]


def test_message_that_would_tell_the_status(written):
    """A role that may never know the status is given nothing about events that run only for people on a scheme."""
    told = refusals(written, MARKER, give("contact", "voluntary", about="ppo.adopted"))

    assert ["a message about ppo.adopted tells the status by being there: not for voluntary"] == told


@pytest.mark.parametrize(
    ("what", "category"),
    [("strands", "strands"), ("matrix-score", "matrix-score"), ("memberships[].contact.name", "scheme-contact")],
)
def test_leaf_that_would_tell_the_status(written, what, category):
    """A role that no rule gives the marker is given nothing that tells as much."""
    told = refusals(written, MARKER, give(what, ["police", "voluntary"], about="custody.received"))

    assert [f"{category} tells the status: not for voluntary, whom no rule gives marker"] == told


def test_pattern_that_catches_such_a_message(written):
    """A pattern of event types is refused if it catches one that runs only for people on a scheme."""
    told = refusals(written, give("release-date", ["voluntary", "school"], about="release.*"))

    assert ["a message about release.notice tells the status by being there: not for school, voluntary"] == told


def test_refusal_names_file_and_line(written):
    """The refusal stands at the line of the rule's events."""
    path = written.file(MARKER, give("contact", "voluntary", about="ppo.adopted"))
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "about:" in text)

    with pytest.raises(DocumentInvalid) as refused:
        load_agreement(path)

    assert [f"{path}:{line}"] == [p.field for p in refused.value.problems]


def test_role_that_may_know_the_status(written):
    """A role that some rule gives the marker may be told of such events."""
    written.agreement(MARKER, give("contact", "police", about="ppo.adopted"))


def test_marker_as_an_accompaniment_is_no_permission(written):
    """What only accompanies something else does not make a role one that may know the status."""
    accompanied = give("marker", "gp", accompanies=True)

    assert "not for gp" in refusals(written, accompanied, give("contact", "gp", about="ppo.adopted"))[0]


def test_one_leaf_of_two_categories_is_no_permission(written):
    """A field that is marker and something else does not give the marker."""
    field = give("breach.pack.scheme_requirement", "gp")

    assert "not for gp" in refusals(written, field, give("contact", "gp", about="ppo.adopted"))[0]


CONDITIONS = {
    "status": {"status": "member"},
    "kind": {"kind": "PPO"},
    "strand": {"strand": "catch-and-convict"},
    "a partner of the membership": {"relation": ["referral", "partner"]},
    "a further membership": {"relation": "further"},
    "a holder of the marker": {"relation": "marker-holder"},
}


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize("key", ["when", "unless"])
def test_condition_that_would_tell_the_status(written, condition, key):
    """What such a role gets may not depend on a fact that only people on a scheme have."""
    assert "tells the status: not for mentor" in refusals(written, give("contact", "mentor", **{key: condition}))[0]
    assert "tells the status: not for mentor" in refusals(written, withhold("contact", "mentor", **{key: condition}))[0]


def test_oversight_gets_nothing(written):
    """Nothing is given to oversight by its name."""
    assert "oversight gets counts and never a person" in refusals(written, give("name", ["gp", "oversight"]))


@pytest.mark.parametrize("category", ["marker", "strands", "scheme-contact", "marker-confirmations", "matrix-score"])
def test_sentencer_is_never_given_the_status(written, category):
    """No agreement gives a sentencer a category that tells the status, whatever else it withholds."""
    told = refusals(written, give(category, ["sentencer", "police"]))

    assert f"'{category}' may not be given to sentencer: a sentencer never learns the status, by any channel" in told


def test_sentencer_is_not_given_the_status_by_a_field(written):
    """A single field is judged by its categories."""
    assert "never learns the status" in refusals(written, give("memberships[].kind", "sentencer"))[0]


def test_clinical_facts_stay_with_health(written):
    """No agreement gives clinical facts to a role that does not treat people."""
    told = refusals(written, give("health.diagnosis", ["gp", "coordinator"]))

    assert ["'clinical' may not be given to coordinator: clinical facts stay with health and treatment roles"] == told


@pytest.mark.parametrize(
    "category",
    [
        *("clinical", "health-programme", "consent", "sex-and-ethnicity", "immediate-safety", "vulnerability"),
        *("adjustments", "test-on-arrest", "test-on-licence", "test-at-home", "ordered-test"),
    ],
)
def test_special_categories_need_their_condition(written, category):
    """Sensitive data are given only by an agreement that names its condition and policy document."""
    needs = "needs 'special-categories' with the condition and the policy document relied on"

    assert f"{category} {needs}" in refusals(written, give(category, "gp"), **NO_CONDITION)
    assert Category(category) in written.agreement(give(category, "gp")).rules[0].targets[0].categories


def test_every_finding_is_told_at_once(written):
    """What several rules may not say is told for all of them."""
    told = refusals(
        written, give("marker", "sentencer"), give("clinical", "gp"), give("name", "oversight"), **NO_CONDITION
    )

    assert 3 == len(told)
