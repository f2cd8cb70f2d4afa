"""``hub policy``: what the sharing protocol comes to, before and after it is in force."""

from __future__ import annotations

import click

from hub.cli.policy.check import check
from hub.cli.policy.diff import diff
from hub.cli.policy.explain import explain
from hub.cli.policy.matrix import show_matrix
from hub.cli.policy.render import render
from hub.cli.policy.test import test


@click.group()
def policy() -> None:
    """Try, explain and print the sharing protocol. Needs its files alone, and no running hub."""


for command in (check, diff, test, explain, show_matrix, render):
    policy.add_command(command)
