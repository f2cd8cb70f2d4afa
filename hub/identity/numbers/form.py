"""The written form of each kind of number, forgiving of letter case and of blanks around it."""

from __future__ import annotations

import re

from hub.identity.numbers.errors import InvalidIdentifier

SEPARATOR = "[/.\\- ]"
"""One of the marks that the national systems put between the parts of a number."""


class Form:
    """The form of one kind of number: a pattern whose groups are the number's parts."""

    def __init__(self, kind: str, name: str, pattern: str) -> None:
        """Compile ``pattern``; ``kind`` and ``name`` ("a PNC ID") word the refusals."""
        self.kind = kind
        self.name = name
        # Without ASCII, \d takes the digits of every script, and [A-Z] in either case takes
        # the long s and the Kelvin sign: numbers that look right and match nobody.
        self._pattern = re.compile(pattern, re.ASCII | re.IGNORECASE)

    def parts(self, value: str) -> tuple[str, ...]:
        """Return the parts of ``value`` in upper case, an absent part as the empty string.

        Raises:
            InvalidIdentifier: the value, less the blanks around it, has another form.

        """
        found = self._pattern.fullmatch(value.strip(" "))
        if found is None:
            raise self.refusal()
        return tuple(part.upper() for part in found.groups(""))

    def refusal(self, rule: str | None = None) -> InvalidIdentifier:
        """Return the error for a value that broke ``rule``, by default the form itself."""
        return InvalidIdentifier(self.kind, rule or f"not the form of {self.name}")
