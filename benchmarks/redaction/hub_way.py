"""The hub's own way: read and validate, find the facts, decide with reasons for each role, make each view."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.redaction.event import RELATION, ROLES, STATE, TODAY
from hub.intake.read import read_event
from hub.policy.apart import Apart
from hub.policy.decide import Decision, Policy
from hub.policy.model import Agreement
from hub.policy.project import Views
from hub.register.situation import ages, situation_of
from schemas.labels import Role

Answers = list[tuple[Decision, bytes | None]]


def hub_way(body: bytes, agreements: Sequence[Agreement], roles: Sequence[Role] = ROLES) -> Callable[[], Answers]:
    """Return what is measured: the path of ``hub.pipeline.judge`` with what the peers have no part in left out.

    Left out is what the register adds to an event. The facts are worked out for each event, as the judge does.
    """
    policy, views = Policy(agreements), Views()

    def redact() -> Answers:
        event = read_event(body)
        data = event.envelope.data
        person = situation_of(STATE, TODAY, data.subject)
        asked = policy.asked(event.type, person, ages(STATE, TODAY, data.subject))
        apart = Apart(data)
        made: dict[tuple[object, ...], bytes] = {}
        answers: Answers = []
        for role in roles:
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
