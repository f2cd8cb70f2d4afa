"""``hub policy``: what the agreements come to, before anybody signs them."""

from __future__ import annotations

import click

from hub.cli.policy.check import check
from hub.cli.policy.diff import diff


@click.group()
def policy() -> None:
    """Read, check and compare sharing agreements; nothing is told to anybody, and no hub is needed."""


for command in (check, diff):
    policy.add_command(command)
