"""Every marker is found where somebody may see it, and nowhere else: no copy, answer, log, metric or file holds one
more.
"""

import re

import pytest

from schemas.labels import Role
from tests.fixtures.agencies import SCHEMES
from tests.leaks.hunt import PEOPLE, Hunt
from tests.leaks.protocol import HEALTH, MAY_NOT_KNOW_THE_STATUS, MAY_SEE, SUPERVISING, TREATMENT, may_see

NAMES = [s["name"] for s in SCHEMES.values()] + [s["contact"]["name"] for s in SCHEMES.values()]
SCHEME_WORDS = re.compile(
    rb"\bppo\b|\biom\b|prolific|priority offender|scheme|strand|prevent-and-deter|catch-and-convict|"
    rb"rehabilitate-and-resettle|membership|" + b"|".join(re.escape(name.encode()) for name in NAMES),
    re.IGNORECASE,
)
RANDOM = re.compile(rb'"(?:delivery|id|entry)": ?"[^"]*"|https://schemas\.[a-z.-]*')
"""What is random, or the same in every message, and may look like a word."""


@pytest.fixture(scope="module")
def hunt(tmp_path_factory):
    hunt = Hunt(tmp_path_factory.mktemp("hunt"), seed=12)
    hunt.run(rounds=1)
    return hunt


def test_the_hunt_covers_what_it_should(hunt):
    """Most events were taken, many were refused, and all the roles that the protocol opens anything to were told
    something.
    """
    told = {c.role for c in hunt.copies}
    seen = {marker for c in hunt.copies for _, marker in hunt.marking.found(c.body)}

    assert hunt.outcomes["accepted"] > 0.7 * sum(hunt.outcomes.values())
    assert hunt.outcomes["refused"] > 10
    assert {
        Role.SENTENCER,
        Role.MENTOR,
        Role.COORDINATOR,
        Role.PRISON_HEALTHCARE,
        Role.HOSTEL,
        Role.GP,
        Role.VICTIM_LIAISON,
    } <= told
    assert len({(c.role, c.type) for c in hunt.copies}) > 300
    assert {c for c in MAY_SEE if c not in {c for m in seen for c in m.categories}} <= {
        "public-protection",
        "risk-level",
        "custody-fact",
        "supervision-kind",
        "strands",
        "consent",
        "child-known",
        "marker-confirmations",
        "concern-ended",
        "delivery-gap",
        "release-area",
        "order-progress",
        "matrix-score",
    }


def test_a_copy_holds_what_its_recipient_may_see(hunt):
    """No copy holds a marked value of a category that the protocol opens to no recipient of its role."""
    leaks = {
        (str(c.role), c.type, marker.path, *sorted(marker.categories))
        for c in hunt.copies
        for _, marker in hunt.marking.found(c.body)
        if not may_see(c.role, c.recipient, marker)
    }

    assert set() == leaks


def test_an_answer_to_a_look_up_holds_what_may_be_seen(hunt):
    """No answer to a look-up holds a marked value that the role may not see, or one of somebody else."""
    leaks = {
        (str(role), marker.path)
        for role, recipient, someone, body in hunt.lookups
        for _, marker in hunt.marking.found(body)
        if marker.person != someone.name or not may_see(role, recipient, marker)
    }

    assert set() == leaks


@pytest.mark.parametrize("where", ["stranger", "another stranger", "de-selected", "young without it"])
def test_a_look_up_of_somebody_who_is_on_no_scheme(hunt, where):
    """Whoever asks for a stranger, for somebody de-selected or somebody young is answered with nothing, all with the
    same bytes.
    """
    assert {b'{"given":{}}'} == {body for _, _, someone, body in hunt.lookups if someone.name == where}


def test_no_answer_holds_a_value(hunt):
    """No outcome, refusal, receipt, health, metric, question held or record of disclosures holds any marked value,
    nor does any head.
    """
    leaks = {
        (address, marker.path)
        for address, body in hunt.answers
        for _, marker in hunt.marking.found(body)
        if not _own_id(address, marker.path)
    }

    assert set() == leaks


def _own_id(address, path):
    """A publisher is answered by the id that it chose itself."""
    return address == "POST /events" and path in {"refused id", "refused broken"}


def test_no_log_line_holds_a_value(hunt):
    """The log at its most talkative holds no marked value."""
    assert set() == {marker.path for _, marker in hunt.marking.found(hunt.log)}
    assert b"/events" in hunt.log


def test_no_file_holds_a_value(hunt):
    """No file of the hub holds a marked value, read byte by byte while it runs: neither the store nor its
    write-ahead log.
    """
    leaks = {
        (path.name, marker.path) for path, content in hunt.files.items() for _, marker in hunt.marking.found(content)
    }

    assert set() == leaks
    assert {"hub.sqlite", "hub.sqlite-wal"} <= {path.name for path in hunt.files}


def test_no_column_holds_a_value(hunt):
    """No column of the store holds a marked value in the clear."""
    assert set() == {
        (column, marker.path) for column, value in hunt.columns() for _, marker in hunt.marking.found(value)
    }


def test_no_scheme_word_reaches_who_may_not_know(hunt):
    """No byte of a copy or an answer to a role that may not know the status says anything of a scheme."""
    bodies = [(c.role, c.type, c.body) for c in hunt.copies] + [
        (role, "look-up", body) for role, _, _, body in hunt.lookups
    ]
    said = {
        (str(role), kind, m.group().decode())
        for role, kind, body in bodies
        if role in MAY_NOT_KNOW_THE_STATUS
        for m in SCHEME_WORDS.finditer(RANDOM.sub(b"", body))
    }

    assert set() == said


def test_no_type_for_people_on_schemes_reaches_who_may_not_know(hunt):
    """A role that may not know the status gets no copy of a type that there is only for people on schemes."""
    assert not {
        (str(c.role), c.type)
        for c in hunt.copies
        if c.role in MAY_NOT_KNOW_THE_STATUS and c.type.startswith(("ppo.", "release.notice", "delivery.", "youth."))
    }


def test_clinical_facts_stay_with_health(hunt):
    """No clinical value is in any copy but one to a health or treatment role."""
    told = {c.role for c in hunt.copies for _, marker in hunt.marking.found(c.body) if "clinical" in marker.categories}

    assert told
    assert told <= HEALTH | TREATMENT


def test_of_the_young_nobody_hears(hunt):
    """Of somebody under 18 whose youth offending team is no party no copy says anything at all."""
    assert set() == {
        (c.recipient, c.type)
        for c in hunt.copies
        for _, marker in hunt.marking.found(c.body)
        if marker.person == "young without it"
    }


def test_of_a_stranger_only_partners_hear(hunt):
    """Of somebody on no scheme only partners, courts, officers whom the event names and the prison's healthcare
    hear.
    """
    strangers = {p.name for p in PEOPLE if not p.on_scheme}
    told = {c.role for c in hunt.copies for _, marker in hunt.marking.found(c.body) if marker.person in strangers}

    on_a_scheme_only = {r for r in Role if r.startswith("prison-") and r is not Role.PRISON_HEALTHCARE} | {
        Role.COORDINATOR,
        Role.NEIGHBOURHOOD_POLICING,
        Role.CUSTODY_OFFICER,
    }
    assert not told & on_a_scheme_only


def test_a_restricted_record_stays_with_its_officer(hunt):
    """What was said of somebody after the record was restricted reaches the supervising officer and the prison's
    healthcare alone.
    """
    told = {c.role for c in hunt.copies for token, _ in hunt.marking.found(c.body) if token in hunt.after_restriction}

    assert told
    assert told <= SUPERVISING | {Role.PRISON_HEALTHCARE}
