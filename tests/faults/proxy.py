"""A way to a server: ``python -m tests.faults.proxy PORT SERVER``. While it is stopped by SIGSTOP, whoever goes through
it is cut off, and neither refused nor told so.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys


async def main(port: int, server: int) -> None:
    """Pass on what comes to one port of this machine to another, and what comes back."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            answers, asks = await asyncio.open_connection("127.0.0.1", server)
            await asyncio.gather(pass_on(reader, asks), pass_on(answers, writer))

    async with await asyncio.start_server(join, "127.0.0.1", port) as listening:
        await listening.serve_forever()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on until one of the two ends it."""
    with contextlib.suppress(OSError):
        while passed := await reader.read(65536):
            writer.write(passed)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
