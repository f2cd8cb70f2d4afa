"""An agency's adapter in full: it says who was arrested, and shows what its custody officer is told."""

import asyncio
import datetime as dt
import sys
from pathlib import Path

from adapters.sdk import AgencyKey, Copy, Publisher, Subscriber, connect, envelope_of, run
from schemas.events.custody_reception import Detained
from schemas.record.custody import Custody
from schemas.record.person import Identifier, Person

READS = frozenset({"subject.surname", "memberships[].contact.telephone"})
"""What it uses of a copy. The hub's directory has the same, so that a change that takes one of these is marked."""


async def show(copy: Copy) -> None:
    sys.stdout.write(f"{copy.get('subject.surname')}: call {copy.get('memberships[].contact.telephone')}\n")


async def serve(stop: asyncio.Event) -> None:
    address, state = sys.argv[1], Path(sys.argv[2])
    async with (
        connect(address, "force-custody", AgencyKey.load(state / "key.pem")) as hub,
        Publisher(hub, state / "outbox.db") as publisher,
        Subscriber(hub, "force-custody-officer", state / "inbox.db", show) as subscriber,
    ):
        person = Person(identifiers=[Identifier(kind="pnc", value="81/34U")])
        arrest = Detained(subject=person, custody=Custody(in_custody=True, station="steelhouse-lane"))
        time = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
        event = envelope_of("custody.detained", arrest, event_id="arrest-4711", source="/force/custody", time=time)
        await publisher.publish(event)
        await subscriber.run(stop)


if __name__ == "__main__":
    run(serve)
