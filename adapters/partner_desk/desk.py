"""The desk: shows each copy as it comes, and after a restart every card that still stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from adapters.partner_desk.card import card_of, json_of, text_of
from adapters.partner_desk.markers import REMOVES, Answer, Markers
from adapters.partner_desk.people import marks_of
from adapters.sdk.copies import Copy
from adapters.sdk.inbox import Inbox

ENDS = frozenset({"concern.ended"})


class DeskKind(msgspec.Struct, frozen=True, kw_only=True):
    """What sort of desk it is: its title, and the headings that it words in its own way."""

    title: str
    headings: Mapping[str, str] = {}


class Desk:
    """One recipient's screen. The inbox is its store: nothing else is kept."""

    def __init__(self, kind: DeskKind, write: Callable[[str], None], *, name: str = "", as_json: bool = False) -> None:
        """Take the sort of desk, where its lines go, and a label for them."""
        self._kind = kind
        self._write = write
        self._name = name
        self._json = as_json
        self.markers: Markers | None = None
        """Who answers for the marker, if anybody does."""

    async def handle(self, copy: Copy) -> None:
        """Show a copy and answer it where the desk answers for its marker."""
        self.show(copy)
        answer = await self.markers.answer(copy) if self.markers else None
        if answer is not None:
            self._say(copy, answer)

    def show(self, copy: Copy) -> None:
        """Write one card."""
        card = card_of(copy, self._kind.headings)
        self._write(json_of(card, copy) if self._json else text_of(card, self._name))

    def show_standing(self, inbox: Inbox, *, answered: bool) -> None:
        """Write every card that stands, after a restart; see ``standing``."""
        for copy in standing(inbox, answered=answered):
            self.show(copy)

    def _say(self, copy: Copy, answer: Answer) -> None:
        state = answer.outcome.state if answer.outcome else "not sent: too little was given to say who it is"
        if self._json:
            self._write(
                msgspec.json.encode({"delivery": copy.delivery, "marker": answer.state, "answer": state}).decode()
            )
        else:
            self._write(f"   The hub was told that the marker is {answer.state} ({state}).\n")


def standing(inbox: Inbox, *, answered: bool) -> Iterator[Copy]:
    """Give the cards that stand: not those of a person whose marker was removed, or who is no longer ours.

    The request to remove a marker stands until it is answered; ``answered`` says that this desk answers by itself.
    """
    over: dict[str, int] = {}
    for copy in inbox.history():
        if copy.type in ENDS or copy.type == REMOVES:
            over |= dict.fromkeys(marks_of(copy.given), copy.number)
    for copy in inbox.history():
        last = max((over.get(mark, 0) for mark in marks_of(copy.given)), default=0)
        if copy.number > last or (copy.number == last and not (copy.type == REMOVES and answered)):
            yield copy
