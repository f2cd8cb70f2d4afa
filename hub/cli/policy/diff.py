"""``hub policy diff``: what changes for whom from one agreement to another, in every case that there can be."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from hub.cli.policy.changes import difference_lines
from hub.cli.policy.trouble import Trouble
from hub.directory.load import load_directory
from hub.errors import HubError
from hub.policy.analysis.difference import difference
from hub.policy.load import load_agreements

FILE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option(
    "--directory",
    envvar="HUB_DIRECTORY",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The directory: marks too what goes that somebody's adapter uses.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def diff(old: Path, new: Path, directory: Path | None, *, as_json: bool) -> None:
    """Show what changes for whom from the agreement OLD to the agreement NEW, worked out over every case.

    OLD and NEW are files, or folders of agreements that are in force together. Ends with 0 where nothing changes,
    with 1 where something does, with 2 where they cannot be compared, and with 3 where nothing was found to change
    and not all could be worked out.
    """
    try:
        people = load_directory(directory) if directory else None
        found = difference(load_agreements([old]), load_agreements([new]), people)
    except HubError as error:
        raise Trouble(error) from error
    if as_json:
        document = {"views_change": found.views_change, **msgspec.to_builtins(found)}
        click.echo(msgspec.json.format(msgspec.json.encode(document)).decode())
    else:
        for line in difference_lines(found):
            click.echo(line)
    sys.exit(3 if found.left_out and not found.changes else 1 if found.anything else 0)
