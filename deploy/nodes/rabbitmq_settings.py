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
PROGRAMS = Path("/usr/lib/rabbitmq/bin")
ENTER = (
    'for seen in /proc "$1"; do mkdir -p "$0$seen"; mount --bind "$seen" "$0$seen"; done; shift; exec chroot "$0" "$@"'
)
"""Run a program under another root, where the processes and the folder of ours are seen too; only root may."""
PLUGINS = (
    "rabbitmq_management",
    "rabbitmq_prometheus",
    "rabbitmq_auth_backend_oauth2",
)

IDLE = "+sbwt none +sbwtdcpu none +sbwtdio none"
"""A node that has nothing to do leaves the processors to others, instead of waiting busily."""


class Tls(msgspec.Struct, frozen=True):
    """The files for a node's AMQPS door; clients need no certificate."""

    ca: Path
    certificate: Path
    key: Path


class Identity(msgspec.Struct, frozen=True):
    """Who a node is; what it shares with the other nodes of a cluster but for its name."""

    name: str
    cookie: str
    password: str
    epmd_port: int


class Address(msgspec.Struct, frozen=True):
    """Where a node is and how its administrator is let in: what another process must know to use it."""

    root: Path
    folder: Path
    identity: Identity
    port: int
    tls_port: int
    management_port: int
    prometheus_port: int
    distribution_port: int


class Files:
    """The files of one node, in its folder.

    A node may have its programs under a root of its own; there it finds its folder at the same path.
    """

    def __init__(self, address: Address) -> None:
        """Take the node's address, which names its folder."""
        self._address, self._folder = address, address.folder
        self.pid = self._folder / "pid"
        self.log = self._folder / "log"

    def write(self, keys: Mapping[str, str], tls: Tls | None, more: Mapping[str, str | int]) -> None:
        """Write everything that a start reads."""
        cookie = self._folder / ".erlang.cookie"
        cookie.touch(mode=0o600)
        cookie.write_text(self._address.identity.cookie)
        (self._folder / "enabled_plugins").write_text(f"[{','.join(PLUGINS)}].\n")
        lines = {**self._settings(), **self._trusted(keys), **self._tls(tls), **more}
        (self._folder / "rabbitmq.conf").write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))

    def command(self, program: str, *words: str) -> list[str]:
        """Return the command that runs one of RabbitMQ's programs."""
        root, told = self._address.root, [str(PROGRAMS / program), *words]
        if root == Path("/"):
            return told
        return ["unshare", "--mount", "sh", "-ec", ENTER, str(root), str(self._folder.parent), *told]

    def key(self, kid: str) -> Path:
        """Return the file of a key for tokens."""
        return self._folder / "keys" / f"{kid}.pem"

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the node and its commands."""
        at, folder = self._address, self._folder
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(at.identity.epmd_port),
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": at.identity.name,
            "RABBITMQ_DIST_PORT": str(at.distribution_port),
            "RABBITMQ_CTL_DIST_PORT_MIN": "0",
            "RABBITMQ_CTL_DIST_PORT_MAX": "0",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}} {IDLE}",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_PID_FILE": str(self.pid),
        }

    def _settings(self) -> dict[str, str | int]:
        at = self._address
        return {
            "listeners.tcp.1": f"127.0.0.1:{at.port}",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": at.management_port,
            "prometheus.tcp.ip": "127.0.0.1",
            "initial_frame_max": 16384,  # a token is the password, and 4096 has no room for a long one
            "prometheus.tcp.port": at.prometheus_port,
            "default_user": ADMIN,
            "default_pass": at.identity.password,
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
