"""Nothing that was answered is lost or doubled, whenever whatever is killed."""

import msgspec

from tests.faults.killing import Killing


def test_killing_hub_and_clients(tmp_path):
    """After the hub and its clients were killed at random moments under load, each answered event and each copy that
    it owes is there exactly once, in order.
    """
    found = msgspec.structs.asdict(Killing(tmp_path, seed=7).run(kills=5))

    assert {"hub_kills": 5} | dict.fromkeys(
        (
            "events_lost",
            "events_doubled",
            "copies_lost",
            "copies_doubled",
            "copies_unexpected",
            "out_of_order",
            "chain_broken",
        ),
        0,
    ) == {k: v for k, v in found.items() if k not in {"events", "copies", "client_kills"}}
    assert found["events"] > 100
