"""``hub policy render``: the agreement as a document that partners can sign."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.policy.agreements import about_policies
from hub.policy.load import load_agreements
from hub.policy.printed.agreement import document


@click.command()
@about_policies
@click.option("--agreement", help="Which one, by its name, where there are several.")
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write to this file and not here."
)
def render(policies: tuple[Path, ...], agreement: str | None, output: Path | None) -> None:
    """Write an agreement as one HTML document, to read, print and sign: the rules in plain English."""
    agreements = {a.name: a for a in load_agreements(policies)}
    if agreement is None and len(agreements) > 1:
        raise click.UsageError(f"there are several: choose with --agreement one of {', '.join(agreements)}")
    if agreement is not None and agreement not in agreements:
        raise click.BadParameter(f"there are {', '.join(agreements)}", param_hint="--agreement")
    written = document(agreements[agreement or next(iter(agreements))])
    if output is None:
        click.echo(written)
    else:
        output.write_text(written, encoding="utf-8")
