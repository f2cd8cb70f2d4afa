"""``hub policy again``: whether what was recorded is what the same versions and facts come to today."""

from __future__ import annotations

import sys

import click
import msgspec

from hub.cli.held import stated_reason
from hub.cli.policy.trouble import Trouble
from hub.cli.session import operator, with_hub
from hub.errors import HubError


@click.command()
@click.argument("entry")
@stated_reason
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def again(entry: str, reason: str, *, as_json: bool) -> None:
    """Make the decisions of ENTRY again, by the versions that it cites and the facts that were read, and compare.

    ENTRY is the id of an entry of the record, as 'hub disclosures --json' gives it. Ends with 0 where the same leaves
    are given by the same rules and the same is withheld, with 1 where something differs, and with 2 where it cannot be
    compared.
    """
    try:
        found = with_hub(lambda hub: hub.agreements.again(operator(), entry, reason))
    except HubError as error:
        raise Trouble(error) from error
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        click.echo(f"{found.event}, {found.compared} recipients, under {', '.join(found.versions) or 'nothing'}")
        for each in found.otherwise:
            click.echo(f"  {each.recipient or 'the entry'}: {each.what}")
        if not found.otherwise:
            click.echo("The same leaves by the same rules, and the same withheld.")
    sys.exit(1 if found.otherwise else 0)
