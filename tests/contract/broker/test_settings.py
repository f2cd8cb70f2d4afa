"""The settings of the second deployment, refused while half of them is missing or something would go in the clear."""

import pytest

from hub.config import read_config
from hub.errors import Misconfigured

NEEDED = {"HUB_DATA": "d", "HUB_DIRECTORY": "d.yaml", "HUB_POLICIES": "p"}
BROKER = {
    "HUB_BROKER": "amqps://hub:secret@one.example/area amqps://hub:secret@two.example:5673/area",
    "HUB_BROKER_PUBLIC_URL": "amqps://broker.example/area",
    "HUB_BROKER_MANAGEMENT": "https://one.example:15671 https://two.example:15671",
}


def test_every_node_of_the_broker_is_read():
    """Several addresses stand in one setting, separated by spaces, and name one virtual host."""
    config = read_config(NEEDED | BROKER | {"HUB_PARTITIONS": "4", "HUB_RESEND_AFTER_SECONDS": "2.5"})

    assert 2 == len(config.broker) == len(config.broker_management)
    assert ("area", 4, 2.5) == (config.virtual_host, config.partitions, config.resend_after_seconds)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"HUB_BROKER_PUBLIC_URL": ""}, "HUB_BROKER_PUBLIC_URL"),
        ({"HUB_BROKER_MANAGEMENT": ""}, "HUB_BROKER_MANAGEMENT"),
        ({"HUB_BROKER": "amqp://hub:secret@one.example/area"}, "HUB_BROKER"),
        ({"HUB_BROKER": "amqps://one.example/area"}, "HUB_BROKER"),
        ({"HUB_BROKER": "https://hub:secret@one.example/area"}, "HUB_BROKER"),
        ({"HUB_BROKER_PUBLIC_URL": "amqps://hub:secret@broker.example/area"}, "HUB_BROKER_PUBLIC_URL"),
        ({"HUB_BROKER_PUBLIC_URL": "amqps://broker.example/other"}, "HUB_BROKER_PUBLIC_URL"),
        ({"HUB_BROKER_PUBLIC_URL": "amqp://broker.example/area"}, "HUB_BROKER_PUBLIC_URL"),
        ({"HUB_BROKER_MANAGEMENT": "http://one.example:15672"}, "HUB_BROKER_MANAGEMENT"),
        ({"HUB_PARTITIONS": "0"}, "HUB_PARTITIONS"),
        ({"HUB_RESEND_AFTER_SECONDS": "0"}, "HUB_RESEND_AFTER_SECONDS"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(changed, named):
    """The start is refused, naming the setting and never quoting a password."""
    with pytest.raises(Misconfigured) as refused:
        read_config(NEEDED | BROKER | changed)

    assert named in {problem.field for problem in refused.value.problems}
    assert "secret" not in str(refused.value)


def test_a_broker_on_this_machine_needs_no_encryption():
    """For trials, plain AMQP and HTTP are taken where nothing leaves the machine."""
    local = {
        "HUB_BROKER": "amqp://hub:secret@127.0.0.1:5672/area",
        "HUB_BROKER_PUBLIC_URL": "amqp://127.0.0.1:5672/area",
        "HUB_BROKER_MANAGEMENT": "http://127.0.0.1:15672",
    }

    assert "area" == read_config(NEEDED | local).virtual_host
