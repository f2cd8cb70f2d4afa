"""The token endpoint: a signed assertion, once, for a token; to everybody else one and the same answer."""

import datetime as dt
import json

import jwt
import pytest

from adapters.sdk.credentials import AgencyKey

REFUSED = b'{"error":"invalid_client"}'
BAD_FORMS = {
    "no grant type": ({"grant_type": None}, 400, "invalid_request"),
    "another grant type": ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    "no assertion": ({"client_assertion": None}, 401, "invalid_client"),
    "another way to assert": ({"client_assertion_type": "saml"}, 401, "invalid_client"),
    "another client": ({"client_id": "police-system"}, 401, "invalid_client"),
    "a secret as well": ({"client_secret": "x"}, 400, "invalid_request"),
    "more than it may": ({"scope": "hub:operate"}, 400, "invalid_scope"),
}


def faulty(door):
    """Return assertions that prove nothing, by what is wrong with them."""
    now = door.hub.now()
    return {
        "expired": door.assertion("prison", now=now - dt.timedelta(minutes=10)),
        "for another audience": door.assertion("prison", "https://elsewhere.example/oauth/token"),
        "forged": AgencyKey.generate().client_assertion("prison-system", door.access.token_address, now),
        "of a stranger": AgencyKey.generate().client_assertion("no-system", door.access.token_address, now),
        "another's name": door.keys["charity"].client_assertion("prison-system", door.access.token_address, now),
        "no token at all": "x",
    }


async def test_token_for_an_assertion(door):
    """A good assertion gives a token with the system's permissions and recipients, which opens its mailbox."""
    status, headers, body = await door.ask_token(client_assertion=door.assertion("prison"))
    token = json.loads(body)
    claims = jwt.decode(token["access_token"], options={"verify_signature": False})
    mailbox, _, _ = await door.get(
        "/mailboxes/reception/copies", headers={"Authorization": f"Bearer {token['access_token']}"}
    )

    assert 200 == status
    assert "no-store" == headers["Cache-Control"]
    assert {"access_token", "token_type", "expires_in", "scope"} == set(token)
    assert ("Bearer", 900) == (token["token_type"], token["expires_in"])
    assert "copies:receive events:publish held:settle people:look-up" == token["scope"] == claims["scope"]
    assert ["reception"] == claims["recipients"]
    assert 200 == mailbox


async def test_narrower_scope(door):
    """A system may ask for a token with fewer permissions than it has."""
    _, _, body = await door.ask_token(client_assertion=door.assertion("prison"), scope="events:publish")
    token = json.loads(body)["access_token"]

    status, _, _ = await door.get("/mailboxes/reception/copies", headers={"Authorization": f"Bearer {token}"})

    assert "events:publish" == json.loads(body)["scope"]
    assert 403 == status


async def test_assertion_works_once(door):
    """An assertion used again is refused like any other bad one."""
    assertion = door.assertion("prison")

    first, _, _ = await door.ask_token(client_assertion=assertion)
    again, _, body = await door.ask_token(client_assertion=assertion)

    assert (200, 401) == (first, again)
    assert REFUSED == body


async def test_assertion_works_once_across_restarts(opened):
    """An assertion used before a restart is refused after it."""
    async with opened() as door:
        assertion = door.assertion("prison")
        first, _, _ = await door.ask_token(client_assertion=assertion)
    async with opened() as door:
        again, _, _ = await door.ask_token(client_assertion=assertion)

    assert (200, 401) == (first, again)


async def test_bad_assertions_are_answered_alike(door, logs):
    """Whatever is wrong with an assertion, the answer is the same to the byte, and no log holds the assertion."""
    for name, assertion in faulty(door).items():
        status, _, body = await door.ask_token(client_assertion=assertion)

        assert (401, REFUSED) == (status, body), name
        assert assertion[-30:] == "x" or assertion[-30:] not in logs(), name


@pytest.mark.parametrize(("form", "expected", "error"), BAD_FORMS.values(), ids=BAD_FORMS)
async def test_bad_form(door, form, expected, error):
    """A form that is not as RFC 6749 has it is answered with the error of its section 5.2."""
    status, _, body = await door.ask_token(**{"client_assertion": door.assertion("prison")} | form)

    assert expected == status
    assert {"error": error} == json.loads(body)


BAD_BODIES = {
    "JSON": ("application/json", b"{}"),
    "a field twice": ("application/x-www-form-urlencoded", b"grant_type=client_credentials&grant_type=x"),
    "not ASCII": ("application/x-www-form-urlencoded", b"grant_type=\xff"),
    "bad UTF-8 in an escape": ("application/x-www-form-urlencoded", b"grant_type=%FF"),
    "many fields": ("application/x-www-form-urlencoded", b"a=&" * 20),
    "too large": ("application/x-www-form-urlencoded", b"a=" + b"x" * 20_000),
}


@pytest.mark.parametrize(("media", "body"), BAD_BODIES.values(), ids=BAD_BODIES)
async def test_no_form(door, media, body):
    """A body that is no small form with each field once is an invalid request."""
    status, _, answer = await door.ask("POST", "/oauth/token", data=body, headers={"Content-Type": media})

    assert 400 == status
    assert {"error": "invalid_request"} == json.loads(answer)


async def test_published_keys(door):
    """The published keys verify a token, and hold no private member."""
    _, _, body = await door.get("/.well-known/jwks.json")
    (key,) = json.loads(body)["keys"]

    claims = jwt.decode(door.token("prison"), jwt.PyJWK(key), algorithms=["RS256"], audience="hub")

    assert "prison-system" == claims["sub"]
    assert {"kty", "n", "e", "use", "alg", "kid"} == set(key)
