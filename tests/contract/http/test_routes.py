"""Every address asks for a permission or is public by name, and the table is the whole of the router."""

import datetime as dt
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from hub.access.keys import SigningKeys
from hub.api.routes import ROUTES
from hub.api.shape import PUBLIC
from schemas.scopes import Permission

STRANGER = generate_private_key(65537, 2048)
OPEN = {
    "/.well-known/jwks.json",
    "/.well-known/offender-hub-ledger-keys",
    "/health",
    "/health/liveness",
    "/health/ping",
    "/health/readiness",
    "/info",
    "/metrics",
    "/oauth/token",
    "/openapi.json",
}
PROTECTED = {f"{route.method} {route.path}": route for route in ROUTES if route.permission != PUBLIC}
LOOKUP = {"reason": "a reason", "person": {"surname": "Example", "date_of_birth": "1981-04-05"}}
ABOUT_A_RECIPIENT = {
    "copies": ("GET", "/mailboxes/{}/copies", None),
    "stream": ("GET", "/mailboxes/{}/stream", None),
    "deliveries": ("GET", "/deliveries?recipient={}", None),
    "receipts": ("POST", "/receipts", lambda name: {"recipient": name, "deliveries": ["one"]}),
    "lookups": ("POST", "/lookups", lambda name: LOOKUP | {"recipient": name}),
}


def at(route):
    return route.path.format(
        recipient="reception", agency="prison", id="some", level="0", tile="000", bundle="000", shard="2026-11"
    )


def test_public_addresses_are_named_here():
    """An address that asks for no permission is one of those that this test names."""
    assert OPEN == {route.path for route in ROUTES if route.permission == PUBLIC}


def test_permissions_are_known():
    """An address that is not public asks for a permission that the directory can give."""
    asked = frozenset().union(*(route.permissions for route in PROTECTED.values()))

    assert asked <= {str(permission) for permission in Permission}


async def test_router_has_the_table_and_nothing_else(door):
    """The router knows every row of the table and no other address."""
    app = door.runner.app
    found = {(route.method, route.resource.canonical) for route in app.router.routes()}

    assert {(route.method, route.path) for route in ROUTES} == found


@pytest.mark.parametrize("route", PROTECTED.values(), ids=PROTECTED)
async def test_without_a_token(door, route):
    """Without a token a protected address answers 401 and says how to authenticate."""
    status, headers, body = await door.ask(route.method, at(route))

    assert 401 == status
    assert headers["WWW-Authenticate"].startswith("Bearer")
    assert "/problems/unauthenticated" == json.loads(body)["type"]


@pytest.mark.parametrize("route", PROTECTED.values(), ids=PROTECTED)
async def test_with_another_permission(door, route):
    """A token without the address's permission is answered 403."""
    status, _, body = await door.ask(route.method, at(route), by="idle")

    assert 403 == status
    assert "/problems/not-permitted" == json.loads(body)["type"]


@pytest.mark.parametrize("route", PROTECTED.values(), ids=PROTECTED)
async def test_with_more_than_the_directory_gives(door, route):
    """A permission that the token has and the directory does not give any more is worth nothing."""
    token = door.token("idle", permissions=tuple(route.permissions))

    status, _, _ = await door.ask(route.method, at(route), headers={"Authorization": f"Bearer {token}"})

    assert 403 == status


async def test_struck_off(door):
    """A token of a system that the directory has no more is answered 401."""
    token = door.token("prison", client_id="gone-system")

    status, _, _ = await door.get("/held", headers={"Authorization": f"Bearer {token}"})

    assert 401 == status


@pytest.mark.parametrize(("method", "path", "body"), ABOUT_A_RECIPIENT.values(), ids=ABOUT_A_RECIPIENT)
async def test_another_recipient(door, method, path, body):
    """A recipient of somebody else and one that does not exist are answered alike: 404."""
    answers = []
    for name in ("coordinator", "no-such-recipient"):
        sent = {"json": body(name)} if body else {}
        status, headers, told = await door.ask(method, path.format(name), by="prison", **sent)
        headers = {k: v for k, v in headers.items() if k not in {"X-Request-Id", "X-Request-ID", "Date"}}
        answers.append((status, headers, told))

    assert 404 == answers[0][0]
    assert answers[0] == answers[1]


async def tokens(door):
    """Return bad tokens by what is wrong with them."""
    good = door.token("operator")
    return {
        "expired": door.token("operator", ago=dt.timedelta(minutes=16)),
        "forged": door.token("operator", keys=SigningKeys(STRANGER)),
        "mis-addressed": door.token("operator", audience="elsewhere"),
        "of another issuer": door.token("operator", issuer="https://elsewhere.example"),
        "cut off": good[:-9],
        "tampered": good[:40] + ("A" if good[40] != "A" else "B") + good[41:],
        "an assertion": door.assertion("operator"),
    }


@pytest.mark.parametrize(
    "fault", ["expired", "forged", "mis-addressed", "of another issuer", "cut off", "tampered", "an assertion"]
)
async def test_bad_token(door, logs, fault):
    """A bad token is answered 401 with the rule that it broke, and stands in no answer and no log."""
    token = (await tokens(door))[fault]

    status, _, body = await door.get("/held", headers={"Authorization": f"Bearer {token}"})

    assert 401 == status
    assert "access_token" == json.loads(body)["errors"][0]["field"]
    assert token[-30:] not in body.decode() + logs()


@pytest.mark.parametrize("value", ["", "Bearer", "Basic b3BlcmF0b3I6", "Bearer a b", "Bearer ä", "Bearer a,Bearer b"])
async def test_bad_authorization_header(door, value):
    """A header that holds no single bearer token is answered 401."""
    status, _, _ = await door.get("/held", headers={"Authorization": value})

    assert 401 == status
