"""A publisher's process: sends its events until a file says stop, and writes down each one that the hub has
answered.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path

from adapters.sdk import AgencyKey, Publisher, connect
from adapters.sdk.patience import Patience
from tests.faults.load import event_of

TOGETHER = 8


async def main(folder: Path, address: str, agency: str, start: dt.datetime) -> None:
    """Go on after the last event that is written down as answered."""
    key, answered = AgencyKey.load(folder / f"{agency}.pem"), folder / f"{agency}.answered"
    done = answered.read_bytes().count(b"\n") if answered.exists() else 0
    async with (
        connect(address, f"{agency}-system", key) as client,
        Publisher(client, folder / f"{agency}.outbox", Patience(first=0.02, longest=0.1, jitter=0.02)) as publisher,
    ):
        ended = False
        while not ended:
            # Asked before, so that the batch that a killed process left unanswered is always sent and written down.
            ended = (folder / "stop").exists()
            events = [event_of(agency, i, start) for i in range(done, done + 1 + done % TOGETHER)]
            outcomes = await publisher.publish(*events)
            with answered.open("a") as file:
                file.writelines(f"{outcome.id} {outcome.state}\n" for outcome in outcomes)
            done += len(events)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], dt.datetime.fromisoformat(sys.argv[4])))
