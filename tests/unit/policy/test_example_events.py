"""The events that go with examples: each can be published, and has the leaf that it is an example of."""

import msgspec
import pytest

from hub.intake.read import read_event
from hub.policy.analysis.events import example_event
from schemas.catalogue import CATALOGUE
from schemas.labels import Role
from schemas.leaves import leaves_of
from tests.property.events import leaves_in


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_an_event_for_every_leaf(kind):
    """For every leaf of a type there is an event that the hub can read and that has the leaf."""
    row = CATALOGUE[kind]
    for leaf in leaves_of(row.data):
        read = read_event(msgspec.json.encode(example_event(row, leaf.path, Role.MENTOR)))

        assert leaf.path in {path for path, *_ in leaves_in(read.envelope.data)}


def test_an_event_for_a_message():
    """Where the example is of a message, the event has what its type needs."""
    event = example_event(CATALOGUE["custody.received"], None, Role.MENTOR)

    assert "custody.received" == read_event(msgspec.json.encode(event)).envelope.type


def test_a_condition_names_the_reader():
    """Who gets only the conditions that name them is given one that does."""
    event = example_event(
        CATALOGUE["release.licence-conditions-set"], "licence.conditions[].wording", Role.DRUG_TREATMENT
    )

    assert [[Role.DRUG_TREATMENT]] == [condition.names_roles for condition in event.data.licence.conditions]
