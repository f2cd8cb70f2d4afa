"""The hub's settings, from the environment; an unknown or impossible one stops the start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from hub.errors import Misconfigured, Problem
from hub.periods import Retention

PREFIX = "HUB_"
MOST_PARTITIONS = 1000
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
    store: str = ""
    """The URL of the database that several processes share; without it the store is a file in ``data``."""
    broker: tuple[str, ...] = ()
    """AMQP URLs of one broker's nodes, with user, password and virtual host, separated by spaces."""
    broker_public_url: str = ""
    """The broker's address as agencies use it, without a user."""
    broker_ca: Path | None = None
    """The authority of the broker's certificates, in PEM; by default those that this machine trusts."""
    broker_management: tuple[str, ...] = ()
    """URLs of the broker's management API; user and password are those of ``broker`` unless given."""
    partitions: int = 64
    """How many queues one lane's events are spread over; the same for every process of one hub."""
    worker_lease_seconds: float = 5
    """How long a process may be silent before others take over its work."""
    resend_after_seconds: float = 600
    """How long a copy may be behind the broker's door without a receipt, while nothing of it waits there."""
    ledger_stale_seconds: float = 120
    """How long something may be recorded and not be under a signed checkpoint, before nothing more is disclosed."""
    receipt_within_hours: float = 24
    """How long a copy may be without a receipt, where its agreement asks for none sooner, before it is escalated."""
    review_warning_days: int = 60
    """How many days before an agreement's review, or its end, it is told."""
    retain_record_years: float = Retention().record_years
    """Years from the last that was said of somebody who is on no scheme any more until their record is erased."""
    retain_copies_days: int = Retention().copies_days
    """Days after which a copy is deleted here; sooner where its holder has to delete it sooner, and all have it."""
    retain_held_days: int = Retention().held_days
    """Days after which what was held, and is done with, is deleted."""
    log_level: str = "info"

    @property
    def retention(self) -> Retention:
        """How long what is kept is kept."""
        return Retention(
            record_years=self.retain_record_years,
            copies_days=self.retain_copies_days,
            held_days=self.retain_held_days,
        )

    @property
    def url(self) -> str:
        """The address that agencies use, without a slash at its end."""
        scheme = "https" if self.tls_certificate else "http"
        return (self.public_url or f"{scheme}://{self.host}:{self.port}").rstrip("/")

    @property
    def virtual_host(self) -> str:
        """The broker's virtual host that is the hub's own; empty without a broker."""
        return virtual_host_of(self.broker[0]) if self.broker else ""


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
    found |= {name: str(found[name]).split() for name in ("broker", "broker_management") if name in found}
    try:
        config = msgspec.convert(found, type=Config, strict=False, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise Misconfigured(Problem("settings", str(error).split(" - at ")[-1])) from None
    _check_open_to_others(config)
    _check_store(config)
    _check_broker(config)
    if config.ledger_stale_seconds <= 0:
        raise Misconfigured(Problem("HUB_LEDGER_STALE_SECONDS", "is not above nought"))
    _check_retention(config)
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


def _check_store(config: Config) -> None:
    """Refuse a database of another kind, and one whose password and rows would cross a network in the clear."""
    if not config.store:
        return
    parts = urlsplit(config.store)
    checked = parse_qs(parts.query).get("sslmode", [""])[0] in {"verify-full", "verify-ca"}
    if parts.scheme != "postgresql+psycopg" or not parts.hostname:
        raise Misconfigured(Problem("HUB_STORE", "is not a URL that begins with postgresql+psycopg:// and has a host"))
    if not checked and parts.hostname not in LOOPBACK:
        raise Misconfigured(Problem("HUB_STORE", "is neither on this machine nor has sslmode=verify-full"))


def _check_retention(config: Config) -> None:
    """Refuse to erase what came in today."""
    names = ("retain_record_years", "retain_copies_days", "retain_held_days")
    problems = [Problem(PREFIX + name.upper(), "is not above nought") for name in names if getattr(config, name) <= 0]
    if problems:
        raise Misconfigured(*problems)


def _check_broker(config: Config) -> None:
    """Refuse a broker that only half is one, and copies or passwords that would cross a network in the clear."""
    problems = [
        Problem(f"HUB_{name.upper()}", "is needed with HUB_BROKER")
        for name in ("broker_public_url", "broker_management")
        if config.broker and not getattr(config, name)
    ]
    if not 1 <= config.partitions <= MOST_PARTITIONS:
        problems.append(Problem("HUB_PARTITIONS", f"is not from 1 to {MOST_PARTITIONS}"))
    if config.receipt_within_hours <= 0:
        problems.append(Problem("HUB_RECEIPT_WITHIN_HOURS", "is not above nought"))
    if config.resend_after_seconds <= 0:
        problems.append(Problem("HUB_RESEND_AFTER_SECONDS", "is not above nought"))
    for name, urls, schemes in (
        ("HUB_BROKER", config.broker, ("amqps", "amqp")),
        ("HUB_BROKER_PUBLIC_URL", (config.broker_public_url,) if config.broker_public_url else (), ("amqps", "amqp")),
        ("HUB_BROKER_MANAGEMENT", config.broker_management, ("https", "http")),
    ):
        problems += [Problem(name, rule) for url in urls if (rule := _wrong_with(url, schemes))]
    if config.broker_public_url and urlsplit(config.broker_public_url).username is not None:
        problems.append(Problem("HUB_BROKER_PUBLIC_URL", "has a user: every agency would be told it"))
    if any(urlsplit(url).password is None for url in config.broker):
        problems.append(Problem("HUB_BROKER", "needs a user and a password in each URL"))
    if {virtual_host_of(url) for url in (*config.broker, config.broker_public_url) if url} - {config.virtual_host}:
        problems.append(Problem("HUB_BROKER_PUBLIC_URL", "and HUB_BROKER do not name one and the same virtual host"))
    if problems:
        raise Misconfigured(*problems)


def virtual_host_of(url: str) -> str:
    """Return the virtual host that an AMQP URL names."""
    return unquote(urlsplit(url).path[1:]) or "/"


def _wrong_with(url: str, schemes: tuple[str, str]) -> str:
    """Return what is wrong with an address of which the first scheme encrypts; empty where nothing is."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        return f"is not a URL that begins with {schemes[0]}:// or {schemes[1]}://"
    if parts.scheme != schemes[0] and parts.hostname not in LOOPBACK:
        return f"is not encrypted ({schemes[0]}), and not on this machine"
    return ""
