"""For every event and decision: the copy has exactly the permitted leaves, and tells nothing of the others."""

from __future__ import annotations

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from hub.policy.decide import Policy
from hub.policy.project import Views
from hub.policy.transforms import NAMING_YOU, PSEUDONYM, TRANSFORMS
from tests.property.agreements import KINDS, ROLES, agreement, agreements, situations
from tests.property.events import events, leaves_in, without
from tests.unit.policy.conftest import KEYING


@st.composite
def views(draw):
    """Draw a random agreement's answer, and a random event of its type."""
    kind, role = draw(st.sampled_from(KINDS)), draw(st.sampled_from(ROLES))
    decision = (
        Policy([draw(agreements().map(lambda a: agreement(a.rules)))]).program(role, kind).decide(draw(situations()))
    )
    return decision, kind


def copy_of(decision, event):
    return Views().of(decision, KEYING)[0].project(event)


def expected(decision, event):
    """What the copy has, place by place: the permitted leaves of the event, each in the way that it is given."""
    choosy = any(release.transform == NAMING_YOU for release in decision.given.values())
    for path, place, value, names_roles in leaves_in(event):
        release = decision.given.get(path)
        if release is None or (choosy and "conditions[]" in path and decision.role not in names_roles):
            continue
        if transform := TRANSFORMS.get(release.transform or ""):
            made = KEYING.pseudonym(release.purpose) if release.transform == PSEUDONYM else transform.apply
            if (less := made(value)) is not msgspec.UNSET:
                yield (*place[:-1], transform.leaves[place[-1]]), less
        else:
            yield place, value


@given(views(), st.data())
def test_copy_has_exactly_the_permitted_leaves(view, data):
    """Every permitted leaf that the event has stands in the copy with its value, and nothing else does."""
    decision, kind = view
    event = data.draw(events(kind.data))

    permitted = sorted((_bare(place), _plain(value)) for place, value in expected(decision, event))
    told = sorted(
        (_bare(place), _plain(value)) for _, place, value, _ in leaves_in(json.loads(copy_of(decision, event)))
    )

    assert permitted == told


@given(views(), st.data())
def test_what_is_withheld_makes_no_difference(view, data):
    """Two events equal in the permitted leaves give equal bytes: withheld leaves leave no trace of any kind."""
    decision, kind = view
    event = data.draw(events(kind.data))
    stripped = without(event, set(decision.given), kind.data, data.draw)

    assert copy_of(decision, event) == copy_of(decision, stripped)


@given(views(), st.data())
def test_equal_answers_share_a_view(view, data):
    """Recipients with one key get the very same bytes."""
    decision, kind = view
    event = data.draw(events(kind.data))
    kept = Views()
    twin = msgspec.structs.replace(decision, facts_read=(("other", ("x",)),))

    first, second = kept.of(decision, KEYING), kept.of(twin, KEYING)

    assert first[1] == second[1]
    assert first[0].project(event) == second[0].project(event)


def _bare(place):
    """A place without the numbers of list members: those that are left out move the others up."""
    return tuple("[]" if isinstance(step, int) else step for step in place)


def _plain(value):
    return json.dumps(msgspec.to_builtins(value), sort_keys=True)


def test_unset_is_the_absence_that_is_meant():
    """The absent value of events is the one that the encoder leaves out."""
    assert b"{}" == msgspec.json.encode(msgspec.defstruct("V", [("x", int | msgspec.UnsetType, UNSET)])())
