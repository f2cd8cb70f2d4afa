"""What is kept of somebody on no scheme."""

import msgspec

from hub.register.state import PersonState, minimal
from tests.unit.register.lives import (
    address,
    allocated,
    consent,
    date_set,
    hour,
    lived,
    received,
    referred,
    released,
    risk,
)


def test_a_stranger_leaves_a_place_and_a_time():
    """Of somebody on no scheme with no declared relation nothing is kept but where and when held."""
    state = lived(
        received(1), allocated(2), date_set(3, hour(1_000).date()), address(4, area="E1"), consent(5, "given")
    )
    kept = minimal(state)

    assert PersonState(id="p1", custody=state.custody, stamps=kept.stamps) == kept
    assert {"custody", "expected", "known", "pause"} == set(kept.stamps)


def test_a_stranger_leaves_no_name():
    """No name, number or date of birth of a stranger is kept where no relation was declared."""
    assert b"Doe" not in msgspec.json.encode(minimal(lived(received(1))))


def test_declared_relations_survive():
    """A declared relation, and the words on which a partner's copies can depend, are kept off a scheme as on one."""
    state = lived(referred(1, reference="R1"), risk(2, "high"), consent(3, "given"))
    kept = minimal(state)

    assert (state.relations, "high", "given") == (kept.relations, kept.risk, kept.consent)


def test_the_words_go_with_the_relation():
    """When the last relation ends, the words that were kept for it are dropped."""
    kept = minimal(lived(referred(1), risk(2, "high"), referred(3, state="closed")))

    assert "unknown" == kept.risk


def test_a_relation_lives_on_alike():
    """Events change what is kept of a stranger's relations just as they would change the whole."""
    life = [referred(1), received(2), released(3)]
    whole, kept = lived(*life), PersonState(id="p1")
    for event in life:
        kept = minimal(lived(event, state=kept))

    assert whole.relations == kept.relations
