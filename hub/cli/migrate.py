"""``hub migrate``: bring the store's tables to this version."""

from __future__ import annotations

import click

from hub.bootstrap import migrate_store
from hub.config import read_config


@click.command()
def migrate() -> None:
    """Bring the tables of HUB_STORE to this version; what is so already is left as it is.

    Run it before the workers of a new version start. A second one waits for the first. The store of a hub without
    HUB_STORE, a file, does this by itself when the hub starts.
    """
    migrate_store(read_config())
    click.echo("The store's tables are of this version.")
