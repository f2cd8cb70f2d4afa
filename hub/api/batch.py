"""One batch becomes the bytes of its events, whatever is wrong inside any of them.

The batch is cut at its own commas and nothing in it is decoded, so that an event with bad UTF-8,
doubled members or numbers that JSON does not have is refused by itself and harms no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hub.errors import Malformed, Problem, TooLarge

_MARK: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\],"]', re.DOTALL)
_BLANK: Final = b" \t\r\n"
MOST_MARKS: Final = 1_000_000
"""Brackets, commas and strings of one batch: 2,000 for each event of a full one."""


def split(body: bytes, most: int) -> list[bytes]:
    """Return the bytes of each event of a JSON array.

    Raises:
        Malformed: not an array, or its brackets or quotes do not match.
        TooLarge: more than ``most`` events.
    """
    whole = body.strip(_BLANK)
    if whole[:1] != b"[" or whole[-1:] != b"]":
        raise Malformed(Problem("body", "is not a JSON array of events"))
    events: list[bytes] = []
    start = 1
    for comma in _cuts(whole):
        if len(events) >= most:
            raise TooLarge(Problem("body", f"holds more than {most} events"))
        events.append(whole[start:comma].strip(_BLANK))
        start = comma + 1
    return events if events != [b""] else []


def _cuts(whole: bytes) -> Iterator[int]:
    """Yield where each event ends: every comma at the array's own depth, and its closing bracket."""
    depth = 0
    for count, mark in enumerate(_MARK.finditer(whole)):
        if count > MOST_MARKS:
            raise TooLarge(Problem("body", "has more parts than a batch may have"))
        char = mark.group()
        if char in (b"[", b"{"):
            depth += 1
        elif char in (b"]", b"}"):
            depth -= 1
        elif char == b'"':
            break
        if depth == 0 and mark.end() == len(whole):
            yield mark.start()
            return
        if depth == 0:
            break
        if depth == 1 and char == b",":
            yield mark.start()
    raise Malformed(Problem("body", "has brackets or quotes that do not match"))
