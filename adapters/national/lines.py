"""Messages by standard input: one on each line; those kept aside go into the folder."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from adapters.national.folder import Folder
from adapters.national.message import LARGEST
from adapters.national.telling import Telling
from adapters.national.verdict import Aside

_log = structlog.get_logger()
ReadLine = Callable[[], Coroutine[Any, Any, bytes]]
LONGEST_LINE: Final = 2 * LARGEST


async def read_lines(folder: Folder, telling: Telling, stop: asyncio.Event) -> None:
    """Bring every line to its end before the next is read, until the input ends or we are told to stop."""
    number = 0
    read = await _standard_input()
    while not stop.is_set():
        line = await _line(read, stop)
        if not line:
            return
        number += 1
        message = line.strip()
        if message:
            (end,) = await telling.ends([message])
            if isinstance(end, Aside):
                folder.put_aside(message, end, f"line-{number:08}.json")
                _log.warning("message-aside", line=number, field=end.field, rule=end.rule)


async def _line(read: ReadLine, stop: asyncio.Event) -> bytes:
    """Return the next line, whole however long, or nothing at the end and when told to stop."""
    reading = asyncio.ensure_future(read())
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait((reading, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not reading.done():
        reading.cancel()
        return b""
    return reading.result()


async def _whole_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as long:
        # Longer than any message: taken in pieces so that it can be kept aside, and too large to be read.
        return await reader.readexactly(long.consumed) + await _whole_line(reader)


async def _standard_input() -> ReadLine:
    """Return what reads the next line: of a file in a thread, since the loop cannot wait for files."""
    if stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):
        return lambda: asyncio.to_thread(sys.stdin.buffer.readline)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return lambda: _whole_line(reader)
