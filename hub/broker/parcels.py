"""Publishing copies: one message for all queues that get the same bytes, the queues in a header that the broker strips.

``BCC`` is taken off before delivery and before dead-lettering; ``CC`` is not, and is never used. A confirm says that
every queue that is there took it. Where one refuses, the broker refuses for all, though others have their copy: then
each queue is tried by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from aio_pika import DeliveryMode, Message

from hub.broker.link import Link, NotRouted, NotTaken
from hub.broker.topology import COPY_KEY, DELIVERIES, MOST_ROUTES
from hub.delivery.outgoing import Parcel
from schemas.envelope import SINGLE

CONTENT_TYPE: Final = f"{SINGLE}; charset=utf-8"


async def post(link: Link, parcels: Iterable[Parcel]) -> list[tuple[str, str]]:
    """Publish, and return each copy and queue that did not take it; all others have it.

    Raises:
        BrokerUnavailable: it is not known what the broker has.
    """
    refused = await asyncio.gather(*(_post(link, parcel) for parcel in parcels))
    return [pair for pairs in refused for pair in pairs]


async def _post(link: Link, parcel: Parcel) -> list[tuple[str, str]]:
    """Publish one copy; its messages go one after the other, since the client tells returned ones by their id."""
    missed: list[tuple[str, str]] = []
    for start in range(0, len(parcel.queues), MOST_ROUTES):
        queues = parcel.queues[start : start + MOST_ROUTES]
        if not await _taken(link, parcel, queues):
            missed += [(parcel.copy, queue) for queue in queues if not await _taken(link, parcel, [queue])]
    return missed


async def _taken(link: Link, parcel: Parcel, queues: Sequence[str]) -> bool:
    message = Message(
        parcel.body,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=parcel.copy,
        headers={"BCC": list(queues)},
    )
    try:
        await link.publish(DELIVERIES, COPY_KEY, message)
    except (NotRouted, NotTaken):
        return False
    return True
