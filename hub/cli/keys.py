"""``hub keys``: the keys that sign the hub's tokens."""

from __future__ import annotations

from pathlib import Path

import click

from hub.access.errors import KeyRefused, KeyRule
from hub.access.key_files import key_files
from hub.access.keys import SigningKeys
from hub.access.rotation import SETTLING, plan
from hub.bootstrap import keys_path, utc_now
from hub.config import read_config


@click.group()
def keys() -> None:
    """See and change the keys that sign tokens; hubs that are serving take up a change within seconds."""


@keys.command("list")
def list_keys() -> None:
    """List the keys, oldest first: which signs, which is only believed, and which is still to sign."""
    planned = plan(_folder(), utc_now())
    for file in key_files(_folder()):
        if file in planned.over:
            state = "over"
        elif file == planned.signing:
            state = "signs"
        else:
            state = "believed" if file < planned.signing else "signs soon"
        click.echo(f"{_kid(file)}  {state}")


@keys.command()
def rotate() -> None:
    """Add a key: it is published at once, signs soon after, and the one before it is dropped when its tokens are over.

    A broker that reads the hub's published keys by itself needs nothing more.
    """
    new = SigningKeys.generate(_folder())
    click.echo(f"{new.kid}  signs in {SETTLING.total_seconds():.0f} seconds")


@keys.command()
@click.argument("kid")
def drop(kid: str) -> None:
    """Drop the key KID at once, for instance because it was stolen: no token that it signed is good any more.

    A broker goes on believing a key that it has read until it is told otherwise: see docs/broker.md.
    """
    files = {_kid(file): file for file in key_files(_folder())}
    if kid not in files:
        raise KeyRefused(KeyRule.UNKNOWN)
    if len(files) == 1:
        raise KeyRefused(KeyRule.LAST)
    files[kid].unlink()
    click.echo(f"{kid}  dropped")


def _folder() -> Path:
    return keys_path(read_config().data)


def _kid(file: Path) -> str:
    return SigningKeys.of_files(file, [file]).kid
