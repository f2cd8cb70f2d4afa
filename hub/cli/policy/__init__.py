"""``hub policy``: what the sharing protocol comes to, before and after it is in force."""

from __future__ import annotations

import click

from hub.cli.policy.again import again
from hub.cli.policy.check import check
from hub.cli.policy.diff import diff
from hub.cli.policy.explain import explain
from hub.cli.policy.matrix import show_matrix
from hub.cli.policy.render import render
from hub.cli.policy.signing import key, sign
from hub.cli.policy.simulate import simulate
from hub.cli.policy.steps import approve, end, propose, withdraw
from hub.cli.policy.test import test
from hub.cli.policy.versions import show, versions


@click.group()
def policy() -> None:
    """Try, explain and print the sharing protocol, by its files alone; and publish it in the store of a hub."""


ON_FILES = (check, diff, test, explain, show_matrix, render, sign, key)
IN_THE_STORE = (propose, approve, withdraw, end, versions, show, again, simulate)
for command in (*ON_FILES, *IN_THE_STORE):
    policy.add_command(command)
