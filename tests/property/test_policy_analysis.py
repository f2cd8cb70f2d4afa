"""What is worked out over all cases is what the engine says in each of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.policy.analysis.forms import Forms
from hub.policy.analysis.reading import Desk, Reading
from hub.policy.decide import Policy
from schemas.labels import Category
from tests.property.agreements import KINDS, ROLES, agreements, situations

role_and_kind = st.tuples(st.sampled_from(ROLES), st.sampled_from(KINDS))


def answered(written, role, event, situation):
    """What the engine says: for each leaf given how, and the terms of the rules that it cites."""
    decision = Policy(written).program(role, event).decide(situation)
    by_id = {r.id: (a, r) for a in written for r in a.rules}
    return decision, {
        path: (release.transform or "", terms_of([by_id[name] for name in release.rules], role))
        for path, release in decision.given.items()
    }


def terms_of(cited, role):
    found = set()
    for agreement, rule in cited:
        found |= {("purpose", rule.purpose), ("gateway", rule.gateway)}
        found |= {("obligation", word) for word in rule.obligations}
        found |= {("regime", "general")} if agreement.regime == "general" or role in agreement.general_roles else set()
    return found


def worked_out(reading, role, event, situation):
    """What the analysis says of the same situation."""
    holds = reading.desk.regions.holds
    sheet, forms = reading.sheet(role, event.name), reading.desk.forms
    if not holds(sheet.present(event), situation):
        return {}
    given = {}
    for form in forms.of(event.name):
        grant = sheet.grants[form]
        ways = [way for way, region in grant.ways.items() if holds(region, situation)]
        assert len(ways) <= 1
        assert holds(grant.given, situation) == bool(ways)
        for way in ways:
            terms = {term for term, region in grant.terms.items() if holds(region, situation)}
            given |= {path: (way, terms) for path in forms.paths(event.name, form)}
    return given


def reading_of(written):
    return Reading(written, Desk(Forms(written)))


@given(st.lists(agreements(), min_size=1, max_size=2), role_and_kind, st.lists(situations(), min_size=1, max_size=20))
def test_analysis_says_what_the_engine_says(written, asked, some_situations):
    """Leaf by leaf, with the way and the terms, in whatever case: what is worked out is what the engine decides."""
    reading, (role, event) = reading_of(written), asked
    for situation in some_situations:
        decision, expected = answered(written, role, event, situation)
        sheet, holds = reading.sheet(role, event.name), reading.desk.regions.holds

        assert expected == worked_out(reading, role, event, situation)
        assert decision.present == holds(sheet.present(event), situation)
        assert decision.knows_status == holds(sheet.knows(Category.MARKER), situation)
