"""The hub's settings, from the environment; an unknown or impossible one stops the start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hub.errors import Misconfigured, Problem

PREFIX = "HUB_"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting; each is ``HUB_`` and its name in capitals. See docs/configuration.md."""

    data: Path
    """Folder of the store, the secret and the signing keys; losing it loses everything that the hub holds."""
    directory: Path
    """The directory of agencies, systems and recipients (YAML)."""
    policies: tuple[Path, ...]
    """Agreements: files, or folders of them, separated by colons."""
    host: str = "127.0.0.1"
    port: int = 8443
    public_url: str = ""
    """The address that agencies use, and the audience of their assertions; by default made of host and port."""
    inner_port: int | None = None
    """A port for ``/metrics`` and the details of ``/health``; without it they are on ``port``."""
    inner_host: str = "127.0.0.1"
    """Where the inner port listens: another address only where the monitoring system alone can reach it."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    log_level: str = "info"

    @property
    def url(self) -> str:
        """The address that agencies use, without a slash at its end."""
        scheme = "https" if self.tls_certificate else "http"
        return (self.public_url or f"{scheme}://{self.host}:{self.port}").rstrip("/")


def read_config(environment: Mapping[str, str] | None = None) -> Config:
    """Return the settings.

    Raises:
        Misconfigured: a setting is unknown, missing or impossible.
    """
    source = os.environ if environment is None else environment
    found: dict[str, object] = {k.removeprefix(PREFIX).lower(): v for k, v in source.items() if k.startswith(PREFIX)}
    known = set(Config.__struct_fields__)
    problems = [Problem(PREFIX + name.upper(), "is no setting of the hub") for name in sorted(set(found) - known)]
    problems += [
        Problem(PREFIX + name.upper(), "is not set") for name in ("data", "directory", "policies") if name not in found
    ]
    if problems:
        raise Misconfigured(*problems)
    found["policies"] = [part for part in str(found["policies"]).split(":") if part]
    try:
        config = msgspec.convert(found, type=Config, strict=False, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise Misconfigured(Problem("settings", str(error).split(" - at ")[-1])) from None
    _check_open_to_others(config)
    return config


def _check_open_to_others(config: Config) -> None:
    """Refuse to be reached from other machines without encryption, or with the counts open to all."""
    if config.host in LOOPBACK:
        return
    problems = []
    if config.inner_port is None:
        problems.append(Problem("HUB_INNER_PORT", "is needed when HUB_HOST is not this machine: counts tell too much"))
    if config.tls_certificate is None and not config.public_url.startswith("https://"):
        problems.append(
            Problem("HUB_TLS_CERTIFICATE", "is needed when HUB_HOST is not this machine, or an https HUB_PUBLIC_URL")
        )
    if problems:
        raise Misconfigured(*problems)
