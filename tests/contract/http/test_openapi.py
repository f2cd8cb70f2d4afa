"""The published description is valid, fresh, and true."""

import json
import re

import pytest
from openapi_spec_validator import validate

from hub.api.openapi import FILE, document
from hub.api.routes import ROUTES
from hub.api.shape import PUBLIC


@pytest.fixture(scope="module")
def described():
    return json.loads(document())


def test_valid(described):
    """The description is valid OpenAPI 3.1."""
    validate(described)


def test_fresh():
    """The published file is what the code describes; ``python -m hub.api.openapi`` writes it."""
    assert FILE.read_bytes() == document()


def test_every_route(described):
    """Every route is described, with its permission, and nothing else is."""
    found = {
        (method.upper(), path): operation["security"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }

    needed = {
        (r.method, r.path): [] if r.permission == PUBLIC else [{"token": [each]} for each in sorted(r.permissions)]
        for r in ROUTES
    }
    assert needed == found


async def test_served(door):
    """The hub serves the description."""
    status, _, body = await door.get("/openapi.json")

    assert (200, document()) == (status, body)


def test_every_refusal_is_explained():
    """Every refusal that the HTTP door knows stands in docs/http.md."""
    pages = (FILE.parents[2] / "docs" / "http.md").read_text()
    known = set(re.findall(r"^\| `([a-z-]+)` \|", pages, re.MULTILINE))

    assert {"malformed", "invalid", "bad-query", "bad-body", "too-busy"} <= known
    assert {kind.code() for kind in every_refusal()} <= known


def every_refusal():
    from hub import errors as hub  # noqa: PLC0415 - the same
    from hub.api import errors as door  # noqa: PLC0415 - here they are enumerated, not used

    kinds = {v for module in (door, hub) for v in vars(module).values() if isinstance(v, type)}
    return {k for k in kinds if issubclass(k, hub.Refused | hub.Fault) and k not in {hub.Refused, hub.Fault}}
