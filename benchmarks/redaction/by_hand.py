"""Without any engine: decode and encode alone, and pruners for decisions that somebody made beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from benchmarks.redaction.event import ROLES
from benchmarks.redaction.plans import Plan, pick, strike
from schemas.labels import Role


def parse_and_print(body: bytes) -> Callable[[], list[bytes]]:
    """Decode and encode once for each role, without any policy."""
    return lambda: [orjson.dumps(orjson.loads(body)) for _ in ROLES]


def picking(body: bytes, plans: Mapping[Role, Plan]) -> Callable[[], list[bytes]]:
    """Decode once; pick what each role may see, and encode it."""

    def redact() -> list[bytes]:
        data = orjson.loads(body)["data"]
        return [orjson.dumps(pick(data, plans[role])) for role in ROLES]

    return redact


def deleting(body: bytes, plans: Mapping[Role, Plan]) -> Callable[[], list[bytes]]:
    """Decode for each role, delete what it may not see, and encode the rest."""
    return lambda: [orjson.dumps(strike(orjson.loads(body)["data"], plans[role])) for role in ROLES]
