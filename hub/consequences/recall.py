"""A return on recall that no message says: it is known from what the register holds."""

from __future__ import annotations

from hub.consequences.model import Consequence, Turn
from hub.register.enrich import subject_of
from hub.routing.concern import ALIKE, concerned
from schemas.events.recall_and_breach import RecallReturned
from schemas.record.enforcement import Recall


def returned(turn: Turn) -> tuple[Consequence, ...]:
    """Say once that somebody on licence, or recalled and awaited, is back in custody.

    For those only who are concerned otherwise than by a declared relation: of somebody on no
    scheme the hub holds no licence, so to a partner this very message would tell the status.
    """
    if turn.kind != "custody.received" or not turn.after.on_scheme or not turn.wrote("recall"):
        return ()
    if turn.before.recall == "returned" or turn.after.recall != "returned":
        return ()
    addressed = frozenset(r for r, mask in concerned(turn.after, turn.directory).items() if mask & ~ALIKE)
    said = turn.event.data
    data = RecallReturned(
        subject=subject_of(turn.after, said.subject), recall=Recall(stage="returned"), custody=said.custody
    )
    return (Consequence(kind="recall.returned", data=data, addressed=addressed),) if addressed else ()
