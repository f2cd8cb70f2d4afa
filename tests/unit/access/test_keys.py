"""Keys: the hub's own on disc, their public listing, and the agencies' public ones."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.algorithms import RSAAlgorithm

from adapters.sdk.credentials import AgencyKey, Algorithm, UnusableKey
from hub.access import base64url
from hub.access.errors import KeyRefused, KeyRule
from hub.access.jwk import OkpJwk, PublicJwk, RsaJwk, parse_jwk
from hub.access.key_files import add_private
from hub.access.keys import SigningKeys

PrivateKey: TypeAlias = RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey

RFC7638_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
    "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn"
    "1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


def pem(key: PrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    """A private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """A file with this mode, whatever the process's mask."""
    path.write_bytes(content)
    path.chmod(mode)


class TestDirectory:
    def test_generate(self, tmp_path: Path) -> None:
        """A generated key is private, signs at once, and is found again; the former one stays listed."""
        directory = tmp_path / "new" / "keys"
        first = SigningKeys.generate(directory)
        second = SigningKeys.generate(directory)

        assert first.kid != second.kid
        assert [second.kid, first.kid] == [jwk.key_id() for jwk in second.jwks().keys]
        assert second.jwks() == SigningKeys.load(directory).jwks()
        assert ["000001.pem", "000002.pem"] == sorted(path.name for path in directory.iterdir())
        assert {0o600} == {path.stat().st_mode & 0o777 for path in directory.iterdir()}
        assert 0o700 == directory.stat().st_mode & 0o777

    def test_writers_at_once(self, tmp_path: Path) -> None:
        """Two who add a key at the same time get a file each, and nothing else is left."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: add_private(tmp_path, b"%d" % n), range(40)))

        assert [f"{n:06}.pem" for n in range(1, 41)] == sorted(path.name for path in tmp_path.iterdir())
        assert set(range(40)) == {int(path.read_bytes()) for path in tmp_path.iterdir()}

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777])
    def test_open_to_others(self, tmp_path: Path, current_key: RSAPrivateKey, mode: int) -> None:
        """A key that anybody else can read, write or run is refused."""
        put(tmp_path / "000001.pem", pem(current_key), mode)

        with pytest.raises(KeyRefused, match=KeyRule.READABLE):
            SigningKeys.load(tmp_path)

    def test_one_open_key_among_private_ones(
        self, tmp_path: Path, current_key: RSAPrivateKey, older_key: RSAPrivateKey
    ) -> None:
        """One open key refuses the directory, even if it does not sign."""
        put(tmp_path / "000001.pem", pem(older_key), 0o644)
        put(tmp_path / "000002.pem", pem(current_key))

        with pytest.raises(KeyRefused, match=KeyRule.READABLE):
            SigningKeys.load(tmp_path)

    def test_link_to_an_open_file(self, tmp_path: Path, current_key: RSAPrivateKey) -> None:
        """A link is followed, and the file behind it judged."""
        put(tmp_path / "mounted", pem(current_key))
        (tmp_path / "000001.pem").symlink_to("mounted")

        assert 1 == len(SigningKeys.load(tmp_path).jwks().keys)

        (tmp_path / "mounted").chmod(0o644)
        with pytest.raises(KeyRefused, match=KeyRule.READABLE):
            SigningKeys.load(tmp_path)

    def test_of_another_user(self, tmp_path: Path, current_key: RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key that another user put there is refused."""
        put(tmp_path / "000001.pem", pem(current_key))
        if os.geteuid() == 0:
            os.chown(tmp_path / "000001.pem", 12345, 12345)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: 12345)

        with pytest.raises(KeyRefused, match=KeyRule.OWNER):
            SigningKeys.load(tmp_path)

    def test_empty(self, tmp_path: Path) -> None:
        """A directory without a key is refused; other files are not keys."""
        put(tmp_path / "README", b"")

        with pytest.raises(KeyRefused, match=KeyRule.NONE):
            SigningKeys.load(tmp_path)

    @pytest.mark.parametrize("name", ["backup.pem", "1.pem", "0000001.pem", "000001 (copy).pem", "\u0660" * 6 + ".pem"])
    def test_forgotten_copy(self, tmp_path: Path, current_key: RSAPrivateKey, name: str) -> None:
        """A key under any other name is refused, lest a forgotten copy stay trusted."""
        put(tmp_path / "000001.pem", pem(current_key))
        put(tmp_path / name, pem(current_key))

        with pytest.raises(KeyRefused, match=KeyRule.NAME):
            SigningKeys.load(tmp_path)

    def test_not_a_key(self, tmp_path: Path, current_key: RSAPrivateKey) -> None:
        """What is no unencrypted private RSA key of a good size is refused, and nothing of it is told."""
        whole = pem(current_key)
        public = current_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        contents = [
            (KeyRule.FORMAT, b""),
            (KeyRule.FORMAT, b"\xff" * 100),
            (KeyRule.FORMAT, whole[: len(whole) // 2]),
            (KeyRule.FORMAT, public),
            (KeyRule.FORMAT, pem(current_key, BestAvailableEncryption(b"secret"))),
            (KeyRule.KIND, pem(Ed25519PrivateKey.generate())),
            (KeyRule.KIND, pem(ec.generate_private_key(ec.SECP256R1()))),
            (KeyRule.SIZE, pem(rsa.generate_private_key(65537, 1024))),  # noqa: S505 - the weakness refused
            (KeyRule.SIZE, pem(rsa.generate_private_key(3, 2048))),
        ]
        for rule, content in contents:
            put(tmp_path / "000001.pem", content)
            with pytest.raises(KeyRefused) as caught:
                SigningKeys.load(tmp_path)
            assert rule == caught.value.rule
            assert caught.value.__context__ is None
            assert "PRIVATE" not in f"{caught.value!r} {caught.value.explain()}"


class TestListing:
    def test_only_public(self, current_key: RSAPrivateKey, older_key: RSAPrivateKey) -> None:
        """The published set holds public members only, the signing key first, and each kid is a thumbprint."""
        keys = SigningKeys(current_key, [older_key.public_key(), current_key.public_key()])
        published = json.loads(msgspec.json.encode(keys.jwks()))

        assert {"keys"} == set(published)
        assert [{"kty", "n", "e", "kid", "use", "alg"}] * 2 == [set(jwk) for jwk in published["keys"]]
        assert [("RSA", "sig", "RS256")] * 2 == [(jwk["kty"], jwk["use"], jwk["alg"]) for jwk in published["keys"]]
        assert keys.kid == published["keys"][0]["kid"]
        assert [jwk.thumbprint() for jwk in keys.jwks().keys] == [jwk["kid"] for jwk in published["keys"]]

    def test_lookup(self, current_key: RSAPrivateKey, older_key: RSAPrivateKey) -> None:
        """A key is found by its identifier, and nothing by none."""
        keys = SigningKeys(current_key, [older_key.public_key()])
        older = RsaJwk.of(older_key.public_key()).key_id()

        found = keys.public_key(older)

        assert found is not None
        assert older_key.public_key().public_numbers() == found.public_numbers()
        assert [None, None, None] == [keys.public_key(kid) for kid in (None, "", "x")]

    def test_repr(self, current_key: RSAPrivateKey) -> None:
        """What is shown of the keys is their public identifiers."""
        keys = SigningKeys(current_key)

        assert f"SigningKeys({keys.kid})" == repr(keys)


class TestThumbprint:
    def test_rfc_7638(self) -> None:
        """The thumbprint of the example of RFC 7638 section 3.1 is the one given there."""
        jwk = parse_jwk({"kty": "RSA", "n": RFC7638_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})

        assert "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" == jwk.thumbprint()
        assert "2011-04-29" == jwk.key_id()

    def test_rfc_8037(self) -> None:
        """The thumbprint of the example of RFC 8037 appendix A.3 is the one given there."""
        jwk = parse_jwk({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})

        assert "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" == jwk.thumbprint() == jwk.key_id()

    @pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
    def test_agency_and_hub_agree(self, algorithm: Algorithm) -> None:
        """The agency's side names its key as the hub does."""
        key = AgencyKey.generate(algorithm)
        jwk = parse_jwk(key.public_jwk())

        assert (key.kid, algorithm) == (jwk.thumbprint(), jwk.algorithm)


ED = AgencyKey.generate().public_jwk()
EC = AgencyKey.generate("ES256").public_jwk()


def rsa_jwk(bits: int, exponent: int = 65537, **members: object) -> dict[str, object]:
    """An RSA public key of any size, with these members changed."""
    jwk = RSAAlgorithm.to_jwk(rsa.generate_private_key(exponent, bits).public_key(), as_dict=True)
    return {**jwk, **members}


def shifted(jwk: dict[str, str]) -> dict[str, object]:
    """The same P-256 point with a byte of ``x`` in ``y``, which would give one key two thumbprints."""
    point = b"".join(base64url.decode(jwk[name]) or b"" for name in ("x", "y"))
    return {**jwk, "x": base64url.encode(point[:31]), "y": base64url.encode(point[31:])}


REFUSED: dict[str, tuple[KeyRule, dict[str, object]]] = {
    "private member": (KeyRule.PUBLIC, {**ED, "d": "AA"}),
    "unknown member": (KeyRule.PUBLIC, {**ED, "x5c": []}),
    "shared secret": (KeyRule.PUBLIC, {"kty": "oct", "k": "AAAA"}),
    "no type": (KeyRule.PUBLIC, {"crv": "Ed25519", "x": ED["x"]}),
    "for encryption": (KeyRule.PUBLIC, {**ED, "use": "enc"}),
    "to sign with": (KeyRule.PUBLIC, {**ED, "key_ops": ["sign"]}),
    "shared secret's algorithm": (KeyRule.PUBLIC, {**ED, "alg": "HS256"}),
    "another key's algorithm": (KeyRule.PUBLIC, {**EC, "alg": "RS256"}),
    "no algorithm": (KeyRule.PUBLIC, {**ED, "alg": "none"}),
    "curve for agreement": (KeyRule.PUBLIC, {**ED, "crv": "X25519"}),
    "another curve": (KeyRule.PUBLIC, {**EC, "crv": "P-384"}),
    "empty kid": (KeyRule.PUBLIC, {**ED, "kid": ""}),
    "long kid": (KeyRule.PUBLIC, {**ED, "kid": "k" * 129}),
    "point off the curve": (KeyRule.MATERIAL, {**EC, "y": EC["x"]}),
    "point divided elsewhere": (KeyRule.MATERIAL, shifted(EC)),
    "short point": (KeyRule.MATERIAL, {**EC, "x": "AAAA"}),
    "short Ed25519 key": (KeyRule.MATERIAL, {**ED, "x": "AAAA"}),
    "padded": (KeyRule.MATERIAL, {**ED, "x": ED["x"] + "="}),
    "empty": (KeyRule.MATERIAL, {**ED, "x": ""}),
    "leading zeros": (KeyRule.MATERIAL, {"kty": "RSA", "n": RFC7638_N, "e": "AAEAAQ"}),
    "short RSA key": (KeyRule.SIZE, rsa_jwk(1024)),
    "small exponent": (KeyRule.SIZE, rsa_jwk(2048, 3)),
    "huge modulus": (KeyRule.SIZE, {"kty": "RSA", "n": "_" * 1400, "e": "AQAB"}),
    "even modulus": (KeyRule.MATERIAL, {"kty": "RSA", "n": RFC7638_N[:-2] + "gA", "e": "AQAB"}),
}


class Client(msgspec.Struct):
    """A client as a directory of agencies might hold it."""

    keys: tuple[PublicJwk, ...]


class TestPublicJwk:
    @pytest.mark.parametrize(("rule", "jwk"), REFUSED.values(), ids=REFUSED.keys())
    def test_refused(self, rule: KeyRule, jwk: dict[str, object]) -> None:
        """What is no public signature key of a listed kind is refused, and nothing of it is told."""
        with pytest.raises(KeyRefused) as caught:
            parse_jwk(jwk)

        assert rule == caught.value.rule
        assert (None, None) == (caught.value.__context__, caught.value.__cause__)

    @pytest.mark.parametrize("members", [{}, {"kty": "RSA"}, {"kty": 1}, {"kty": None}, {"kty": "RSA", "n": 3, "e": 7}])
    def test_garbage(self, members: dict[str, object]) -> None:
        """What is no JSON Web Key at all is refused likewise."""
        with pytest.raises(KeyRefused, match=KeyRule.PUBLIC):
            parse_jwk(members)

    def test_inside_a_document(self) -> None:
        """Inside a larger document a bad key is an error with its path, and never becomes an instance."""
        document = json.dumps({"keys": [ED, {**ED, "x": "AAAA"}]})

        with pytest.raises(msgspec.ValidationError, match=r"\$\.keys\[1\]"):
            msgspec.json.decode(document, type=Client)
        with pytest.raises(KeyRefused, match=KeyRule.MATERIAL):
            OkpJwk(crv="Ed25519", x="AAAA")


class TestAgencyKey:
    @pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
    def test_saved_and_loaded(self, tmp_path: Path, algorithm: Algorithm) -> None:
        """A saved key is private, the same when loaded, and never overwrites another."""
        key = AgencyKey.generate(algorithm)
        key.save(tmp_path / "key.pem")

        assert key.public_jwk() == AgencyKey.load(tmp_path / "key.pem").public_jwk()
        assert 0o600 == (tmp_path / "key.pem").stat().st_mode & 0o777
        with pytest.raises(FileExistsError):
            AgencyKey.generate().save(tmp_path / "key.pem")

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
    def test_open_to_others(self, tmp_path: Path, mode: int) -> None:
        """The agency's side refuses a private key that others can read or change."""
        put(tmp_path / "key.pem", pem(Ed25519PrivateKey.generate()), mode)

        with pytest.raises(UnusableKey):
            AgencyKey.load(tmp_path / "key.pem")

    def test_passphrase(self) -> None:
        """An encrypted key is read with its passphrase and not without."""
        private = Ed25519PrivateKey.generate()
        encrypted = pem(private, BestAvailableEncryption(b"correct horse"))

        assert AgencyKey(private).kid == AgencyKey.from_pem(encrypted, b"correct horse").kid
        for wrong in (None, b"battery staple"):
            with pytest.raises(UnusableKey) as caught:
                AgencyKey.from_pem(encrypted, wrong)
            assert caught.value.__context__ is None

    def test_kinds_that_the_hub_refuses(self) -> None:
        """A key of a kind or size that the hub does not take is refused on the agency's side already."""
        keys: list[PrivateKey] = [
            ec.generate_private_key(ec.SECP384R1()),
            rsa.generate_private_key(65537, 1024),  # noqa: S505 - the weakness refused
            rsa.generate_private_key(3, 2048),
        ]
        for key in keys:
            with pytest.raises(UnusableKey):
                AgencyKey(key)
        for document in (b"", b"-----BEGIN PRIVATE KEY-----", pem(keys[0])):
            with pytest.raises(UnusableKey):
                AgencyKey.from_pem(document)

    def test_nothing_private_shown(self) -> None:
        """Neither the public key nor what is shown of the key holds anything private."""
        key = AgencyKey.generate()

        assert {"kty", "crv", "x", "kid", "use", "alg"} == set(key.public_jwk())
        assert f"AgencyKey({key.kid})" == repr(key)

    @pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(seconds=301)])
    def test_lifetime(self, lifetime: timedelta) -> None:
        """A lifetime that the hub would refuse is the programmer's mistake."""
        with pytest.raises(ValueError, match="five minutes"):
            AgencyKey.generate().client_assertion("c", "a", datetime.now(UTC), lifetime)

    def test_time_without_zone(self) -> None:
        """A time without a zone is the programmer's mistake."""
        with pytest.raises(ValueError, match="zone"):
            AgencyKey.generate().client_assertion("c", "a", datetime(2026, 11, 21))  # noqa: DTZ001 - the mistake
