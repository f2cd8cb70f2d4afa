"""Licence and recall, as the register works them out from what happens."""

import datetime as dt

import pytest

from schemas.labels import Role
from schemas.record.case import Licence
from tests.unit.register.lives import (
    allocated,
    conditions,
    happens,
    lived,
    recall,
    received,
    released,
    supervision,
)


@pytest.mark.parametrize(
    ("events", "licence"),
    [
        ([released(1, "conditional")], "on-licence"),
        ([released(1, "parole")], "on-licence"),
        ([released(1, "court")], "none"),
        ([released(1)], "none"),
        ([happens(1, "release.released", licence=Licence())], "on-licence"),
        ([conditions(1, Role.VOLUNTARY), released(2)], "on-licence"),
        ([supervision(1, "began", kind="licence")], "on-licence"),
        ([supervision(1, "began", kind="post-sentence-supervision")], "none"),
        ([supervision(1, "began", kind="licence"), supervision(2, "ended")], "none"),
        ([supervision(1, "began", kind="licence"), supervision(2, "ended", "C2")], "on-licence"),
        (
            [supervision(1, "began", kind="licence"), supervision(2, "began", kind="post-sentence-supervision")],
            "none",
        ),
        ([released(1, "parole"), recall(2, "requested", "requested")], "on-licence"),
        ([released(1, "parole"), recall(2, "decided", "authorised")], "recalled"),
        ([released(1, "parole"), recall(2, "decided", "refused")], "on-licence"),
        (
            [released(1, "parole"), recall(2, "decided", "authorised"), recall(3, "rescinded", "rescinded")],
            "on-licence",
        ),
        ([released(1, "parole"), recall(2, "returned", "returned")], "recalled"),
        ([released(1, "parole"), recall(2, "decided", "authorised"), received(3), released(4)], "on-licence"),
    ],
)
def test_state_of_the_licence(events, licence):
    """The licence runs, is recalled or is none, as the last event that speaks of it says."""
    assert licence == lived(*events).licence


def test_a_licence_that_has_ended_is_not_resumed():
    """Somebody recalled who comes out after the licence's last day is on no licence."""
    life = [conditions(1, ends=dt.date(2026, 5, 1)), recall(2, "decided", "authorised"), received(3)]

    assert "none" == lived(*life, released(30)).licence


@pytest.mark.parametrize(
    ("before", "reception", "stage"),
    [
        ([released(1, "parole")], received(2), "returned"),
        ([released(1, "parole")], received(2, reason="sentence"), "returned"),
        ([released(1, "parole")], received(2, reason="remand"), None),
        ([recall(1, "decided", "authorised")], received(2), "returned"),
        ([recall(1, "requested", "requested")], received(2), "requested"),
        ([], received(2, reason="recall"), "returned"),
        ([], received(2, movement_code="L"), "returned"),
        ([], received(2), None),
        ([supervision(1, "began", kind="post-sentence-supervision")], received(2), None),
    ],
)
def test_a_reception_on_licence_is_a_recall(before, reception, stage):
    """A reception of somebody held to be on licence is a return on recall, unless it is on remand."""
    assert stage == lived(*before, reception).recall


def test_returned_before_authorised():
    """One who is back in custody stays so when the authorisation becomes known, or is given, afterwards."""
    state = lived(released(1, "parole"), received(3), recall(2, "decided", "authorised"))
    later = lived(recall(4, "decided", "authorised"), state=state)

    assert "returned" == state.recall == later.recall
    assert "recalled" == later.licence


def test_a_release_ends_the_recall():
    """Somebody released after a recall has none under way."""
    assert lived(recall(1, "decided", "authorised"), received(2), released(3)).recall is None


def test_a_late_recall_does_not_undo_a_release():
    """An authorisation from before the release leaves the licence as the release made it."""
    assert "on-licence" == lived(released(5, "parole"), recall(4, "decided", "authorised")).licence


def test_the_end_of_one_case_is_not_the_end_of_all():
    """Cases are told apart by reference, and each ends by itself."""
    state = lived(allocated(1, "C1"), allocated(2, "C2"), supervision(3, "ended", "C1"))

    assert ["C2"] == [c.reference for c in state.cases if not c.ended_on]


def test_a_case_that_ended_before_it_began_is_ended():
    """A late beginning does not reopen a case whose end is known."""
    state = lived(supervision(2, "ended", kind="licence"), supervision(1, "began", kind="licence"))

    assert "none" == state.licence
    assert state.cases[0].ended_on


def test_an_offence_is_not_kept():
    """The register does not keep the text of an offence, for which it has no use."""
    assert not lived(allocated(1, offence="burglary")).cases[0].offence
