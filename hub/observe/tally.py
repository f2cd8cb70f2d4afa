"""What the hub counts as it works. Nothing here tells one person, copy or recipient from another."""

from __future__ import annotations


class Tally:
    """Counts nothing: what a hub has whose metrics nobody reads."""

    def event(self, state: str) -> None:
        """Count an event by what became of it: accepted, repeated or refused."""

    def committed(self, seconds: float, operations: int) -> None:
        """Count a transaction: how long it took, and how many operations were in it."""

    def resent(self, copies: int) -> None:
        """Count copies that are sent again since they have no receipt."""

    def erased(self, kind: str, count: int) -> None:
        """Count what was erased since its time was over: ``people``, ``sightings``, ``copies`` or ``held``."""

    def dead_letter(self, where: str) -> None:
        """Count a message that the broker gave up: at the ``intake``, or at a recipient's ``delivery``."""
