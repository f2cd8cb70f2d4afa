"""Obligations that a system can act on: how they are written, and that the strictest count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from hub.errors import DocumentInvalid
from hub.policy.decide import Policy
from hub.policy.load import load_agreement, load_agreements
from hub.policy.terms import MARKINGS, strictest
from schemas.terms import Terms
from tests.unit.policy.conftest import give

WRITTEN = {
    "delete-after-concern": ("30 days", Terms(delete_days_after_concern=30)),
    "delete-after-receipt": ("2 years", Terms(delete_days_after_receipt=730)),
    "acknowledge-within": ("1 hour", Terms(acknowledge_within_minutes=60)),
    "marking": ("OFFICIAL-SENSITIVE", Terms(marking="OFFICIAL-SENSITIVE")),
    "pass-on": ("never", Terms(do_not_pass_on=True)),
    "in-reports": ("never", Terms(not_in_reports=True)),
}


@pytest.mark.parametrize("word", WRITTEN)
def test_terms_as_they_are_written(written, word):
    """Each word of an obligation becomes one term, beside its sentence."""
    said, terms = WRITTEN[word]
    agreement = written.agreement(give("photograph", "gp"), obligations={"o": {"says": "Do so.", word: said}})

    assert ({"o": "Do so."}, {"o": terms}) == (agreement.obligations, agreement.terms)


REFUSED = {
    "a period in no unit": ({"says": "x", "delete-after-concern": "30"}, "is a period such as '30 days'"),
    "a unit that does not fit": ({"says": "x", "delete-after-concern": "5 minutes"}, "in days, weeks, years"),
    "no period": ({"says": "x", "acknowledge-within": "0 hours"}, "is a period such as '30 minutes'"),
    "a marking that is none": (
        {"says": "x", "marking": "OFICIAL"},
        "unknown marking 'OFICIAL'; did you mean 'OFFICIAL'?",
    ),
    "a ban that is none": ({"says": "x", "pass-on": "always"}, "'pass-on' is 'never', or it is left out"),
    "another word": ({"says": "x", "delete-after-recept": "1 day"}, "did you mean 'delete-after-receipt'?"),
    "no sentence": ({"pass-on": "never"}, "'says' is missing or empty"),
}


@pytest.mark.parametrize(("said", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused(written, said, why):
    """An obligation that is not understood is an error with file and line, and what was probably meant."""
    with pytest.raises(DocumentInvalid) as refused:
        load_agreement(written.file(give("photograph", "gp"), obligations={"o": said}))

    assert any(why in problem.rule and "small.yaml:" in problem.field for problem in refused.value.problems)


periods = st.just(UNSET) | st.integers(1, 10**6)
banned = st.sampled_from([UNSET, True])
some_terms = st.builds(
    Terms,
    delete_days_after_receipt=periods,
    delete_days_after_concern=periods,
    acknowledge_within_minutes=periods,
    marking=st.sampled_from([UNSET, *MARKINGS]),
    do_not_pass_on=banned,
    not_in_reports=banned,
)


@given(st.lists(some_terms, max_size=5), some_terms)
def test_one_obligation_more_is_never_less_strict(several, another):
    """Whoever keeps to the strictest of several terms keeps to each, and owes nothing that none of them says."""
    together = strictest([*several, another])
    for field in Terms.__struct_fields__:
        said = [getattr(terms, field) for terms in (*several, another) if getattr(terms, field) is not UNSET]
        owed = getattr(together, field)
        if not said:
            assert owed is UNSET
        elif field == "marking":
            assert owed in said
            assert all(MARKINGS.index(owed) >= MARKINGS.index(each) for each in said)
        else:
            assert owed in said
            assert all(owed <= each for each in said)


def test_of_two_agreements_the_strictest_counts(written):
    """A copy that rests on rules of two agreements owes the shorter period and every ban."""
    long = {"o1": {"says": "Long.", "delete-after-concern": "2 years"}}
    short = {"o2": {"says": "Short.", "delete-after-concern": "2 weeks", "pass-on": "never"}}
    first = written.agreement(give("photograph", "gp", id="one", oblige="o1"), obligations=long)
    second = written.agreement(give("name", "gp", id="two", oblige="o2"), agreement="other", obligations=short)
    cited = Policy([first, second]).cited(frozenset({"one", "two"}))

    assert Terms(delete_days_after_concern=14, do_not_pass_on=True) == cited.terms


def test_a_word_means_one_thing(written, tmp_path):
    """Two agreements that define one word otherwise are refused together: a copy has one sentence for each word."""
    first = written.file(give("photograph", "gp", id="one"))
    other = tmp_path / "other.yaml"
    other.write_text(first.read_text().replace("agreement: small", "agreement: other").replace("id: one", "id: two"))
    load_agreements([first, other])
    other.write_text(other.read_text().replace("Speak first.", "Speak last."))

    with pytest.raises(DocumentInvalid, match="'speak-first' of the obligations means something else in two files"):
        load_agreements([first, other])
