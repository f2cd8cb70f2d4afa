"""Makes the folder that ``compose.yaml`` reads its secrets from: ``python -m deploy.compose.prepare --help``."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from hub.access.certificates import SERVER, make_certificates

HUB: Final = 1001
BROKER: Final = 999
DATABASE: Final = 999
"""The users that the containers run as: who owns a file that only one of them may read."""
BROKERS: Final = ("broker-1", "broker-2", "broker-3")
SERVERS: Final = {
    "hub": (HUB, ("hub",)),
    "broker": (BROKER, BROKERS),
    "postgres": (DATABASE, ("postgres",)),
}
"""Each server's certificate: whose it is, and its names on the inner network."""
OUTSIDE: Final = ("hub", "broker")
"""The servers that agencies reach, under the public name."""


@click.group()
def prepare() -> None:
    """Make or renew what a deployment by compose.yaml keeps secret."""


@prepare.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--public-host", required=True, help="The name by which agencies reach the hub and the broker.")
@click.option("--trial-certificates", is_flag=True, help="Make TLS certificates too: for made-up people only.")
def make(folder: Path, public_host: str, *, trial_certificates: bool) -> None:
    """Make FOLDER with new passwords; a folder that has them already is refused.

    Without --trial-certificates put your own authority's files into FOLDER/tls: ca.pem, and for each of hub, broker
    and postgres a .pem and a .key.
    """
    if (folder / "secrets").exists():
        raise click.ClickException(f"{folder}/secrets is there already: its passwords are in use")
    for part in ("", "secrets", "tls", "hub", "hub/policies"):
        (folder / part).mkdir(mode=0o700 if part == "secrets" else 0o755, exist_ok=True, parents=True)
    (folder / "archive").mkdir(mode=0o700)
    _give(folder / "archive", DATABASE)
    database = secrets.token_urlsafe(32)
    store = f"postgresql+psycopg://hub:{database}@postgres/hub?sslmode=verify-full&sslrootcert=/run/secrets/ca.pem"
    _secret(folder, "postgres-password", database, DATABASE)
    _secret(folder, "HUB_STORE", store, HUB)
    _secret(folder, "erlang-cookie", secrets.token_hex(32), BROKER)
    _broker_password(folder)
    (folder / "alertmanagers.yaml").write_text("[] # who is told: - targets: [alertmanager.example:9093]\n")
    (folder / "compose.env").write_text(f"DEPLOYMENT={folder.resolve()}\nPUBLIC_HOST={public_host}\n")
    if trial_certificates:
        _certificates(folder / "tls", public_host)
    click.echo(f"{folder}: ready. Still to come: hub/directory.yaml, hub/policies and alertmanagers.yaml.")


@prepare.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
def broker_password(folder: Path) -> None:
    """Give the hub a new password at the brokers; deploy/runbook.md says how they and the hub take it up."""
    _broker_password(folder)


def _broker_password(folder: Path) -> None:
    password = secrets.token_urlsafe(32)
    addresses = " ".join(f"amqps://hub:{password}@{broker}:5671/hub" for broker in BROKERS)
    _secret(folder, "HUB_BROKER", addresses, HUB)
    _secret(folder, "definitions.json", json.dumps(definitions(password), indent=2), BROKER)


def definitions(password: str) -> dict[str, list[dict[str, object]]]:
    """Return what the brokers start with: one virtual host, and the hub, which may do everything in it.

    The hub is an administrator, since it closes the connections of a suspended agency.
    """
    hub: dict[str, object] = {
        "name": "hub",
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"],
    }
    return {
        "users": [hub],
        "vhosts": [{"name": "hub", "metadata": {"default_queue_type": "quorum"}}],
        "permissions": [{"user": "hub", "vhost": "hub", "configure": ".*", "write": ".*", "read": ".*"}],
    }


def password_hash(password: str, salt: bytes) -> str:
    """Return a password as RabbitMQ keeps it: four bytes of salt, then the SHA-256 of both."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _certificates(tls: Path, public_host: str) -> None:
    now = datetime.now(UTC)
    for name, (owner, names) in SERVERS.items():
        make_certificates(tls, (*names, *((public_host,) if name in OUTSIDE else ())), (), now)
        for suffix in (".pem", ".key"):
            (tls / f"{SERVER}{suffix}").rename(tls / f"{name}{suffix}")
        _give(tls / f"{name}.key", owner)


def _secret(folder: Path, name: str, content: str, owner: int) -> None:
    """Write a secret for one user alone; an existing one in place, since a container sees the file and not its name."""
    path = folder / "secrets" / name
    path.touch(mode=0o600)
    path.write_text(content)
    _give(path, owner)


def _give(path: Path, owner: int) -> None:
    if os.geteuid() == 0:
        os.chown(path, owner, owner)
    else:
        click.echo(f"Give {path} to user {owner}: as root, chown {owner}:{owner} {path}", err=True)


if __name__ == "__main__":
    prepare()
