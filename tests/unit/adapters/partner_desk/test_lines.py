"""The lines of a card."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.partner_desk.headings import HEADINGS, heading_of
from adapters.partner_desk.lines import lines_of, who
from adapters.partner_desk.wording import plain
from schemas.catalogue import CATALOGUE
from schemas.leaves import leaves_of

WORDED = {"ppo.alert", "ppo.remove-marker", "custody.received", "release.notice", "recall.at-large", "concern.ended"}


def text(given_leaves):
    return "\n".join([who(given_leaves), *(f"{line.label}: {line.text}" for line in lines_of(given_leaves))])


WORDINGS = {
    "a deputy in charge comes first": (
        {"memberships": [{"contact": {"name": "A", "deputy_name": "B", "deputy_in_charge": True}}]},
        "Call: B (deputy, in charge now), else A",
    ),
    "both dates of a change": (
        {"release": {"date": "2026-03-09", "previous_date": "2026-03-02"}},
        "Out: 9 March 2026, it was 2 March 2026",
    ),
    "hour and place": ({"release": {"hour": "09:30:00", "place": "the gate"}}, "Out: at 09:30, from the gate"),
    "nobody at the address may be told": (
        {"release": {"address": {"not_to_be_told": True}}},
        "Address: DO NOT tell anybody at the address",
    ),
    "a district in place of an address": ({"release": {"address": {"postcode_district": "B1"}}}, "Address: B1"),
    "a police station": (
        {"custody": {"in_custody": True, "station": "Steelhouse Lane"}},
        "Where: in custody at police station Steelhouse Lane",
    ),
    "out": ({"custody": {"in_custody": False}}, "Where: not in custody"),
    "expected": ({"custody": {"in_custody": False, "establishment": "BMI"}}, "Where: expected at BMI"),
    "a level in a code word": ({"risk": {"level": "very-high"}}, "Risk level: very high"),
    "high or not": ({"risk": {"high": False}}, "Risk high: no"),
    "the year of birth alone": ({"subject": {"surname": "Jones", "year_of_birth": 1990}}, "JONES; born 1990"),
    "an initial alone": ({"subject": {"surname": "Jones", "forename_initial": "T"}}, "JONES, T"),
    "a directory name letter by letter": ({"release": {"met_by": "mentor-north-1"}}, "Release met by: mentor-north-1"),
    "a moment by London's clock": (
        {"referrals": [{"appointments": ["2026-07-01T09:00:00Z"]}]},
        "Referrals appointments: 1 July 2026 at 10:00",
    ),
    "a leaf that no line knows": ({"tomorrow": {"new_leaf": "seen"}}, "Tomorrow new leaf: seen"),
}


@pytest.mark.parametrize(("leaves", "expected"), WORDINGS.values(), ids=WORDINGS)
def test_wording(leaves, expected):
    """A leaf reads as an officer would say it."""
    assert expected in text(leaves).splitlines()


def test_every_kind_has_a_heading():
    """Every event that the catalogue knows has a heading, and one that it does not know still reads as words."""
    unnamed = [kind for kind in CATALOGUE if not heading_of(kind, {})]

    assert [] == unnamed
    assert WORDED <= HEADINGS.keys()
    assert "Custody: of tomorrow" == heading_of("custody.of-tomorrow", {})
    assert "Own" == heading_of("ppo.alert", {"ppo.alert": "Own"})


def tree(kind, value_of):
    """Return leaves of every path of an event type, each with a word of its own."""
    root = {}
    for leaf in leaves_of(CATALOGUE[kind].data):
        at, path = root, leaf.path.split(".")
        for part in path[:-1]:
            at = at.setdefault(part.removesuffix("[]"), [{}] if part.endswith("[]") else {})
            at = at[0] if isinstance(at, list) else at
        at[path[-1]] = value_of(leaf.path)
    return root


LISTS = {"immediate_safety", "strands"}
ELSEWHERE = {"in_custody", "lead", "deputy_in_charge", "prompted", "not_to_be_told", "hour"}
"""Leaves that are worded, and not shown letter by letter."""
SECOND = {"scheme", "establishment", "station", "wording", "code", "names_roles"}
"""Leaves that give way to a better one of the same thing."""


@given(st.sampled_from(sorted(CATALOGUE)), st.data())
def test_nothing_given_is_hidden(kind, data):
    """Whatever leaves a copy holds, each stands on its card, but those that a line words in another way."""
    shown_so = [leaf.path for leaf in leaves_of(CATALOGUE[kind].data) if _last(leaf.path) not in ELSEWHERE | SECOND]
    subset = data.draw(st.sets(st.sampled_from(sorted(shown_so))))
    seen = {path: f"value{n}." for n, path in enumerate(sorted(subset))}
    listed = {path: [value] if _last(path) in LISTS else value for path, value in seen.items()}
    shown = text(_without_none(tree(kind, listed.get))).casefold()

    missing = [path for path, value in seen.items() if value not in shown]
    assert [] == missing


def _last(path):
    return path.rsplit(".", 1)[-1]


def _without_none(value):
    if isinstance(value, dict):
        return {k: v for k, each in value.items() if (v := _without_none(each)) not in (None, {}, [])}
    if isinstance(value, list):
        return [v for each in value if (v := _without_none(each)) not in (None, {}, [])]
    return value


@example("a\x1b[2Jb")
@example("a\u202eb")
@example("a\u2028b\r\nc")
@given(st.text())
def test_no_text_commands_the_screen(words):
    """Whatever a text holds, it is shown on one line without control characters."""
    shown = plain(words)

    assert not any(c in shown for c in "\x1b\r\n\u202e\u2028")
