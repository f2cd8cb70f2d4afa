"""``hub certificates``: an authority for trials, and certificates that it signs."""

from __future__ import annotations

from pathlib import Path

import click

from hub.access.certificates import make_certificates
from hub.bootstrap import utc_now

THIS_MACHINE = ("localhost", "127.0.0.1")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", "hosts", multiple=True, metavar="HOST", help="A DNS name or IP address of the server.")
@click.option("--client", "clients", multiple=True, metavar="NAME", help="Make a client's certificate, NAME.pem.")
def certificates(folder: Path, hosts: tuple[str, ...], clients: tuple[str, ...]) -> None:
    """Make TLS certificates for a trial in FOLDER, never for real data.

    Its authority (ca.pem, ca.key) is good for a year and made if there is none; what it signs (server.pem and
    server.key, or the client's) is good for 90 days. With neither --name nor --client the server is this machine.
    """
    if not hosts and not clients:
        hosts = THIS_MACHINE
    for path in make_certificates(folder, hosts, clients, utc_now()):
        click.echo(path)
    click.echo("For trials on made-up people only: a deployment has an authority of its own.", err=True)
