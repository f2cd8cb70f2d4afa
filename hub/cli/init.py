"""``hub init``: the secret and the signing key of a new hub."""

from __future__ import annotations

from pathlib import Path

import click

from hub.bootstrap import initialise


@click.command()
@click.argument("data", type=click.Path(path_type=Path, file_okay=False))
def init(data: Path) -> None:
    """Make the secret and the signing key of a new hub in the folder DATA; what exists is left as it is."""
    initialise(data)
    click.echo(f"{data}: ready. Keep a copy of {data / 'secret'} apart from the store: without it nothing opens.")
