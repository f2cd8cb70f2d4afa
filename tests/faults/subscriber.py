"""A subscriber's process: receives one recipient's copies, and writes down each one that it handles."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from adapters.sdk import AgencyKey, Copy, Subscriber, connect
from adapters.sdk.patience import Patience


async def main(folder: Path, address: str, agency: str, recipient: str) -> None:
    """Receive until told to end."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    handled = folder / f"{recipient}.handled"

    async def note(copy: Copy) -> None:
        with handled.open("a") as file:
            file.write(f"{copy.delivery} {copy.number}\n")

    async with connect(address, f"{agency}-system", AgencyKey.load(folder / f"{agency}.pem")) as client:
        patience = Patience(first=0.02, longest=0.1, jitter=0.02)
        async with Subscriber(
            client, recipient, folder / f"{recipient}.inbox", note, wait=2, patience=patience
        ) as subscriber:
            await subscriber.run(stop)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:5]))
