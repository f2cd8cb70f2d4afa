"""``hub policy sign`` and ``key``: a signatory's word for a step, given on whatever machine their key is on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

import click
import msgspec

from hub.access.statements import PrivateKey, Statement, Step, public_jwk, read_key
from hub.access.statements import sign as sign_statement
from hub.service import Hub

TO_SIGN = 3
"""The exit code where a step is not taken, for nobody signed it."""


class Hand(msgspec.Struct, frozen=True):
    """How somebody gives their word for a step: with a key that is at hand, or signed elsewhere."""

    by: str
    key: Path | None
    text: TextIO | None

    async def sign(self, hub: Hub, step: Step, versions: Sequence[str], since: dt.datetime | None = None) -> str:
        """Return the signed statement.

        Raises:
            UsageError: nobody is named.
            Exit: nobody signs; what is to be signed is printed.
        """
        if self.text is not None:
            return self.text.read()
        if not self.by:
            raise click.UsageError("say whose step it is with --by, or give what they signed with --signed")
        statement = await hub.agreements.statement(step, versions, self.by, since)
        if self.key is not None:
            return sign_statement(statement, _key(self.key))
        click.echo(msgspec.json.format(msgspec.json.encode(statement)).decode())
        click.echo("Nothing was done: let them sign this with 'hub policy sign', and give it with --signed.", err=True)
        raise click.exceptions.Exit(TO_SIGN)


@click.command()
@click.argument("statement", type=click.File("rb"))
@click.option("--key", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own.")
def sign(statement: BinaryIO, key: Path) -> None:
    """Sign STATEMENT, which a step without a signature printed; needs no hub. What you sign is told first."""
    try:
        said = msgspec.json.decode(statement.read(), type=Statement)
    except msgspec.DecodeError:
        raise click.BadParameter("is no statement of a step", param_hint="STATEMENT") from None
    since = f" from {said.since}" if said.since else " at once"
    click.echo(f"{said.signatory}: {said.step} {', '.join(said.versions)}{since}", err=True)
    click.echo(sign_statement(said, _key(key)))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def key(file: Path) -> None:
    """Print the public half of the private key in FILE, for the signatories of the directory."""
    click.echo(msgspec.json.encode(public_jwk(_key(file))).decode())


def _key(file: Path) -> PrivateKey:
    return read_key(file, lambda: str(click.prompt("Passphrase", hide_input=True, err=True)).encode())
