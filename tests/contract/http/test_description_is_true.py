"""The published description is true: whatever it allows is answered as it says, and never with a fault."""

import asyncio
import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.api.openapi import document
from hub.api.routes import ROUTES
from hub.api.shape import PUBLIC

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLERS = {
    "events:publish": "prison",
    "copies:receive": "prison",
    "people:look-up": "prison",
    "disclosures:read": "scheme",
    "held:settle": "operator",
    "hub:operate": "operator",
    "ledger:read": "operator",
    "ledger:audit": "operator",
    PUBLIC: None,
}
SMALL = settings(suppress_health_check=list(HealthCheck), deadline=None, derandomize=True, database=None)
WITHOUT_END = {"/mailboxes/{recipient}/stream"}
FEWER = {"/events": 8}
"""Examples for the address whose bodies take long to make up."""
OPERATIONS = {f"{r.method} {r.path}": r for r in ROUTES if r.path not in WITHOUT_END}


@pytest.fixture(scope="module")
def schema():
    return schemathesis.openapi.from_dict(json.loads(document()))


@pytest.mark.parametrize("route", OPERATIONS.values(), ids=OPERATIONS)
async def test_answers_as_described(door, schema, route):
    """Any request, fitting the description or not, has an answer that the description names, of the form it gives."""
    by = CALLERS[route.permission]
    headers = door.bearer(by) if by else {}
    operation = schema[route.path][route.method]
    cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    cases |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(SMALL, max_examples=FEWER.get(route.path, 15))
    @given(case=cases)
    def check(case):
        if case.query:
            case.query.pop("wait", None)
        case.call_and_validate(base_url=door.url, headers=headers, checks=CHECKS)

    await asyncio.to_thread(check)
