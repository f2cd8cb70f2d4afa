"""Regorus, a Rego engine in Rust, in its fastest mode: the rules are compiled, and one machine runs them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import orjson
import regorus  # type: ignore[import-untyped]  # ships no types

from benchmarks.redaction.event import FACTS, ROLES
from benchmarks.redaction.plans import Plan, pick, plan_of
from schemas.labels import Role

RULE = "data.redaction.given"


class Rego:
    """The compiled rules."""

    def __init__(self) -> None:
        """Compile them."""
        source = resources.files("benchmarks.redaction").joinpath("rules.rego").read_text()
        self._machine = regorus.Rvm()
        self._machine.load_program(regorus.Program.compile_from_modules("{}", [("rules.rego", source)], [RULE]))
        self._machine.set_data_json("{}")
        self._plans: dict[tuple[Role, str], Plan] = {}

    def decide(self, role: Role) -> str:
        """Ask the engine what a role may be given; its answer is a JSON list of words."""
        self._machine.set_input_json(orjson.dumps({"role": role, **FACTS}).decode())
        answer: str = self._machine.execute()
        return answer

    def plan(self, role: Role, answer: str) -> Plan:
        """Return the plan for an answer, made once for each."""
        plan = self._plans.get((role, answer))
        if plan is None:
            plan = self._plans[role, answer] = plan_of(orjson.loads(answer), role)
        return plan


def asked_each_time(body: bytes) -> Callable[[], list[bytes]]:
    """Decode once; for each role ask, pick and encode."""
    rego = Rego()

    def redact() -> list[bytes]:
        data = orjson.loads(body)["data"]
        return [orjson.dumps(pick(data, rego.plan(role, rego.decide(role)))) for role in ROLES]

    return redact


def memoised(body: bytes) -> Callable[[], list[bytes]]:
    """Decode once; ask only for a role and facts that were not asked for before; pick and encode for each role."""
    rego = Rego()
    known: dict[tuple[object, ...], Plan] = {}

    def plan(role: Role) -> Plan:
        key = (role, FACTS["risk"], FACTS["child"], FACTS["consent"], FACTS["restricted"], tuple(FACTS["relations"]))
        if key not in known:
            known[key] = rego.plan(role, rego.decide(role))
        return known[key]

    def redact() -> list[bytes]:
        data = orjson.loads(body)["data"]
        return [orjson.dumps(pick(data, plan(role))) for role in ROLES]

    return redact
