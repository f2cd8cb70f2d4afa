"""What stands in the broker, as a description: exchanges, queues and bindings by name; nothing here speaks to it.

An agency publishes to an exchange of its own. All of those hand everything on to one that knows the lane of each
type, so that an agency costs one binding. In the lane the header ``partition`` keeps one person's events in one
queue. What no binding takes is kept for operators. Copies go out through ``deliveries``, to queues with random names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.directory.model import Directory
from schemas.broker import LANES, PARTITION, RECEIPT, intake_exchange, queue_of
from schemas.catalogue import CATALOGUE

Arguments = Mapping[str, str | int]

DELIVERIES = "deliveries"
COPY_KEY = "copy"
"""The routing key of every copy: bound to nothing, so that nobody who is not named in ``BCC`` gets it."""
MOST_ROUTES = 1000
"""How many queues one message may be sent to."""
TYPES = "types"
UNROUTABLE = "unroutable"
UNROUTABLE_QUEUE = "intake.unroutable"
DEAD = "dead"
DEAD_INTAKE, DEAD_DELIVERY = "intake", "delivery"
"""The routing keys of dead letters: what the hub could not take in, and what a recipient did not take."""
MOST_ATTEMPTS = 20
"""How often a message is offered before it is a dead letter."""
NEVER = 1_000_000
"""A dead letter that is given up would be lost, and a quorum queue without a limit gets one of its own in 4.x."""


class Exchange(msgspec.Struct, frozen=True):
    """An exchange, durable."""

    name: str
    kind: str
    arguments: Arguments = {}
    internal: bool = True
    """Whether only the broker itself hands messages on to it, and nobody publishes there, not even the hub."""


class Queue(msgspec.Struct, frozen=True):
    """A quorum queue, durable; it drops nothing, since its length has no limit."""

    name: str
    arguments: Arguments


class Binding(msgspec.Struct, frozen=True):
    """What an exchange hands on to a queue, or to another exchange."""

    source: str
    key: str
    target: str
    to_exchange: bool = False
    arguments: Arguments = {}


class Topology(msgspec.Struct, frozen=True):
    """Exchanges first, then queues, then what binds them: the order in which they are declared."""

    exchanges: Sequence[Exchange] = ()
    queues: Sequence[Queue] = ()
    bindings: Sequence[Binding] = ()


def topology(directory: Directory, partitions: int) -> Topology:
    """Return everything that stands in the broker but the recipients' queues.

    A partition has one reader at a time: whoever takes it over gets nothing before all that a stopped worker still has
    in hand is back in its place, or later events would overtake it. For the same reason its events are told by the
    header's value and not by a consistent hash of it, which is another one after each start of the broker.
    """
    intakes = [intake_queue(lane, n) for lane in LANES for n in range(partitions)]
    return Topology(
        exchanges=(
            Exchange(DEAD, "direct"),
            Exchange(UNROUTABLE, "fanout"),
            Exchange(DELIVERIES, "direct", internal=False),
            *(Exchange(unnumbered_of(lane), "fanout") for lane in LANES),
            *(Exchange(partitions_of(lane), "headers", {"alternate-exchange": unnumbered_of(lane)}) for lane in LANES),
            *(Exchange(intake_exchange(agency), "topic", internal=False) for agency in directory.agencies),
            Exchange(TYPES, "topic", {"alternate-exchange": UNROUTABLE}),
        ),
        queues=(
            *(_dead_queue(key) for key in (DEAD_INTAKE, DEAD_DELIVERY)),
            _queue(UNROUTABLE_QUEUE, DEAD_INTAKE),
            *(_queue(name, DEAD_INTAKE, {"x-single-active-consumer": True}) for name in intakes),
        ),
        bindings=(
            *(Binding(DEAD, key, dead_queue(key)) for key in (DEAD_INTAKE, DEAD_DELIVERY)),
            Binding(UNROUTABLE, "", UNROUTABLE_QUEUE),
            *(
                Binding(partitions_of(lane), "", intake_queue(lane, n), arguments={"x-match": "all", PARTITION: str(n)})
                for lane in LANES
                for n in range(partitions)
            ),
            *(Binding(unnumbered_of(lane), "", intake_queue(lane, 0)) for lane in LANES),
            *(Binding(TYPES, name, partitions_of(row.lane), to_exchange=True) for name, row in CATALOGUE.items()),
            Binding(TYPES, RECEIPT, partitions_of("routine"), to_exchange=True),
            # Last of all, or what is published meanwhile would be of no type that anybody knows.
            *(Binding(intake_exchange(agency), "#", TYPES, to_exchange=True) for agency in directory.agencies),
        ),
    )


def recipient_topology(door: str) -> Topology:
    """Return the queues behind one recipient's door, each bound by its own name."""
    names = [queue_of(door, lane) for lane in LANES]
    return Topology(
        queues=[_queue(name, DEAD_DELIVERY) for name in names],
        bindings=[Binding(DELIVERIES, name, name) for name in names],
    )


def partitions_of(lane: str) -> str:
    """Return the exchange that spreads a lane's events over its partitions."""
    return f"partitions.{lane}"


def unnumbered_of(lane: str) -> str:
    """Return the exchange of a lane's events that name none of its partitions: all of them share one."""
    return f"{partitions_of(lane)}.unnumbered"


def intake_queue(lane: str, partition: int) -> str:
    """Return the queue of one partition of a lane."""
    return f"intake.{lane}.{partition:02d}"


def dead_queue(key: str) -> str:
    """Return the queue of the dead letters with a routing key."""
    return f"dead.{key}"


def _queue(name: str, dead_key: str, more: Arguments = {}) -> Queue:  # noqa: B006 - it is only read
    return Queue(
        name,
        {
            **more,
            "x-queue-type": "quorum",
            "x-delivery-limit": MOST_ATTEMPTS,
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-routing-key": dead_key,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",  # the strategy asks for it
        },
    )


def _dead_queue(key: str) -> Queue:
    return Queue(dead_queue(key), {"x-queue-type": "quorum", "x-delivery-limit": NEVER})
