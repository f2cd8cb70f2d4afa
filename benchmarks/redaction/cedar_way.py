"""Cedar: asked for each role and each thing that could be given, in one call with parsed policies."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import cedarpy
import orjson

from benchmarks.redaction.event import FACTS, ROLES
from benchmarks.redaction.plans import Plan, pick, plan_of
from hub.policy.model import Agreement
from schemas.labels import Role


class Cedar:
    """The parsed policies and roles, and the questions that there are."""

    def __init__(self, agreement: Agreement, groups: dict[str, list[str]]) -> None:
        """Parse; the words come from the agreement, so that no question is forgotten."""
        source = resources.files("benchmarks.redaction").joinpath("rules.cedar").read_text()
        self._policies = cedarpy.PolicySet.from_str(source)
        self._entities = cedarpy.Entities.from_json_str(orjson.dumps(_entities(groups)).decode())
        offers = {(t.category, t.transform) for r in agreement.rules if r.effect == "give" for t in r.targets}
        self._words = sorted(f"{c} as {t}" if t else str(c) for c, t in offers)
        self._plans: dict[tuple[Role, tuple[str, ...]], Plan] = {}

    def decide(self, roles: tuple[Role, ...]) -> list[Plan]:
        """Ask for several roles at once; return what each may be given."""
        context = {"concerned": True, **{k: v for k, v in FACTS.items() if k != "relations"}}
        requests = [
            {
                "principal": f'Role::"{role}"',
                "action": f'Action::"{word}"',
                "resource": 'Event::"e"',
                "context": context,
            }
            for role in roles
            for word in self._words
        ]
        answers = cedarpy.is_authorized_batch(requests, self._policies, self._entities)
        step = len(self._words)
        allowed = [
            tuple(w for w, a in zip(self._words, answers[i : i + step], strict=True) if a.allowed)
            for i in range(0, len(answers), step)
        ]
        return [self._plan(role, words) for role, words in zip(roles, allowed, strict=True)]

    def _plan(self, role: Role, words: tuple[str, ...]) -> Plan:
        if (role, words) not in self._plans:
            self._plans[role, words] = plan_of(words, role)
        return self._plans[role, words]


def asked_each_time(body: bytes, agreement: Agreement, groups: dict[str, list[str]]) -> Callable[[], list[bytes]]:
    """Decode once; ask for all roles in one call, pick and encode."""
    cedar = Cedar(agreement, groups)

    def redact() -> list[bytes]:
        data = orjson.loads(body)["data"]
        return [orjson.dumps(pick(data, plan)) for plan in cedar.decide(ROLES)]

    return redact


def _entities(groups: dict[str, list[str]]) -> list[dict[str, object]]:
    """Return the groups and roles; a group may be in a group."""
    names = set(groups) | {str(r) for r in ROLES}
    return [
        {
            "uid": _uid(name, groups), "attrs": {},
            "parents": [_uid(group, groups) for group, members in groups.items() if name in members],
        }
        for name in sorted(names)
    ]  # fmt: skip


def _uid(name: str, groups: dict[str, list[str]]) -> dict[str, str]:
    return {"type": "Group" if name in groups else "Role", "id": name}
