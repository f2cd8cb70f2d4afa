"""Certificates for trials: what a TLS handshake makes of them, and what is never overwritten."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.access.certificates import CertificatesRefused, make_certificates
from hub.access.errors import KeyRefused, KeyRule
from hub.cli import hub

NOW = datetime.now(UTC).replace(microsecond=0)
HOSTS = ("hub.example", "127.0.0.1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an authority, a server and a client."""
    make_certificates(tmp_path / "made", HOSTS, ("prison-dps",), NOW)
    return tmp_path / "made"


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def server_side(folder: Path, stem: str = "server", *, asks: bool = False) -> ssl.SSLContext:
    """A server that shows its certificate, and may ask for the client's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{stem}.pem", folder / f"{stem}.key")
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / "ca.pem")
    return context


def client_side(folder: Path) -> ssl.SSLContext:
    """A client that trusts the folder's authority alone, and takes RFC 5280 at its word."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "hub.example") -> None:
    """Carry a handshake and a word from one side to the other; raises what either side raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [here, there]
    while waiting:
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
    here.write(b"told")

    assert there.read() == b"told"


class TestHandshake:
    @pytest.mark.parametrize("name", HOSTS)
    def test_server(self, folder: Path, name: str) -> None:
        """Who trusts the authority speaks to the server under each of its names, checked strictly."""
        shake_hands(client_side(folder), server_side(folder), name)

    def test_other_name(self, folder: Path) -> None:
        """A server that is called by a name it has not is refused."""
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            shake_hands(client_side(folder), server_side(folder), "other.example")

    def test_other_authority(self, folder: Path, tmp_path: Path) -> None:
        """A server with the right name from another authority, made the same way, is refused."""
        make_certificates(tmp_path / "other", HOSTS, (), NOW)

        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(client_side(folder), server_side(tmp_path / "other"))

    def test_client(self, folder: Path) -> None:
        """A server that asks for a certificate takes the client's, and nobody without one."""
        client = client_side(folder)
        with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
            shake_hands(client, server_side(folder, asks=True))
        client.load_cert_chain(folder / "prison-dps.pem", folder / "prison-dps.key")

        shake_hands(client, server_side(folder, asks=True))

    def test_other_authority_of_client(self, folder: Path, tmp_path: Path) -> None:
        """A client of another authority is refused by a server that asks."""
        make_certificates(tmp_path / "other", (), ("prison-dps",), NOW)
        client = client_side(folder)
        client.load_cert_chain(tmp_path / "other" / "prison-dps.pem", tmp_path / "other" / "prison-dps.key")

        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(client, server_side(folder, asks=True))

    def test_purposes(self, folder: Path) -> None:
        """A client's certificate is none for a server, and a server's none for a client."""
        with pytest.raises(ssl.SSLCertVerificationError, match="unsuitable certificate purpose"):
            shake_hands(client_side(folder), server_side(folder, "prison-dps"))
        client = client_side(folder)
        client.load_cert_chain(folder / "server.pem", folder / "server.key")
        with pytest.raises(ssl.SSLCertVerificationError, match="unsuitable certificate purpose"):
            shake_hands(client, server_side(folder, asks=True))

    def test_expired(self, tmp_path: Path) -> None:
        """A server whose ninety days are over is refused, though its authority is still good."""
        make_certificates(tmp_path, HOSTS, (), NOW - timedelta(days=91))

        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            shake_hands(client_side(tmp_path), server_side(tmp_path))


class TestContent:
    def test_lifetimes(self, folder: Path) -> None:
        """The authority is good for a year, what it signs for ninety days, and both for clocks that are behind."""
        authority, server = read(folder / "ca.pem"), read(folder / "server.pem")

        assert NOW + timedelta(days=365) == authority.not_valid_after_utc
        assert NOW + timedelta(days=90) == server.not_valid_after_utc
        assert NOW - timedelta(minutes=5) == authority.not_valid_before_utc == server.not_valid_before_utc

    def test_no_longer_than_authority(self, folder: Path) -> None:
        """What an old authority signs ends with it."""
        make_certificates(folder, (), ("later",), NOW + timedelta(days=300))

        assert NOW + timedelta(days=365) == read(folder / "later.pem").not_valid_after_utc

    def test_authority_makes_no_other(self, folder: Path) -> None:
        """The authority signs certificates and nothing else, and makes no authority beneath it."""
        extensions = read(folder / "ca.pem").extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage)

        assert (
            x509.BasicConstraints(ca=True, path_length=0)
            == extensions.get_extension_for_class(x509.BasicConstraints).value
        )
        assert usage.critical
        assert (True, False) == (usage.value.key_cert_sign, usage.value.digital_signature)

    @pytest.mark.parametrize(
        ("stem", "purpose"),
        {"server": ExtendedKeyUsageOID.SERVER_AUTH, "prison-dps": ExtendedKeyUsageOID.CLIENT_AUTH}.items(),
    )
    def test_leaf_has_one_purpose(self, folder: Path, stem: str, purpose: x509.ObjectIdentifier) -> None:
        """A server's and a client's certificate each serve one purpose, and sign no other certificate."""
        extensions = read(folder / f"{stem}.pem").extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value

        assert [purpose] == list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert (False, True) == (usage.key_cert_sign, usage.digital_signature)

    def test_names(self, folder: Path) -> None:
        """A DNS name is written as such and an address as such: clients compare them differently."""
        names = read(folder / "server.pem").extensions.get_extension_for_class(x509.SubjectAlternativeName).value

        assert ["hub.example"] == names.get_values_for_type(x509.DNSName)
        assert ["127.0.0.1"] == list(map(str, names.get_values_for_type(x509.IPAddress)))


class TestFiles:
    def test_modes(self, folder: Path) -> None:
        """Keys are their owner's alone; certificates are for everybody."""
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}

        assert {0o600} == {mode for name, mode in modes.items() if name.endswith(".key")}
        assert {"ca.key", "server.key", "prison-dps.key"} < set(modes)

    def test_nothing_is_overwritten(self, folder: Path) -> None:
        """Where one of several files exists, none is written and the existing ones stay as they are."""
        before = {path: path.read_bytes() for path in folder.iterdir()}

        with pytest.raises(CertificatesRefused, match=r"server\.key"):
            make_certificates(folder, HOSTS, ("new",), NOW)

        assert before == {path: path.read_bytes() for path in folder.iterdir()}

    def test_renewal(self, folder: Path) -> None:
        """Once the old pair is removed, the same authority signs a new one, and clients need no new trust."""
        trusting = client_side(folder)
        (folder / "server.pem").unlink()
        (folder / "server.key").unlink()
        make_certificates(folder, HOSTS, (), NOW)

        shake_hands(trusting, server_side(folder))

    @pytest.mark.parametrize(
        "name", ["", "*.example", "Hub.Example", "a..b", "-a", "a b", "a/b", "x" * 64, "1.2.3.4/8"]
    )
    def test_no_name(self, tmp_path: Path, name: str) -> None:
        """What is neither a DNS name nor an address makes no certificate, and no file."""
        with pytest.raises(CertificatesRefused):
            make_certificates(tmp_path, (name,), (), NOW)

        assert [] == list(tmp_path.iterdir())

    @pytest.mark.parametrize("client", ["", "ca", "server", "../up", "a/b", ".hidden", "x" * 65])
    def test_no_client(self, tmp_path: Path, client: str) -> None:
        """A client cannot be named as another file is, nor leave the folder."""
        with pytest.raises(CertificatesRefused):
            make_certificates(tmp_path, (), (client,), NOW)

        assert [] == list(tmp_path.iterdir())

    def test_named_twice(self, tmp_path: Path) -> None:
        """The same client twice is a slip, not two certificates."""
        with pytest.raises(CertificatesRefused, match="twice"):
            make_certificates(tmp_path, (), ("a", "a"), NOW)


class TestUnusableAuthority:
    def test_expired(self, folder: Path) -> None:
        """An authority whose year is over signs nothing."""
        with pytest.raises(CertificatesRefused, match="has expired"):
            make_certificates(folder, (), ("late",), NOW + timedelta(days=366))

    def test_half(self, folder: Path) -> None:
        """An authority without its key is refused, not replaced: others may trust it."""
        (folder / "ca.key").unlink()

        with pytest.raises(CertificatesRefused, match="is no certificate"):
            make_certificates(folder, (), ("late",), NOW)

    def test_other_key(self, folder: Path) -> None:
        """A key that is not the authority's own signs nothing."""
        (folder / "ca.key").write_bytes((folder / "server.key").read_bytes())

        with pytest.raises(CertificatesRefused, match="is not the key of"):
            make_certificates(folder, (), ("late",), NOW)

    def test_readable_key(self, folder: Path) -> None:
        """A key that others can read is refused: somebody else may sign with it."""
        (folder / "ca.key").chmod(0o640)

        with pytest.raises(KeyRefused) as caught:
            make_certificates(folder, (), ("late",), NOW)

        assert caught.value.rule == KeyRule.READABLE


class TestCommand:
    def test_this_machine(self, tmp_path: Path) -> None:
        """Without a name the server is this machine, and the command lists what it made."""
        result = CliRunner().invoke(hub, ["certificates", str(tmp_path / "tls")], catch_exceptions=False)

        assert [str(tmp_path / "tls" / name) for name in ("ca.pem", "ca.key", "server.pem", "server.key")] == [
            *result.stdout.split()
        ]
        shake_hands(client_side(tmp_path / "tls"), server_side(tmp_path / "tls"), "localhost")

    def test_client_alone(self, folder: Path) -> None:
        """A client's certificate is added without touching the server's."""
        result = CliRunner().invoke(hub, ["certificates", str(folder), "--client", "police"], catch_exceptions=False)

        assert [str(folder / "police.pem"), str(folder / "police.key")] == result.stdout.split()
