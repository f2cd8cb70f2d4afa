"""What a signatory signs, and who is one."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.access.errors import KeyRefused, StatementRefused
from hub.access.statements import Statement, public_jwk, read_key, read_signed, sign
from hub.directory.load import load_directory
from hub.errors import DocumentInvalid
from tests.fixtures.agencies import Agencies
from tests.fixtures.signing import key_file

STATEMENT = Statement(signatory="bob", step="approve", versions=("area@00",), since="", hub="here", after=3)
KINDS = {
    "Ed25519": Ed25519PrivateKey.generate,
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_what_was_signed_is_read(tmp_path, make):
    """A key of each kind signs a statement that its public half reads, and nobody else's does."""
    key = make()
    read = read_signed(
        sign(STATEMENT, read_key(key_file(tmp_path, "bob", key), bytes)), {"bob": [public_jwk(key)]}.__getitem__
    )

    assert (STATEMENT, public_jwk(key).thumbprint()) == (read.statement, read.key)
    with pytest.raises(StatementRefused):
        read_signed(sign(STATEMENT, key), lambda _: [public_jwk(make())])


def test_a_key_is_ones_own(tmp_path):
    """A file that others can read, or that is no key or does not open, is refused without a word of what is in it."""
    file = key_file(tmp_path, "bob", Ed25519PrivateKey.generate(), b"correct horse")
    assert read_key(file, lambda: b"correct horse")
    with pytest.raises(KeyRefused):
        read_key(file, lambda: b"wrong")
    file.chmod(0o640)
    with pytest.raises(KeyRefused):
        read_key(file, lambda: b"correct horse")
    file.chmod(0o600)
    file.write_text("no key")
    with pytest.raises(KeyRefused):
        read_key(file, bytes)


def test_one_key_is_not_two_people(tmp_path):
    """A directory in which two signatories have one key is refused, and so is one with a signatory without a key."""
    agencies = Agencies()
    agencies.signatories["bob"] = agencies.signatories["ann"]
    with pytest.raises(DocumentInvalid, match="a key of 'bob' is a key of 'ann' as well"):
        load_directory(agencies.write(tmp_path / "directory.yaml"))
    text = Agencies().write(tmp_path / "directory.yaml").read_text()
    (tmp_path / "directory.yaml").write_text(text[: text.index("signatories:")] + NO_KEY)
    with pytest.raises(DocumentInvalid, match="a signatory is known by a key"):
        load_directory(tmp_path / "directory.yaml")


NO_KEY = "signatories:\n- {id: carol, name: Carol, agency: probation, keys: []}\n"
