"""The option by which a command learns which agreements it is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def about_policies(command: F) -> F:
    """Let a command ask which agreements it is about; those of the hub's own settings unless it is told."""
    return click.option(
        "--policies",
        type=click.Path(exists=True, path_type=Path),
        multiple=True,
        default=lambda: [part for part in os.environ.get("HUB_POLICIES", "policies").split(os.pathsep) if part],
        show_default="HUB_POLICIES, or the folder policies",
        help="Agreements: a file, or a folder of them. May be given several times.",
    )(command)


def few(words: Iterable[str]) -> str:
    """Return a few words for a person to read: all of three, or two and how many more."""
    known = sorted(set(words))
    return ", ".join(known) if len(known) <= 3 else f"{known[0]}, {known[1]} and {len(known) - 2} more"
