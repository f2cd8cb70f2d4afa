"""Access tokens as an attacker shows them, and the memory of good ones."""

from __future__ import annotations

import hashlib
import hmac
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from adapters.sdk.credentials import AgencyKey
from hub.access.errors import Rule, TokenRefused
from hub.access.keys import SigningKeys
from hub.access.tokens import Principal, TokenVerifier, issue_token, verify_token

Forge: TypeAlias = Callable[..., str]
Ours: TypeAlias = Callable[..., str]
Refused: TypeAlias = Callable[[Callable[[str], object], str], Rule]
Verify: TypeAlias = Callable[[str], Principal]

ISSUER = "https://hub.example"
AUDIENCE = "hub-of-the-area"
NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
T = int(NOW.timestamp())
QUARTER = timedelta(minutes=15)
PRINCIPAL = Principal(
    client_id="prison-reception-system",
    agency="a-prison",
    recipients=("prison-reception:a-prison", "prison-healthcare:a-prison"),
    permissions=("events:publish", "deliveries:receive"),
    expires=NOW + timedelta(days=365),
)
CLAIMS: dict[str, object] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "prison-reception-system",
    "client_id": "prison-reception-system",
    "iat": T,
    "exp": T + 900,
    "jti": "a-jti-of-some-length",
    "scope": "events:publish deliveries:receive",
    "agency": "a-prison",
    "recipients": ["prison-reception:a-prison"],
}


@pytest.fixture(scope="session")
def keys(current_key: RSAPrivateKey, older_key: RSAPrivateKey) -> SigningKeys:
    """The hub's keys: one that signs and an older one."""
    return SigningKeys(current_key, [older_key.public_key()])


@pytest.fixture(scope="session")
def token(keys: SigningKeys) -> str:
    """A good token."""
    return issue_token(PRINCIPAL, keys, ISSUER, AUDIENCE, NOW)


@pytest.fixture(scope="session")
def verify(keys: SigningKeys) -> Verify:
    """The check at the door, at noon."""
    return lambda token: verify_token(token, keys, ISSUER, AUDIENCE, NOW)


@pytest.fixture(scope="session")
def header(keys: SigningKeys) -> dict[str, object]:
    """The header of a good token."""
    return {"alg": "RS256", "kid": keys.kid, "typ": "at+jwt"}


@pytest.fixture(scope="session")
def ours(forge: Forge, header: dict[str, object], current_key: RSAPrivateKey) -> Ours:
    """Make a token with the hub's own signature, from any claims and with any change to its header."""
    return lambda claims, **other: forge(
        {**header, **other}, claims, lambda signed: current_key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    )


def changed(*absent: str, **claims: object) -> dict[str, object]:
    """Good claims, but for these."""
    return {name: value for name, value in {**CLAIMS, **claims}.items() if name not in absent}


class TestIssued:
    def test_round_trip(self, token: str, verify: Verify) -> None:
        """What a token says of its principal is what was written into it, for a quarter of an hour."""
        principal = verify(token)

        assert datetime.fromtimestamp(T + 900, UTC) == principal.expires
        assert PRINCIPAL == Principal(
            principal.client_id, principal.agency, principal.recipients, principal.permissions, PRINCIPAL.expires
        )

    def test_form(self, token: str, keys: SigningKeys, current_key: RSAPrivateKey) -> None:
        """Any other verifier reads it as an RFC 9068 token that names its key."""
        read = jwt.decode_complete(
            token,
            current_key.public_key(),
            algorithms=["RS256"],
            audience=AUDIENCE,
            options={"verify_exp": False, "verify_iat": False},
        )

        assert {"alg": "RS256", "typ": "at+jwt", "kid": keys.kid} == read["header"]
        assert set(CLAIMS) == set(read["payload"])
        assert "events:publish deliveries:receive" == read["payload"]["scope"]
        assert (T, T + 900) == (read["payload"]["iat"], read["payload"]["exp"])

    def test_named_user(self, keys: SigningKeys, verify: Verify) -> None:
        """The person who acts through the client is carried along."""
        principal = Principal("c", "a", (), (), NOW + QUARTER, user="user-7")

        assert "user-7" == verify(issue_token(principal, keys, ISSUER, AUDIENCE, NOW)).user

    def test_nothing_permitted(self, keys: SigningKeys, verify: Verify) -> None:
        """A principal without permissions stays without any."""
        principal = verify(issue_token(Principal("c", "a", (), (), NOW + QUARTER), keys, ISSUER, AUDIENCE, NOW))

        assert ((), ()) == (principal.recipients, principal.permissions)

    def test_what_the_broker_reads(self, keys: SigningKeys, verify: Verify, current_key: RSAPrivateKey) -> None:
        """Scopes for the broker make it an audience, and are no permission at the hub's own doors."""
        scope = "rabbitmq.read:area/f00d.*"
        principal = Principal("c", "a", (), ("copies:receive",), NOW + QUARTER, at_broker=(scope,))
        token = issue_token(principal, keys, ISSUER, AUDIENCE, NOW)
        read = jwt.decode(token, current_key.public_key(), ["RS256"], {"verify_exp": False}, audience="rabbitmq")

        assert [AUDIENCE, "rabbitmq"] == read["aud"]
        assert f"copies:receive {scope}" == read["scope"]
        assert (("copies:receive",), (scope,)) == (verify(token).permissions, verify(token).at_broker)

    def test_never_beyond_the_principal(self, keys: SigningKeys, verify: Verify) -> None:
        """A token ends when its principal does, though its own lifetime is longer."""
        principal = Principal("c", "a", (), (), NOW + timedelta(seconds=10, milliseconds=500))

        assert T + 10 == verify(issue_token(principal, keys, ISSUER, AUDIENCE, NOW)).expires.timestamp()

    def test_not_for_the_expired(self, keys: SigningKeys) -> None:
        """No token is issued to a principal whose time is over, or for no time."""
        gone = Principal("c", "a", (), (), NOW)

        with pytest.raises(TokenRefused, match=Rule.EXPIRED):
            issue_token(gone, keys, ISSUER, AUDIENCE, NOW)
        with pytest.raises(TokenRefused, match=Rule.EXPIRED):
            issue_token(PRINCIPAL, keys, ISSUER, AUDIENCE, NOW, timedelta(0))

    def test_not_longer_than_a_door_accepts(self, keys: SigningKeys) -> None:
        """A token that its reader would refuse for its length is not issued."""
        crowd = tuple(f"prison-reception:prison-number-{n:04}" for n in range(300))

        with pytest.raises(TokenRefused, match=Rule.TOO_LARGE):
            issue_token(Principal("c", "a", crowd, (), NOW + QUARTER), keys, ISSUER, AUDIENCE, NOW)

    def test_one_after_another_differ(self, keys: SigningKeys, token: str) -> None:
        """Two tokens for one principal at one time have identifiers of their own."""
        assert token != issue_token(PRINCIPAL, keys, ISSUER, AUDIENCE, NOW)

    @pytest.mark.parametrize("permission", ["", "a b", "a\tb", "a\n", 'a"b', "a\\b", "\u00e9"])
    def test_permission_that_smuggles_another(self, permission: str) -> None:
        """A permission that could be read as two, or not at all, cannot be granted."""
        with pytest.raises(ValueError, match="scope token"):
            Principal("c", "a", (), (permission,), NOW)

    def test_expiry_without_zone(self) -> None:
        """A principal's expiry needs a time zone."""
        with pytest.raises(ValueError, match="time zone"):
            Principal("c", "a", (), (), NOW.replace(tzinfo=None))


class TestKeys:
    def test_older_key_still_listed(self, older_key: RSAPrivateKey, verify: Verify) -> None:
        """A token signed before the keys were rotated is good while its key is listed."""
        token = issue_token(PRINCIPAL, SigningKeys(older_key), ISSUER, AUDIENCE, NOW)

        assert PRINCIPAL.client_id == verify(token).client_id

    def test_rotated_out(self, older_key: RSAPrivateKey, current_key: RSAPrivateKey, refused: Refused) -> None:
        """A token whose key is listed no more is refused, though it has not expired."""
        token = issue_token(PRINCIPAL, SigningKeys(older_key), ISSUER, AUDIENCE, NOW)

        rule = refused(lambda text: verify_token(text, SigningKeys(current_key), ISSUER, AUDIENCE, NOW), token)

        assert Rule.KEY == rule

    def test_stranger_with_our_kid(
        self, forge: Forge, header: dict[str, object], verify: Verify, refused: Refused
    ) -> None:
        """A token signed by a key of the attacker's, under the hub's key identifier, is refused."""
        mine = rsa.generate_private_key(65537, 2048)
        token = forge(header, CLAIMS, lambda signed: mine.sign(signed, padding.PKCS1v15(), hashes.SHA256()))

        assert Rule.SIGNATURE == refused(verify, token)

    @pytest.mark.parametrize("kid", [None, "", "unknown", 1])
    def test_unknown_kid(
        self,
        ours: Ours,
        verify: Verify,
        refused: Refused,
        kid: object,
    ) -> None:
        """A token that names no key of the hub is refused."""
        assert refused(verify, ours(CLAIMS, kid=kid)) in {Rule.KEY, Rule.MALFORMED}

    def test_signed_with_the_older_under_the_newer(
        self, forge: Forge, header: dict[str, object], older_key: RSAPrivateKey, verify: Verify, refused: Refused
    ) -> None:
        """Each key vouches only for tokens that name it."""
        token = forge(header, CLAIMS, lambda signed: older_key.sign(signed, padding.PKCS1v15(), hashes.SHA256()))

        assert Rule.SIGNATURE == refused(verify, token)


class TestAlgorithm:
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256", "PS256", "RS512", "rs256"])
    def test_another(
        self, forge: Forge, header: dict[str, object], verify: Verify, refused: Refused, algorithm: str
    ) -> None:
        """No algorithm but RS256 is accepted, and no unsigned token."""
        token = forge({**header, "alg": algorithm}, CLAIMS, lambda _: b"")

        assert Rule.ALGORITHM == refused(verify, token)

    @pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
    def test_public_key_as_shared_secret(
        self,
        forge: Forge,
        header: dict[str, object],
        current_key: RSAPrivateKey,
        verify: Verify,
        refused: Refused,
        encoding: Encoding,
    ) -> None:
        """The hub's published key is no HMAC secret."""
        secret = current_key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        token = forge({**header, "alg": "HS256"}, CLAIMS, lambda signed: hmac.digest(secret, signed, hashlib.sha256))

        assert Rule.ALGORITHM == refused(verify, token)


BAD: dict[str, tuple[Rule, dict[str, object]]] = {
    "expired": (Rule.EXPIRED, changed(exp=T - 1)),
    "expires this second": (Rule.EXPIRED, changed(exp=T)),
    "from the future": (Rule.FUTURE, changed(iat=T + 31)),
    "another issuer": (Rule.ISSUER, changed(iss="https://other.example")),
    "issuer with more": (Rule.ISSUER, changed(iss=ISSUER + "/")),
    "another audience": (Rule.AUDIENCE, changed(aud="hub-of-another-area")),
    "audience a prefix": (Rule.AUDIENCE, changed(aud="hub")),
    "audience with more": (Rule.AUDIENCE, changed(aud=AUDIENCE + "-x")),
    "other audiences": (Rule.AUDIENCE, changed(aud=["rabbitmq", AUDIENCE + "-x"])),
    "no audiences": (Rule.AUDIENCE, changed(aud=[])),
    "audience a number": (Rule.CLAIMS, changed(aud=1)),
    "expiry beyond the calendar": (Rule.CLAIMS, changed(exp=10**15)),
    "expiry with a fraction": (Rule.CLAIMS, changed(exp=T + 60.5)),
    "expiry a text": (Rule.CLAIMS, changed(exp=str(T + 60))),
    "scope a list": (Rule.CLAIMS, changed(scope=["events:publish"])),
    "scope with a quotation mark": (Rule.CLAIMS, changed(scope='events:"publish"')),
    "recipients a text": (Rule.CLAIMS, changed(recipients="prison-reception:a-prison")),
    **{f"no {claim}": (Rule.CLAIMS, changed(claim)) for claim in CLAIMS},
}


class TestClaims:
    @pytest.mark.parametrize(("rule", "claims"), BAD.values(), ids=BAD.keys())
    def test_broken_rule(
        self,
        ours: Ours,
        verify: Verify,
        refused: Refused,
        rule: Rule,
        claims: dict[str, object],
    ) -> None:
        """A token that the hub signed is still refused where its claims break a rule of this door."""
        assert rule == refused(verify, ours(claims))

    @pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt", "", None])
    def test_another_type(
        self,
        ours: Ours,
        verify: Verify,
        refused: Refused,
        typ: str | None,
    ) -> None:
        """Something else that the hub's key signed is no access token."""
        assert Rule.TYPE == refused(verify, ours(CLAIMS, typ=typ))

    def test_long_form_of_the_type(self, ours: Ours, verify: Verify) -> None:
        """The type may be written with ``application/``, as RFC 9068 allows."""
        assert "a-prison" == verify(ours(CLAIMS, typ="application/at+jwt")).agency

    def test_critical_header(
        self,
        ours: Ours,
        verify: Verify,
        refused: Refused,
    ) -> None:
        """A header that must be understood is refused, since the hub understands none."""
        token = ours(CLAIMS, crit=["b64"], b64=False)

        assert Rule.CRITICAL == refused(verify, token)

    def test_client_assertion(self, verify: Verify, refused: Refused) -> None:
        """A client assertion is no access token."""
        assertion = AgencyKey.generate().client_assertion("prison-reception-system", AUDIENCE, NOW)

        assert Rule.TYPE == refused(verify, assertion)


class TestTampering:
    def test_more_permissions(self, forge: Forge, token: str, verify: Verify, refused: Refused) -> None:
        """A token into which a permission was written later is refused."""
        head, _, tail = token.split(".")
        more = forge({}, changed(scope="hub:administer"), lambda _: b"").split(".")[1]

        assert Rule.SIGNATURE == refused(verify, f"{head}.{more}.{tail}")

    def test_truncated(self, token: str, verify: Verify) -> None:
        """A token cut off anywhere is refused."""
        for length in range(len(token)):
            with pytest.raises(TokenRefused):
                verify(token[:length])

    @pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "\0", "\ud800", "\U0001f512", "Bearer x", "=.=.="])
    def test_garbage(self, verify: Verify, refused: Refused, keys: SigningKeys, text: str) -> None:
        """What is no token at all is refused like any other bad token, remembered or not."""
        verifier = TokenVerifier(keys, ISSUER, AUDIENCE)

        assert Rule.MALFORMED == refused(verify, text)
        assert Rule.MALFORMED == refused(lambda text: verifier.verify(text, NOW), text)

    def test_huge(self, verify: Verify, refused: Refused, keys: SigningKeys) -> None:
        """Fifty megabytes are refused for their length."""
        verifier = TokenVerifier(keys, ISSUER, AUDIENCE)

        assert Rule.TOO_LARGE == refused(lambda pad: verify(pad * 50_000_000), "x")
        assert Rule.TOO_LARGE == refused(lambda pad: verifier.verify(pad * 50_000_000, NOW), "x")

    @given(data=st.data())
    def test_any_one_character(self, data: st.DataObject, token: str, verify: Verify) -> None:
        """Any one character exchanged makes a token that is refused."""
        place = data.draw(st.integers(0, len(token) - 1))
        text = token[:place] + data.draw(st.characters()) + token[place + 1 :]

        if text != token:
            with pytest.raises(TokenRefused):
                verify(text)


class CountedKeys(SigningKeys):
    """Keys that count how often a token's key is looked up."""

    looked_up = 0

    def public_key(self, kid: str | None) -> RSAPublicKey | None:
        """Count and answer."""
        self.looked_up += 1
        return super().public_key(kid)


class TestVerifier:
    @pytest.fixture
    def counted(self, current_key: RSAPrivateKey) -> CountedKeys:
        """The hub's keys, with a count."""
        return CountedKeys(current_key)

    def test_repeated(self, counted: CountedKeys, token: str) -> None:
        """A repeated token is answered alike, and checked only once."""
        verifier = TokenVerifier(counted, ISSUER, AUDIENCE)

        assert verifier.verify(token, NOW) == verifier.verify(token, NOW + timedelta(seconds=899))
        assert 1 == counted.looked_up

    def test_refused_when_expired(self, keys: SigningKeys, token: str, refused: Refused) -> None:
        """A remembered token is refused from the second it expires, and ever after."""
        verifier = TokenVerifier(keys, ISSUER, AUDIENCE)
        expires = verifier.verify(token, NOW).expires

        assert expires == verifier.verify(token, expires - timedelta(microseconds=1)).expires
        assert Rule.EXPIRED == refused(lambda text: verifier.verify(text, expires), token)
        assert Rule.EXPIRED == refused(lambda text: verifier.verify(text, expires), token)
        assert Rule.EXPIRED == refused(lambda text: verifier.verify(text, expires + QUARTER), token)

    def test_bad_tokens_are_not_remembered(self, counted: CountedKeys, token: str, refused: Refused) -> None:
        """A bad token is checked each time and takes no room from a good one."""
        verifier = TokenVerifier(counted, ISSUER, AUDIENCE, capacity=1)
        verifier.verify(token, NOW)
        bad = token[:-20] + "A" * 20
        for _ in range(3):
            assert Rule.SIGNATURE == refused(lambda text: verifier.verify(text, NOW), bad)

        verifier.verify(token, NOW)

        assert 4 == counted.looked_up

    def test_bounded(self, counted: CountedKeys) -> None:
        """Beyond its capacity the verifier forgets the oldest token, which is checked again."""
        verifier = TokenVerifier(counted, ISSUER, AUDIENCE, capacity=2)
        first, second, third = (issue_token(PRINCIPAL, counted, ISSUER, AUDIENCE, NOW) for _ in range(3))
        for token in (first, second, third, third, second):
            verifier.verify(token, NOW)
        assert 3 == counted.looked_up

        verifier.verify(first, NOW)

        assert 4 == counted.looked_up

    def test_for_one_door(self, keys: SigningKeys, token: str, refused: Refused) -> None:
        """A verifier accepts tokens of its own issuer and audience only."""
        assert Rule.AUDIENCE == refused(lambda text: TokenVerifier(keys, ISSUER, "x").verify(text, NOW), token)
        assert Rule.ISSUER == refused(lambda text: TokenVerifier(keys, "x", AUDIENCE).verify(text, NOW), token)

    def test_holds_no_token(self, keys: SigningKeys, token: str) -> None:
        """A verifier's memory holds no token's text."""
        verifier = TokenVerifier(keys, ISSUER, AUDIENCE)
        verifier.verify(token, NOW)

        assert token[-40:] not in repr(vars(verifier))

    def test_cost(self, keys: SigningKeys, token: str, verify: Verify) -> None:
        """A repeated token costs at most a fifth of a checked one."""
        verifier = TokenVerifier(keys, ISSUER, AUDIENCE)
        verifier.verify(token, NOW)

        repeated = min(timeit.repeat(lambda: verifier.verify(token, NOW), number=200, repeat=10))
        checked = min(timeit.repeat(lambda: verify(token), number=200, repeat=10))

        assert repeated < checked / 5
