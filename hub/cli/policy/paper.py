"""Lines that fit on a screen and on paper."""

from __future__ import annotations

import textwrap

WIDTH = 110


def wrapped(text: str, indent: str) -> list[str]:
    """Return a text in lines, all but the first indented; no word is broken."""
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
