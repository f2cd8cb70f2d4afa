"""The ``hub`` command: one verb for each task of an operator or coordinator."""

from __future__ import annotations

import sys

import click

from hub.cli.certificates import certificates
from hub.cli.corrections import corrections
from hub.cli.deliveries import deliveries
from hub.cli.disclosures import disclosures
from hub.cli.doors import doors
from hub.cli.erase import erase, hold
from hub.cli.held import held
from hub.cli.init import init
from hub.cli.keys import keys
from hub.cli.ledger import ledger
from hub.cli.migrate import migrate
from hub.cli.policy import policy
from hub.cli.retention import retention
from hub.cli.serve import serve
from hub.cli.suspend import resume, suspend
from hub.errors import HubError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def hub() -> None:
    """Run the hub, and ask it what was shared, with whom, and why.

    Settings come from the environment (HUB_DATA, HUB_DIRECTORY, HUB_POLICIES …): docs/configuration.md.
    """


for command in (
    init,
    certificates,
    keys,
    migrate,
    serve,
    policy,
    disclosures,
    ledger,
    deliveries,
    corrections,
    held,
    erase,
    hold,
    retention,
    doors,
    suspend,
    resume,
):
    hub.add_command(command)


def main() -> None:
    """Run a command; a refusal is told in plain words, and the exit code is 1."""
    try:
        hub(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except HubError as error:
        click.echo(f"{error.title()}", err=True)
        for problem in error.problems:
            click.echo(f"  {problem.field}: {problem.rule}", err=True)
        click.echo(error.remedy, err=True)
        sys.exit(1)
