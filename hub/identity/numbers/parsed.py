"""What the reading of a written number gives."""

from __future__ import annotations

import msgspec


class Parsed(msgspec.Struct, frozen=True):
    """A number in its canonical form, and the other numbers that the same writing may mean.

    ``canonical`` is the form to store and compare. ``also`` holds canonical forms on which
    matching should be tried too; they are possibilities to look for, never a second identity.
    """

    canonical: str
    also: tuple[str, ...] = ()
