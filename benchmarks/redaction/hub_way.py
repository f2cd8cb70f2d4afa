"""The hub's own way: read and validate, find the facts, decide with reasons for each role, make each view."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from benchmarks.redaction.event import KIND, RELATION, ROLES, STATE, TODAY
from hub.intake.read import read_event
from hub.policy.apart import Apart
from hub.policy.decide import Decision, Policy
from hub.policy.model import Agreement
from hub.policy.project import Views
from hub.register.situation import ages, situation_of
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope
from schemas.events.occurrence import Occurrence

_DECODE = msgspec.json.Decoder(Envelope[CATALOGUE[KIND].data]).decode
Answers = list[tuple[Decision, bytes | None]]


def decoded(body: bytes) -> Envelope[Occurrence]:
    """Return the event as its strict type, validated; without the digest by which the intake knows repeats."""
    return _DECODE(body)


def taken_in(body: bytes) -> Envelope[Occurrence]:
    """Return the event as the intake takes it: looked at for its type, re-encoded and hashed besides."""
    return read_event(body).envelope


def hub_way(
    body: bytes, agreements: Sequence[Agreement], read: Callable[[bytes], Envelope[Occurrence]] = decoded
) -> Callable[[], Answers]:
    """Return what is measured: the path of ``hub.pipeline.judge`` with what the peers have no part in left out.

    Left out is what the register adds to an event. The facts are worked out for each event, as the judge does.
    """
    policy, views, kind = Policy(agreements), Views(), CATALOGUE[KIND]

    def redact() -> Answers:
        data = read(body).data
        person = situation_of(STATE, TODAY, data.subject)
        asked = policy.asked(kind, person, ages(STATE, TODAY, data.subject))
        apart = Apart(data)
        made: dict[tuple[object, ...], bytes] = {}
        answers: Answers = []
        for role in ROLES:
            decision = asked.decide(role, RELATION)
            if not decision.present:
                answers.append((decision, None))
                continue
            view, key = views.of(decision)
            given = made.get(key)
            if given is None:
                given = made[key] = view.written(apart)[0].copy(apart)
            answers.append((decision, given))
        return answers

    return redact
