"""An attacker's tools: tokens built piece by piece, and a search of every refusal for what it tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hub.access import base64url
from hub.access.errors import CredentialRefused, Rule

Part: TypeAlias = dict[str, object] | bytes
Forge: TypeAlias = Callable[[Part, Part, Callable[[bytes], bytes]], str]
Refused: TypeAlias = Callable[[Callable[[str], object], str], Rule]

WINDOW = 8


@pytest.fixture(scope="session")
def current_key() -> RSAPrivateKey:
    """The key that the hub signs with."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def older_key() -> RSAPrivateKey:
    """A key that the hub no longer signs with."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def forge() -> Forge:
    """Build a compact token from any header, payload and signer, however wrong."""

    def build(header: Part, payload: Part, sign: Callable[[bytes], bytes]) -> str:
        parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
        signed = ".".join(map(base64url.encode, parts))
        return f"{signed}.{base64url.encode(sign(signed.encode()))}"

    return build


@pytest.fixture(scope="session")
def refused() -> Refused:
    """Try a text that must be refused, and return the rule once the refusal is known to tell nothing."""

    def attempt(run: Callable[[str], object], text: str) -> Rule:
        with pytest.raises(CredentialRefused) as caught:
            run(text)
        refusal = caught.value
        told = f"{refusal} {refusal!r} {refusal.explain()} {refusal.args} {refusal.problems}"
        assert refusal.__cause__ is None
        assert refusal.__context__ is None
        assert not any(text[i : i + WINDOW] in told for i in range(len(text) - WINDOW + 1))
        return refusal.rule

    return attempt
