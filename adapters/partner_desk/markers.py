"""The desk's answer to the hub: that it set, kept or removed the marker on its own system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from adapters.partner_desk.people import marks_of, person_of
from adapters.sdk.copies import Copy
from adapters.sdk.publisher import Publisher
from schemas.envelope import envelope_of
from schemas.events.ppo_adoption import MarkerConfirmed
from schemas.exchange import Outcome
from schemas.record.scheme import MarkerConfirmation

SETS: Final = frozenset({"ppo.alert", "ppo.adopted"})
REMOVES: Final = "ppo.remove-marker"
State = Literal["set", "confirmed", "removed"]


class Answer(msgspec.Struct, frozen=True):
    """What was answered, and what the hub said; ``outcome`` is None where the copy names nobody that could be found."""

    state: State
    outcome: Outcome | None


class Markers:
    """Whom the desk holds a marker for, and its answers.

    An answer's id is made from the delivery's and its time is when the copy came: given again after
    a crash, the same copy makes the same answer.
    """

    def __init__(self, recipient: str, source: str, publisher: Publisher, history: Iterable[Copy]) -> None:
        """Take the holder, its source and publisher, and the copies handled before."""
        self._recipient = recipient
        self._source = source
        self._publisher = publisher
        self._held: set[str] = set()
        for copy in history:
            self._note(copy)

    async def answer(self, copy: Copy) -> Answer | None:
        """Answer a copy that sets or removes a marker; None for any other."""
        state = self._state(copy)
        if state is None:
            return None
        person = person_of(copy.given)
        if person is None:
            return Answer(state, None)
        said = MarkerConfirmation(holder=self._recipient, state=state, at=copy.kept_at, prompted=True)
        event = envelope_of(
            "ppo.marker-confirmed",
            MarkerConfirmed(subject=person, marker_confirmations=[said]),
            event_id=f"marker-{copy.delivery}",
            source=self._source,
            time=copy.kept_at,
        )
        (outcome,) = await self._publisher.publish(event)
        self._note(copy)
        return Answer(state, outcome)

    def _state(self, copy: Copy) -> State | None:
        if copy.type == REMOVES:
            return "removed"
        if copy.type not in SETS:
            return None
        return "confirmed" if marks_of(copy.given) & self._held else "set"

    def _note(self, copy: Copy) -> None:
        if copy.type in SETS:
            self._held |= marks_of(copy.given)
        elif copy.type == REMOVES:
            self._held -= marks_of(copy.given)
