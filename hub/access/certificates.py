"""Certificates for trials: an authority of one's own, and what it signs for servers and clients.

A real deployment has an authority with an owner, a register of what it signed, and a way to call a
certificate back. This one has none of that. It exists so that a trial on made-up people speaks TLS
everywhere, as it will later, instead of going without.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from hub.access.errors import KeyRefused
from hub.access.key_files import PRIVATE, read_private
from hub.errors import HubError, Problem

AUTHORITY: Final = "ca"
SERVER: Final = "server"
AUTHORITY_LIFETIME: Final = timedelta(days=365)
LEAF_LIFETIME: Final = timedelta(days=90)
SLOW_CLOCKS: Final = timedelta(minutes=5)
"""How long before it was made a certificate is good already, for machines whose clocks are behind."""
PUBLIC: Final = 0o644
TRIAL: Final = "Trial only, never for real data"
LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(\.{LABEL})*")
CLIENT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class CertificatesRefused(HubError):
    """No certificate was made."""

    remedy = "Mend what is named. What exists is never overwritten: remove it yourself, or name another folder."


class Pair(NamedTuple):
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(folder: Path, hosts: Sequence[str], clients: Sequence[str], now: datetime) -> list[Path]:
    """Write one certificate for a server with these names, if any, and one for each client; return the new files.

    The folder's authority signs them, and is made where there is none. Everything is checked before the
    first file is written.

    Raises:
        CertificatesRefused: a name is none, a file is there already, or the authority cannot sign.
        KeyRefused: others can read the authority's key.
    """
    names = [_general_name(host) for host in hosts]
    stems = [SERVER] * bool(hosts) + [_client_name(client) for client in clients]
    _check_absent(folder, stems)
    authority, made = _authority(folder, now)
    if names:
        made[SERVER] = _sign(authority, _subject("Server"), ExtendedKeyUsageOID.SERVER_AUTH, now, names)
    for client in clients:
        made[client] = _sign(authority, _subject(client), ExtendedKeyUsageOID.CLIENT_AUTH, now)
    folder.mkdir(parents=True, exist_ok=True)
    return [path for stem, pair in made.items() for path in _write(folder, stem, pair)]


def _authority(folder: Path, now: datetime) -> tuple[Pair, dict[str, Pair]]:
    """Return the folder's authority, and what of it is still to be written."""
    if any(path.exists() for path in _files(folder, AUTHORITY)):
        return _load_authority(folder, now), {}
    made = _new_authority(now)
    return made, {AUTHORITY: made}


def _new_authority(now: datetime) -> Pair:
    """Return an authority that is good for a year, and may sign for others but make no further authority."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), _subject("Certificate authority")
    builder = (
        _builder(subject, subject, key, now, now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(of_authority=True), critical=True)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def _load_authority(folder: Path, now: datetime) -> Pair:
    """Return the folder's authority; raises ``CertificatesRefused`` and ``KeyRefused``."""
    certificate_file, key_file = _files(folder, AUTHORITY)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = load_pem_private_key(read_private(key_file), password=None)
    except KeyRefused:
        raise
    except (FileNotFoundError, ValueError, TypeError, UnsupportedAlgorithm):
        raise CertificatesRefused(
            Problem(str(certificate_file), f"is no certificate that can be read with {key_file.name} beside it")
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise CertificatesRefused(Problem(str(key_file), f"is not the key of {certificate_file.name}"))
    if certificate.not_valid_after_utc <= now:
        raise CertificatesRefused(Problem(str(certificate_file), "has expired"))
    return Pair(certificate, key)


def _sign(
    authority: Pair,
    subject: x509.Name,
    purpose: ObjectIdentifier,
    now: datetime,
    names: Sequence[x509.GeneralName] = (),
) -> Pair:
    """Return a certificate for one purpose, good for 90 days and no longer than the authority itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + LEAF_LIFETIME, authority.certificate.not_valid_after_utc)
    signer = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(subject, authority.certificate.subject, key, now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(of_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    """Return what every certificate has."""
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLOW_CLOCKS)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, of_authority: bool) -> x509.KeyUsage:
    """Return what a key may do: an authority's signs certificates, any other's signs handshakes."""
    return x509.KeyUsage(
        digital_signature=not of_authority,
        key_cert_sign=of_authority,
        crl_sign=of_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str) -> x509.Name:
    """Return a name that says whose certificate it is, and that it is for trials."""
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, TRIAL), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def _general_name(host: str) -> x509.GeneralName:
    """Return an IP address or a DNS name for a certificate; raises ``CertificatesRefused``."""
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    if not HOST.fullmatch(host):
        raise CertificatesRefused(Problem("name", "is neither an IP address nor a DNS name in small letters"))
    return x509.DNSName(host)


def _client_name(client: str) -> str:
    """Return the name if a file can be called so; raises ``CertificatesRefused``."""
    if not CLIENT.fullmatch(client) or client in (AUTHORITY, SERVER):
        raise CertificatesRefused(
            Problem("client", f"is not 1 to 64 of a-z, 0-9, '.', '_' and '-', or is {AUTHORITY} or {SERVER}")
        )
    return client


def _check_absent(folder: Path, stems: Sequence[str]) -> None:
    """Refuse names that are given twice or taken already."""
    wanted = [path for stem in stems for path in _files(folder, stem)]
    taken = sorted({str(path) for path in wanted if path.exists() or wanted.count(path) > 1})
    if taken:
        raise CertificatesRefused(*(Problem(path, "is there already, or named twice") for path in taken))


def _files(folder: Path, stem: str) -> tuple[Path, Path]:
    return folder / f"{stem}.pem", folder / f"{stem}.key"


def _write(folder: Path, stem: str, pair: Pair) -> tuple[Path, Path]:
    """Write a pair: the key for its owner alone, the certificate for everybody."""
    certificate_file, key_file = _files(folder, stem)
    _create(key_file, pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), PRIVATE)
    _create(certificate_file, pair.certificate.public_bytes(Encoding.PEM), PUBLIC)
    return certificate_file, key_file


def _create(path: Path, content: bytes, mode: int) -> None:
    """Write a file that must not be there yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
