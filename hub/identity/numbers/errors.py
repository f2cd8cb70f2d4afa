"""The one refusal of a written number."""

from __future__ import annotations


class InvalidIdentifier(ValueError):
    """The identifier is not a valid one of its kind.

    The text is ``kind: rule``, such as ``pnc: check letter does not fit``. Neither holds any part
    of the value: a wrong number is still somebody's, and errors reach logs and other agencies.
    """

    def __init__(self, kind: str, rule: str) -> None:
        """Keep the kind and the rule broken; both are words of the hub, never of the sender."""
        super().__init__(kind, rule)
        self.kind = kind
        self.rule = rule

    def __str__(self) -> str:
        """Return the kind and the rule that the value broke."""
        return f"{self.kind}: {self.rule}"
