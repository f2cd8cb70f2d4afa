"""The secrets of a deployment: made once, each for one user, and the broker's password renewed in both places."""

from __future__ import annotations

import base64
import json
import re
import ssl

import pytest
from click.testing import CliRunner

from deploy.compose.prepare import BROKERS, SERVERS, password_hash, prepare


def broker_password(folder):
    return re.match(r"amqps://hub:([^@]+)@", (folder / "secrets" / "HUB_BROKER").read_text()).group(1)


def hub_user(folder):
    return json.loads((folder / "secrets" / "definitions.json").read_text())["users"][0]


def test_password_hash():
    """A password is kept as the broker's own documentation shows it for salt 908DC60A and password test12."""
    assert "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR" == password_hash("test12", bytes.fromhex("908DC60A"))


def test_hash_is_of_the_password(folder):
    """The brokers know the hub by the hash of the very password that it comes with."""
    salt = base64.b64decode(hub_user(folder)["password_hash"])[:4]

    assert password_hash(broker_password(folder), salt) == hub_user(folder)["password_hash"]


def test_secrets_are_private(folder):
    """Every secret and key is its owner's alone, and the folder of secrets is closed."""
    private = [*(folder / "secrets").iterdir(), *(folder / "tls").glob("*.key")]

    assert {0o600} == {path.stat().st_mode & 0o777 for path in private}
    assert 0o700 == (folder / "secrets").stat().st_mode & 0o777


def test_no_secret_is_made_twice(folder):
    """A folder whose passwords are in use is refused and left as it is."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = CliRunner().invoke(prepare, ["make", str(folder), "--public-host", "localhost"])

    assert 1 == result.exit_code
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_new_broker_password(folder):
    """A new password for the brokers goes to them and to the hub, in the same files, and nothing else changes."""
    paths = [folder / "secrets" / name for name in ("HUB_BROKER", "definitions.json")]
    before, inodes = broker_password(folder), [path.stat().st_ino for path in paths]
    store = (folder / "secrets" / "HUB_STORE").read_text()
    CliRunner().invoke(prepare, ["broker-password", str(folder)], catch_exceptions=False)

    assert before != broker_password(folder)
    assert inodes == [path.stat().st_ino for path in paths]
    assert store == (folder / "secrets" / "HUB_STORE").read_text()
    test_hash_is_of_the_password(folder)


@pytest.mark.parametrize("server", SERVERS)
def test_trial_certificates(folder, server):
    """Each server has a certificate of the one authority, with a key that belongs to it."""
    context = ssl.create_default_context(cafile=folder / "tls" / "ca.pem")

    context.load_cert_chain(folder / "tls" / f"{server}.pem", folder / "tls" / f"{server}.key")

    assert 1 == len(context.get_ca_certs())


def test_every_broker_has_the_password(folder):
    """The hub is given every broker's address."""
    urls = (folder / "secrets" / "HUB_BROKER").read_text().split()

    assert [f"amqps://hub:{broker_password(folder)}@{broker}:5671/hub" for broker in BROKERS] == urls
