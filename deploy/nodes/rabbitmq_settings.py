"""What a private RabbitMQ node reads when it starts: its own files, and nothing of /etc/rabbitmq."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

RESOURCE = "rabbitmq"
"""The resource server that a token's audience and scopes name."""
ADMIN = "admin"
"""The user with a password beside those with tokens; a token is tried first, so neither hides the other."""
PLUGINS = (
    "rabbitmq_management",
    "rabbitmq_prometheus",
    "rabbitmq_auth_backend_oauth2",
    "rabbitmq_consistent_hash_exchange",
)


class Tls(msgspec.Struct, frozen=True):
    """The files for a node's AMQPS door; clients need no certificate."""

    ca: Path
    certificate: Path
    key: Path


class Address(msgspec.Struct, frozen=True):
    """Where a node is and how its administrator is let in: what another process must know to use it."""

    folder: Path
    name: str
    cookie: str
    password: str
    port: int
    tls_port: int
    management_port: int
    prometheus_port: int
    distribution_port: int
    epmd_port: int


class Files:
    """The files of one node, in its folder."""

    def __init__(self, address: Address) -> None:
        """Take the node's address, which names its folder."""
        self._address, self._folder = address, address.folder
        self.pid = self._folder / "pid"
        self.log = self._folder / "log"

    def write(self, keys: Mapping[str, str], tls: Tls | None, more: Mapping[str, str | int]) -> None:
        """Write everything that a start reads."""
        cookie = self._folder / ".erlang.cookie"
        cookie.touch(mode=0o600)
        cookie.write_text(self._address.cookie)
        (self._folder / "enabled_plugins").write_text(f"[{','.join(PLUGINS)}].\n")
        lines = {**self._settings(), **self._trusted(keys), **self._tls(tls), **more}
        (self._folder / "rabbitmq.conf").write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))

    def key(self, kid: str) -> Path:
        """Return the file of a key for tokens."""
        return self._folder / "keys" / f"{kid}.pem"

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the node and its commands."""
        at = self._address
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self._folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(at.epmd_port),
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": at.name,
            "RABBITMQ_DIST_PORT": str(at.distribution_port),
            "RABBITMQ_CTL_DIST_PORT_MIN": "0",
            "RABBITMQ_CTL_DIST_PORT_MAX": "0",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self._folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._folder / "logs"),
            "RABBITMQ_PID_FILE": str(self.pid),
        }

    def _settings(self) -> dict[str, str | int]:
        at = self._address
        return {
            "listeners.tcp.1": f"127.0.0.1:{at.port}",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": at.management_port,
            "prometheus.tcp.ip": "127.0.0.1",
            "prometheus.tcp.port": at.prometheus_port,
            "default_user": ADMIN,
            "default_pass": at.password,
            "auth_backends.1": "rabbit_auth_backend_oauth2",
            "auth_backends.2": "rabbit_auth_backend_internal",
            "auth_oauth2.resource_server_id": RESOURCE,
        }

    def _trusted(self, keys: Mapping[str, str]) -> dict[str, str | int]:
        for kid, pem in keys.items():
            self.key(kid).parent.mkdir(exist_ok=True)
            self.key(kid).write_text(pem)
        return {f"auth_oauth2.signing_keys.{kid}": str(self.key(kid)) for kid in keys}

    def _tls(self, tls: Tls | None) -> dict[str, str | int]:
        if tls is None:
            return {}
        copies = {"cacertfile": tls.ca, "certfile": tls.certificate, "keyfile": tls.key}
        for name, path in copies.items():
            shutil.copy(path, self._folder / f"{name}.pem")
        return {
            "listeners.ssl.1": f"127.0.0.1:{self._address.tls_port}",
            "ssl_options.verify": "verify_none",
            "ssl_options.fail_if_no_peer_cert": "false",
            **{f"ssl_options.{name}": str(self._folder / f"{name}.pem") for name in copies},
        }
