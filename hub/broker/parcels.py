"""Publishing copies: one message for all queues that get the same bytes, the queues in a header that the broker strips.

``BCC`` is taken off before delivery and before dead-lettering; ``CC`` is not, and is never used. A confirm says that
every queue that is there took it. Where one refuses, the broker refuses for all, though others have their copy: then
each queue is tried by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aio_pika import DeliveryMode
from pamqp.commands import Basic

from hub.broker.link import Link
from hub.broker.together import Message
from hub.broker.topology import COPY_KEY, DELIVERIES, MOST_ROUTES
from hub.delivery.outgoing import Outgoing, Parcel
from schemas.envelope import SINGLE

CONTENT_TYPE: Final = f"{SINGLE}; charset=utf-8"

Missed = list[tuple[str, str]]
"""Each copy and queue that did not take it."""


async def post(link: Link, departures: Sequence[Outgoing]) -> list[Missed]:
    """Publish what departs, all at once; return of each what was missed: every other queue has its copy.

    Raises:
        BrokerUnavailable: it is not known what the broker has.
    """
    parcels = [parcel for departure in departures for parcel in departure.parcels]
    first = [_message(parcel, parcel.queues[:MOST_ROUTES]) for parcel in parcels]
    taken = iter(await link.publish_together(DELIVERIES, COPY_KEY, first))
    return [
        [each for parcel in departure.parcels for each in await _rest(link, parcel, first_taken=next(taken))]
        for departure in departures
    ]


async def _rest(link: Link, parcel: Parcel, *, first_taken: bool) -> Missed:
    """Publish to the queues beyond those of the first message, and again to those of a message that was refused.

    One after the other: the client tells returned messages by their id.
    """
    missed: Missed = []
    for start in range(0, len(parcel.queues), MOST_ROUTES):
        queues = parcel.queues[start : start + MOST_ROUTES]
        if not (await _taken(link, parcel, queues) if start else first_taken):
            missed += [(parcel.copy, queue) for queue in queues if not await _taken(link, parcel, [queue])]
    return missed


async def _taken(link: Link, parcel: Parcel, queues: Sequence[str]) -> bool:
    (taken,) = await link.publish_together(DELIVERIES, COPY_KEY, [_message(parcel, queues)])
    return taken


def _message(parcel: Parcel, queues: Sequence[str]) -> Message:
    properties = Basic.Properties(
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT.value,
        message_id=parcel.copy,
        headers={"BCC": list(queues)},
    )
    return Message(properties, parcel.body)
