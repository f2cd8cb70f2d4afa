"""Puts a hub together: the only module that names a concrete store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from hub.access.keys import SigningKeys
from hub.config import Config
from hub.directory.load import load_directory
from hub.errors import Misconfigured, Problem, UnfitVersion
from hub.pipeline.standing import Broker
from hub.pipeline.tools import Shelf, Tools
from hub.policy.load import load_agreements
from hub.sealing import Sealer, load_secret, make_secret
from hub.service import Hub
from hub.store.leases import PostgresLeases, SingleLease
from hub.store.port import Leases, Store
from hub.store.postgres import PostgresStore, migrate_database
from hub.store.sqlite import SqliteStore


def utc_now() -> dt.datetime:
    """Return the time in UTC."""
    return dt.datetime.now(dt.UTC)


def initialise(data: Path) -> None:
    """Make what a new hub needs: its secret and its signing key; what exists is left as it is."""
    make_secret(secret_path(data))
    if not any(keys_path(data).glob("*.pem")):
        keys_path(data).mkdir(parents=True, exist_ok=True, mode=0o700)
        SigningKeys.generate(keys_path(data))


def build_hub(
    config: Config, clock: Callable[[], dt.datetime] = utc_now, lease: Callable[[], str] | None = None
) -> Hub:
    """Return a hub, not yet started; ``lease`` gives the id of the worker that it is, where it is one.

    Raises:
        Misconfigured, DocumentInvalid, StoreUnavailable: it cannot start, and why.
    """
    sealer = Sealer(load_secret(secret_path(config.data)))
    tools = Tools(
        directory=load_directory(config.directory),
        shelf=Shelf(load_agreements(config.policies)),
        sealer=sealer,
        retention=config.retention,
    )
    hub = Hub(tools, open_store(config, lease), clock)
    hub.agreements.warning_days = config.review_warning_days
    hub.ledger.upkeep.limit = config.ledger_stale_seconds
    hub.corrections.within = dt.timedelta(hours=config.receipt_within_hours)
    if config.broker:
        hub.standing.broker = Broker(config.broker_public_url, config.virtual_host, config.partitions)
    return hub


def check_in_force(hub: Hub) -> None:
    """Refuse to serve by files of which none is in force; where a version was published, one may come at any time.

    A published version that is not what its name says keeps nobody from fetching what was decided before: the hub
    serves, decides nothing, and its health says why.

    Raises:
        Misconfigured: none is in force, and none is to be.
        StoreUnavailable: it is not known.
    """
    try:
        current = hub.agreements.current()
    except UnfitVersion:
        return
    if current.source == "files" and current.until is None and not current.in_force.policy.agreements:
        raise Misconfigured(Problem("HUB_POLICIES", "no agreement is in force today, so nothing could be shared"))


def open_store(config: Config, lease: Callable[[], str] | None = None) -> Store:
    """Return the store that the settings name; ``lease`` gives the id of the worker that writes, where there is one.

    Raises:
        Misconfigured: it is of another version.
        StoreUnavailable: it cannot be reached.
    """
    if not config.store:
        return SqliteStore(_file(config))
    return PostgresStore(config.store, lease, seconds=config.worker_lease_seconds)


def open_leases(config: Config) -> Leases:
    """Return how the processes on one store share the work."""
    return PostgresLeases(config.store) if config.store else SingleLease()


def migrate_store(config: Config) -> None:
    """Bring the store that the settings name to this version.

    Raises:
        Misconfigured: it is of a newer version.
        StoreUnavailable: it cannot be reached, or changed.
    """
    if config.store:
        migrate_database(config.store)
    else:
        SqliteStore(_file(config)).close()


def _file(config: Config) -> Path:
    return config.data / "hub.sqlite"


def secret_path(data: Path) -> Path:
    """Return where the hub's secret is."""
    return data / "secret"


def keys_path(data: Path) -> Path:
    """Return where the hub's signing keys are."""
    return data / "signing-keys"
