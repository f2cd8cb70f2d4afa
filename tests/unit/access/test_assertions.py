"""Client assertions as an attacker sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.sdk.credentials import AgencyKey, Algorithm
from hub.access import jws
from hub.access.assertions import Assertion, verify_assertion
from hub.access.errors import AssertionRefused, Rule
from hub.access.jwk import PublicJwk, RsaJwk, parse_jwk

Forge: TypeAlias = Callable[..., str]
Refused: TypeAlias = Callable[[Callable[[str], object], str], Rule]

ENDPOINT = "https://hub.example/token"
CLIENT = "police-custody-system"
OTHER = "prison-reception-system"
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
T = int(NOW.timestamp())
LONGEST_JTI = "j" * 128

PRIVATE = Ed25519PrivateKey.generate()
KEY = AgencyKey(PRIVATE)
OTHER_KEY = AgencyKey.generate()
HEADER = {"alg": "EdDSA", "kid": KEY.kid, "typ": "JWT"}
CLAIMS = {"iss": CLIENT, "sub": CLIENT, "aud": ENDPOINT, "iat": T, "exp": T + 60, "jti": "a-jti-of-some-length"}


def registered(key: AgencyKey) -> PublicJwk:
    """A key as the hub's directory holds it."""
    return parse_jwk(key.public_jwk())


DIRECTORY: dict[str, Sequence[PublicJwk]] = {CLIENT: [registered(KEY)], OTHER: [registered(OTHER_KEY)]}


def verify(assertion: str, directory: Mapping[str, Sequence[PublicJwk]] = DIRECTORY) -> Assertion:
    """The hub's check at noon."""
    return verify_assertion(
        assertion, keys_of=lambda client_id: directory.get(client_id, ()), audience=ENDPOINT, now=NOW
    )


def changed(*absent: str, **claims: object) -> dict[str, object]:
    """Good claims, but for these."""
    return {name: value for name, value in {**CLAIMS, **claims}.items() if name not in absent}


def always(signature: bytes) -> Callable[[bytes], bytes]:
    """A signer that gives the same signature for everything."""
    return lambda _: signature


GOOD: dict[str, dict[str, object]] = {
    "no iat": changed("iat"),
    "whole life is five minutes": changed(exp=T + 300),
    "issued when the limit of its life allows": changed(iat=T - 240),
    "iat ahead by the leeway": changed(iat=T + 30),
    "nbf ahead by the leeway": changed(nbf=T + 30),
    "a second left": changed(exp=T + 1),
    "a fraction of a second left": changed(exp=T + 0.25),
    "endpoint among others": changed(aud=["https://elsewhere.example", ENDPOINT]),
    "longest jti": changed(jti=LONGEST_JTI),
    "claims that the hub does not know": changed(role="administrator"),
}

BAD: dict[str, tuple[Rule, dict[str, object]]] = {
    "expired": (Rule.EXPIRED, changed(exp=T - 1)),
    "expires this second": (Rule.EXPIRED, changed(exp=T)),
    "expired before 1970": (Rule.EXPIRED, changed(exp=-1)),
    "no exp": (Rule.EXPIRY, changed("exp")),
    "exp too far ahead": (Rule.TOO_LONG, changed("iat", exp=T + 301)),
    "exp absurdly far ahead": (Rule.TOO_LONG, changed(exp=1e300)),
    "signed long ago for now": (Rule.TOO_LONG, changed(iat=T - 250)),
    "iat ahead and exp past five minutes": (Rule.TOO_LONG, changed(iat=T + 30, exp=T + 320)),
    "not yet valid": (Rule.NOT_YET, changed(nbf=T + 31)),
    "issued in the future": (Rule.FUTURE, changed(iat=T + 31)),
    "issued absurdly far in the future": (Rule.FUTURE, changed(iat=1e300)),
    "audience elsewhere": (Rule.AUDIENCE, changed(aud="https://elsewhere.example/token")),
    "audience a prefix of the endpoint": (Rule.AUDIENCE, changed(aud="https://hub.example")),
    "audience begins with the endpoint": (Rule.AUDIENCE, changed(aud=ENDPOINT + "/x")),
    "audience contains the endpoint": (Rule.AUDIENCE, changed(aud=f"x {ENDPOINT} x")),
    "audience in capitals": (Rule.AUDIENCE, changed(aud=ENDPOINT.upper())),
    "audiences with a prefix and more": (Rule.AUDIENCE, changed(aud=["https://hub.example", ENDPOINT + "/"])),
    "no audiences": (Rule.AUDIENCE, changed(aud=[])),
    "no aud": (Rule.CLAIMS, changed("aud")),
    "no iss": (Rule.CLAIMS, changed("iss")),
    "no sub": (Rule.CLAIMS, changed("sub")),
    "speaks for another": (Rule.SUBJECT, changed(sub=OTHER)),
    "sub in capitals": (Rule.SUBJECT, changed(sub=CLIENT.upper())),
    "no jti": (Rule.IDENTIFIER, changed("jti")),
    "empty jti": (Rule.IDENTIFIER, changed(jti="")),
    "jti too long": (Rule.IDENTIFIER, changed(jti=LONGEST_JTI + "j")),
    "jti with a null character": (Rule.IDENTIFIER, changed(jti="a\0b")),
    "jti with a line end": (Rule.IDENTIFIER, changed(jti="a\n")),
    "jti outside ASCII": (Rule.IDENTIFIER, changed(jti="\u00e9")),
    "jti null": (Rule.CLAIMS, changed(jti=None)),
    "jti a number": (Rule.CLAIMS, changed(jti=7)),
    "exp a text": (Rule.CLAIMS, changed(exp=str(T + 60))),
    "exp true": (Rule.CLAIMS, changed(exp=True)),
    "exp null": (Rule.CLAIMS, changed(exp=None)),
    "iss a list": (Rule.CLAIMS, changed(iss=[CLIENT])),
    "aud a number": (Rule.CLAIMS, changed(aud=1)),
    "aud a mixed list": (Rule.CLAIMS, changed(aud=[ENDPOINT, 1])),
    "aud an object": (Rule.CLAIMS, changed(aud={ENDPOINT: 1})),
}


class TestAccepted:
    @pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
    def test_every_kind_of_key(self, algorithm: Algorithm) -> None:
        """An assertion made by the agency's side is accepted, and says what the caller must remember."""
        key = AgencyKey.generate(algorithm)

        assertion = verify(key.client_assertion(CLIENT, ENDPOINT, NOW), {CLIENT: [registered(key)]})

        assert (CLIENT, NOW + timedelta(seconds=60)) == (assertion.client_id, assertion.expires)
        assert len(assertion.jti) >= 22

    @pytest.mark.parametrize("claims", GOOD.values(), ids=GOOD.keys())
    def test_at_the_edge_of_a_rule(self, forge: Forge, claims: dict[str, object]) -> None:
        """What keeps every rule is accepted, however narrowly."""
        assertion = verify(forge(HEADER, claims, PRIVATE.sign))

        assert Assertion(CLIENT, str(claims["jti"]), assertion.expires) == assertion
        assert claims["exp"] == assertion.expires.timestamp()

    def test_any_time_zone(self) -> None:
        """The caller's clock may run in any zone, since instants are compared."""
        now = NOW.astimezone(timezone(timedelta(hours=-8)))
        assertion = KEY.client_assertion(CLIENT, ENDPOINT, now)

        assert NOW + timedelta(seconds=60) == verify(assertion).expires

    @pytest.mark.parametrize("typ", ["jwt", "application/client-authentication+jwt", None])
    def test_types(self, forge: Forge, typ: str | None) -> None:
        """The type may be left out, or name a plain or a client authentication token in any case."""
        header = {name: value for name, value in {**HEADER, "typ": typ}.items() if value}

        assert CLIENT == verify(forge(header, CLAIMS, PRIVATE.sign)).client_id

    def test_one_of_several_keys(self) -> None:
        """While an agency rotates, either of its keys is good."""
        directory = {CLIENT: [registered(OTHER_KEY), registered(KEY)]}

        assert CLIENT == verify(OTHER_KEY.client_assertion(CLIENT, ENDPOINT, NOW), directory).client_id
        assert CLIENT == verify(KEY.client_assertion(CLIENT, ENDPOINT, NOW), directory).client_id


class TestClaims:
    @pytest.mark.parametrize(("rule", "claims"), BAD.values(), ids=BAD.keys())
    def test_broken_rule(self, forge: Forge, refused: Refused, rule: Rule, claims: dict[str, object]) -> None:
        """Properly signed claims that break one rule are refused under it, and nothing of them is told."""
        assertion = forge(HEADER, claims, PRIVATE.sign)

        assert rule == refused(verify, assertion)

    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"[]",
            b"null",
            b"{",
            b'{"x":' * 1000,
            b"\xff\xfe{}",
            json.dumps(CLAIMS).encode("utf-16"),
            json.dumps(CLAIMS).encode().replace(b"police", b"\xff\xff"),
            json.dumps(CLAIMS).encode().replace(b'"exp": ', b'"exp": 1e999, "x": '),
            json.dumps(CLAIMS).encode().replace(b'"exp": ', b'"exp": NaN, "x": '),
        ],
    )
    def test_not_claims(self, forge: Forge, refused: Refused, payload: bytes) -> None:
        """A signed payload that is no object of claims in UTF-8 is refused, without the decoder's error."""
        assertion = forge(HEADER, payload, PRIVATE.sign)

        assert Rule.CLAIMS == refused(verify, assertion)

    def test_time_without_zone(self) -> None:
        """A clock without a zone is the programmer's mistake, not the agency's."""
        with pytest.raises(RuntimeError):
            verify_assertion(
                KEY.client_assertion(CLIENT, ENDPOINT, NOW),
                keys_of=DIRECTORY.__getitem__,
                audience=ENDPOINT,
                now=NOW.replace(tzinfo=None),
            )


class TestKey:
    def test_key_of_another_client(self, refused: Refused) -> None:
        """A client that signs as another, with its own key under its own identifier, is refused."""
        assertion = OTHER_KEY.client_assertion(CLIENT, ENDPOINT, NOW)

        assert Rule.KEY == refused(verify, assertion)

    def test_kid_of_the_victim(self, forge: Forge, refused: Refused) -> None:
        """A client that signs as another, under the other's key identifier, is refused."""
        assertion = forge(HEADER, CLAIMS, Ed25519PrivateKey.generate().sign)

        assert Rule.SIGNATURE == refused(verify, assertion)

    def test_stranger_and_strange_key_look_alike(self, refused: Refused) -> None:
        """An unknown client and an unknown key are refused alike, so that clients cannot be guessed."""
        stranger = KEY.client_assertion("nobody-at-all", ENDPOINT, NOW)
        strange = AgencyKey.generate().client_assertion(CLIENT, ENDPOINT, NOW)

        assert Rule.KEY == refused(verify, stranger)
        assert Rule.KEY == refused(verify, strange)

    @pytest.mark.parametrize("kid", [None, "", "0", 7, ["x"], "../../etc/passwd"])
    def test_no_such_kid(self, forge: Forge, refused: Refused, kid: object) -> None:
        """A header whose key identifier is missing, foreign or no text is refused."""
        assertion = forge({**HEADER, "kid": kid}, CLAIMS, PRIVATE.sign)

        assert refused(verify, assertion) in {Rule.KEY, Rule.MALFORMED}

    def test_ambiguous_kid(self, refused: Refused) -> None:
        """Where two keys of a client have the same identifier, neither is chosen."""
        assertion = KEY.client_assertion(CLIENT, ENDPOINT, NOW)
        directory = {CLIENT: [registered(KEY), registered(KEY)]}

        assert Rule.KEY == refused(lambda text: verify(text, directory), assertion)

    @pytest.mark.parametrize("client_id", ["", "a\0b", "a b", "a\n", "\u00e9", "x" * 129])
    def test_directory_is_not_asked_for_nonsense(self, forge: Forge, refused: Refused, client_id: str) -> None:
        """The directory is never asked for a client identifier that no client can have."""
        assertion = forge(HEADER, changed(iss=client_id, sub=client_id), PRIVATE.sign)
        asked: list[str] = []

        def keys_of(client_id: str) -> Sequence[PublicJwk]:
            asked.append(client_id)
            return DIRECTORY[CLIENT]

        assert Rule.KEY == refused(
            lambda text: verify_assertion(text, keys_of=keys_of, audience=ENDPOINT, now=NOW), assertion
        )
        assert [] == asked

    @pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
    def test_key_in_the_header(self, forge: Forge, refused: Refused, member: str) -> None:
        """A key that the assertion brings along is never looked at."""
        mine = Ed25519PrivateKey.generate()
        header = {**HEADER, member: AgencyKey(mine).public_jwk()}
        assertion = forge(header, CLAIMS, mine.sign)

        assert Rule.SIGNATURE == refused(verify, assertion)


class TestAlgorithm:
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
    def test_none(self, forge: Forge, refused: Refused, algorithm: str) -> None:
        """An unsigned assertion is refused, however the word is written."""
        assertion = forge({**HEADER, "alg": algorithm}, CLAIMS, lambda _: b"")

        assert Rule.ALGORITHM == refused(verify, assertion)

    @pytest.mark.parametrize(
        "secret",
        [
            PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
            PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(KEY.public_jwk()).encode(),
        ],
        ids=["raw", "pem", "der", "jwk"],
    )
    def test_public_key_as_shared_secret(self, forge: Forge, refused: Refused, secret: bytes) -> None:
        """The public key's bytes are no HMAC secret, in whatever form."""
        header = {**HEADER, "alg": "HS256"}
        assertion = forge(header, CLAIMS, lambda signed: hmac.digest(secret, signed, hashlib.sha256))

        assert Rule.ALGORITHM == refused(verify, assertion)

    def test_another_algorithm_of_the_same_key(
        self, forge: Forge, refused: Refused, current_key: RSAPrivateKey
    ) -> None:
        """An RSA key is good for RS256 only, though the signature of another scheme would verify."""
        jwk = RsaJwk.of(current_key.public_key())
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        header = {"alg": "PS256", "kid": jwk.kid}
        assertion = forge(header, CLAIMS, lambda signed: current_key.sign(signed, pss, hashes.SHA256()))

        assert Rule.ALGORITHM == refused(lambda text: verify(text, {CLIENT: [jwk]}), assertion)

    @pytest.mark.parametrize("algorithm", ["RS256", "ES256", "HS512", "eddsa", "EdDSA ", "x" * 100])
    def test_algorithm_of_another_key(self, forge: Forge, refused: Refused, algorithm: str) -> None:
        """The header cannot choose an algorithm: the key's type has."""
        assertion = forge({**HEADER, "alg": algorithm}, CLAIMS, PRIVATE.sign)

        assert Rule.ALGORITHM == refused(verify, assertion)


class TestForm:
    @pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "dpop+jwt", "logout+jwt", ""])
    def test_other_type(self, forge: Forge, refused: Refused, typ: str) -> None:
        """A token of another type is no assertion, though the same key signed it."""
        assertion = forge({**HEADER, "typ": typ}, CLAIMS, PRIVATE.sign)

        assert Rule.TYPE == refused(verify, assertion)

    @pytest.mark.parametrize("crit", [["b64"], ["exp"], [], "b64", None, [1]])
    def test_critical_header(self, forge: Forge, refused: Refused, crit: object) -> None:
        """A header that must be understood is refused, since the hub understands none."""
        assertion = forge({**HEADER, "crit": crit, "b64": False}, CLAIMS, PRIVATE.sign)

        assert refused(verify, assertion) in {Rule.CRITICAL, Rule.MALFORMED}

    @pytest.mark.parametrize(
        "header",
        [b"", b"[]", b"{", b"\xff", b"[" * 5000, b'{"alg":1}', json.dumps(HEADER).encode("utf-16"), b'{"kid":"x"}'],
    )
    def test_bad_header(self, forge: Forge, refused: Refused, header: bytes) -> None:
        """A header that is no JSON object in UTF-8 with an algorithm is refused."""
        assertion = forge(header, CLAIMS, PRIVATE.sign)

        assert Rule.MALFORMED == refused(verify, assertion)

    @pytest.mark.parametrize(
        "text",
        [
            *("", ".", "..", "...", "a.b", "a.b.c.d", "=.=.=", "." * 8192),
            *("\0", "\ud800", "\ud800.\ud800.\ud800", "\U0001f512.a.b", "\r\n", " ", "%00", "null", "{}"),
        ],
    )
    def test_garbage(self, refused: Refused, text: str) -> None:
        """What is no token at all is refused like any other bad token."""
        assert refused(verify, text) in {Rule.MALFORMED, Rule.CLAIMS}

    def test_size(self, forge: Forge, refused: Refused) -> None:
        """An assertion of 8 KiB is read, and a longer one is refused unread."""
        padding_of = 8192 - len(forge(HEADER, changed(pad=""), PRIVATE.sign))
        longest = forge(HEADER, changed(pad="x" * (padding_of * 3 // 4)), PRIVATE.sign)
        longer = forge(HEADER, changed(pad="x" * (padding_of * 3 // 4 + 2)), PRIVATE.sign)

        assert 8192 - 3 <= len(longest) <= 8192 < len(longer)
        assert CLIENT == verify(longest).client_id
        assert Rule.TOO_LARGE == refused(verify, longer)
        assert Rule.TOO_LARGE == refused(lambda pad: verify(pad * 50_000_000), "x")

    def test_same_token_in_another_spelling(self, refused: Refused) -> None:
        """Padding, line ends and spaces make another text of the same token, and are refused."""
        assertion = KEY.client_assertion(CLIENT, ENDPOINT, NOW)
        for text in (assertion + "=", assertion + "\n", " " + assertion, assertion.replace(".", "=.", 1)):
            assert Rule.MALFORMED == refused(verify, text)

    def test_no_repr_of_parts(self, forge: Forge) -> None:
        """Nothing of an assertion stands in the representation of its parts."""
        read = jws.read(forge(HEADER, CLAIMS, PRIVATE.sign), AssertionRefused)

        assert "Jws(...)" == repr(read)


class TestTampering:
    ASSERTION = KEY.client_assertion(CLIENT, ENDPOINT, NOW)

    def test_payload(self, forge: Forge, refused: Refused) -> None:
        """Claims exchanged under a good signature are refused."""
        head, _, tail = self.ASSERTION.split(".")
        forged = forge(HEADER, changed(exp=T + 200), PRIVATE.sign).split(".")[1]
        assertion = f"{head}.{forged}.{tail}"

        assert Rule.SIGNATURE == refused(verify, assertion)

    def test_signature(self, forge: Forge, refused: Refused) -> None:
        """A signature of nulls, of the wrong length, or none at all is refused."""
        for signature in (bytes(64), bytes(63), b""):
            assertion = forge(HEADER, CLAIMS, always(signature))
            assert Rule.SIGNATURE == refused(verify, assertion)

    @pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
    def test_signature_of_other_kinds(self, forge: Forge, refused: Refused, algorithm: Algorithm) -> None:
        """A forged signature is refused whatever the key's type and the signature's length."""
        key = AgencyKey.generate(algorithm)
        directory = {CLIENT: [registered(key)]}
        for signature in (b"", bytes(64), bytes(384), b"\xff" * 64, b"\xff" * 384):
            header = {"alg": algorithm, "kid": key.kid}
            assertion = forge(header, CLAIMS, always(signature))
            assert Rule.SIGNATURE == refused(lambda text: verify(text, directory), assertion)

    def test_truncated(self) -> None:
        """An assertion cut off anywhere is refused."""
        for length in range(len(self.ASSERTION)):
            with pytest.raises(AssertionRefused):
                verify(self.ASSERTION[:length])

    @given(st.integers(0, len(ASSERTION) - 1), st.characters())
    def test_any_one_character(self, place: int, character: str) -> None:
        """Any one character exchanged makes an assertion that is refused."""
        assertion = self.ASSERTION[:place] + character + self.ASSERTION[place + 1 :]

        if assertion != self.ASSERTION:
            with pytest.raises(AssertionRefused):
                verify(assertion)

    @given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
    @example("eyJ9.e30.AA")
    def test_any_text(self, text: str) -> None:
        """Whatever text arrives, the only error is a refusal."""
        with pytest.raises(AssertionRefused):
            verify(text)
