"""The alert: somebody on a scheme is, or will be, in the recipient's hands."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from hub.consequences.model import Consequence, Turn
from hub.register.enrich import memberships_of, named, subject_of
from schemas.events.ppo_adoption import Alert
from schemas.record.custody import Custody
from schemas.record.need import Health

HOLDS = frozenset({"custody.detained", "custody.received", "custody.transferred"})


def alert(turn: Turn) -> tuple[Consequence, ...]:
    """Alert when somebody on a scheme comes into hands, or somebody in hands comes onto a scheme."""
    if not turn.after.on_scheme or not _comes_together(turn):
        return ()
    return (Consequence(kind="ppo.alert", data=alert_of(turn)),)


def alert_of(turn: Turn) -> Alert:
    """Return what an alert says."""
    return Alert(
        subject=subject_of(turn.after, turn.event.data.subject),
        memberships=memberships_of(turn.after, turn.directory),
        custody=_custody(turn),
        health=_immediate_safety(turn),
    )


def _comes_together(turn: Turn) -> bool:
    """Tell whether person, place and scheme meet by this event; a late one changes nothing and alerts nobody."""
    if turn.kind in HOLDS:
        return turn.wrote("custody")
    if turn.kind == "custody.expected":
        return turn.wrote("expected")
    return bool(turn.after.alerted - turn.before.alerted)


def _custody(turn: Turn) -> Custody:
    state, said = turn.after.custody, turn.event.data.custody
    held = state.standing == "held" and turn.kind != "custody.expected"
    place = state.establishment if held else state.expected_at
    facts: dict[str, Any] = {"establishment": place, "station": state.station if held else None}
    block = Custody(in_custody=held, **{f: v for f, v in facts.items() if v is not None})
    if said is not UNSET and turn.kind.startswith("custody."):
        block = msgspec.structs.replace(block, reason=said.reason, movement_code=said.movement_code)
    return named(block, turn.directory)


def _immediate_safety(turn: Turn) -> Any:  # noqa: ANN401 - a block or UNSET
    """Return the marker for the next hours, as last told, and nothing clinical."""
    markers = turn.after.immediate_safety
    return Health(immediate_safety=list(markers)) if markers else UNSET
