"""Notice of a release: in time, of every change, and of none that will not come."""

import datetime as dt

import pytest

from hub.consequences.rules import consequences, still_due
from schemas.record.custody import Custody, Release
from tests.unit.register.lives import (
    address,
    adopted,
    date_set,
    deselected,
    directory,
    happens,
    hour,
    lived,
    received,
    released,
)

HERE = directory()
NOW = hour(10)
FAR, FARTHER, NEAR, PAST = (dt.date(2026, *day) for day in ((7, 1), (9, 1), (5, 20), (4, 1)))


def changed(number, date=None, **facts):
    return happens(number, "release.date-changed", release=Release(**({"date": date} if date else {}), **facts))


def notices(*events, now=NOW):
    """The notices that the last event gives or plans; what went before was taken when it happened."""
    state = lived()
    for event in events[:-1]:
        state = lived(event, state=state, at=min(event.time, now))
    after = lived(events[-1], state=state, at=now)
    return [c for c in consequences(state, after, events[-1], now, HERE) if c.kind == "release.notice"]


def said(consequence):
    release = consequence.data.release
    return release.date or None, release.previous_date or None, consequence.due


def test_planned_for_28_days_before():
    """Notice of a date far off is planned for six in the morning 28 days before."""
    assert [(FAR, None, dt.datetime(2026, 6, 3, 6, tzinfo=dt.UTC))] == [
        said(n) for n in notices(adopted(1), date_set(2, FAR))
    ]


@pytest.mark.parametrize(
    "life",
    [
        [adopted(1), date_set(2, NEAR)],
        [date_set(1, NEAR), adopted(2)],
        [adopted(1), date_set(2, FAR), changed(3, NEAR)],
    ],
)
def test_at_once_when_the_date_is_nearer(life):
    """Notice of a date within 28 days is given at once, also of somebody adopted meanwhile."""
    assert [(NEAR, None, None)] == [said(n) for n in notices(*life)]


def test_adopted_with_a_date_known():
    """Somebody adopted after the date was set is given notice of."""
    before = lived(date_set(1, FAR), at=hour(1))
    event = adopted(2)
    made = consequences(before, lived(event, state=before, at=NOW), event, NOW, HERE)

    assert ["release.notice"] == [c.kind for c in made]


def test_a_change_after_notice_is_told_at_once():
    """After notice was given a change is told at once with both dates, however far off the new one is."""
    life = [adopted(1), date_set(2, NEAR), changed(3, FAR)]

    assert [(FAR, NEAR, None)] == [said(n) for n in notices(*life)]
    assert [(FARTHER, FAR, None)] == [said(n) for n in notices(*life, changed(4, FARTHER))]


def test_a_change_after_planned_notice_was_given():
    """Once the planned moment has passed notice counts as given."""
    late = dt.datetime(2026, 6, 10, tzinfo=dt.UTC)

    assert [(FARTHER, FAR, None)] == [
        said(n) for n in notices(adopted(1), date_set(2, FAR), changed(3, FARTHER), now=late)
    ]


def test_a_change_before_notice_is_planned_anew():
    """Before notice was given a change is no more than a new plan."""
    (planned,) = notices(adopted(1), date_set(2, FAR), changed(3, FARTHER))

    assert (FARTHER, None, dt.datetime(2026, 8, 4, 6, tzinfo=dt.UTC)) == said(planned)


def test_called_off_after_notice():
    """A release that is called off after notice is told at once, and before notice not at all."""
    off = happens(3, "release.cancelled")

    assert [(None, NEAR, None)] == [said(n) for n in notices(adopted(1), date_set(2, NEAR), off)]
    assert [] == notices(adopted(1), date_set(2, FAR), off)


def test_the_area_changes_after_notice():
    """A new area's police are given notice at once when the former area's had it."""
    (given,) = notices(adopted(1), date_set(2, NEAR, area="E1"), address(3, area="W2"))

    assert ("W2", None) == (given.data.release.area, given.due)


@pytest.mark.parametrize(
    "life",
    [
        [date_set(1, NEAR)],
        [adopted(1), date_set(2, PAST)],
        [adopted(1), date_set(2, NEAR), released(3)],
        [adopted(1), date_set(2, NEAR), date_set(3, NEAR)],
        [adopted(1), date_set(2, NEAR, area="E1"), address(3, "unknown")],
        [adopted(1), date_set(2, NEAR), deselected(3)],
        [adopted(1), received(2), happens(3, "custody.died"), date_set(4, NEAR)],
        [adopted(1), date_set(5, NEAR), date_set(4, FAR)],
        [adopted(1), date_set(2, NEAR), happens(3, "custody.died")],
    ],
)
def test_no_notice(life):
    """Of a stranger, a day gone by, the release itself, an old date, a death or late news no notice is given."""
    assert [] == notices(*life)


@pytest.mark.parametrize(
    ("meanwhile", "due"),
    [
        ([], True),
        ([changed(3, FARTHER)], False),
        ([happens(3, "release.cancelled")], False),
        ([released(3)], False),
        ([deselected(3)], False),
        ([address(3, area="W2")], False),
        ([address(3, "unknown")], True),
        ([received(3), happens(4, "custody.died")], False),
        (
            [
                received(3),
                happens(4, "custody.discharged", custody=Custody(in_custody=False, left_because="absconded")),
            ],
            False,
        ),
        ([changed(3, FARTHER), changed(4, FAR)], True),
    ],
)
def test_asked_again_when_due(meanwhile, due):
    """A planned notice is given only while its date and area stand and the person is on a scheme and to be released."""
    life = [adopted(1), date_set(2, FAR, area="E1")]
    (planned,) = notices(*life)

    assert due == still_due(lived(*life, *meanwhile, at=NOW), planned)
