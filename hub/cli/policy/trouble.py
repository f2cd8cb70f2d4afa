"""What kept two agreements from being compared: an answer of its own, apart from "they differ"."""

from __future__ import annotations

from typing import IO, Any

import click

from hub.errors import HubError


class Trouble(click.ClickException):
    """A refusal, told as every other is; the exit code is 2."""

    exit_code = 2

    def __init__(self, error: HubError) -> None:
        """Keep what was refused."""
        super().__init__(error.title())
        self.error = error

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what happened, where, and what to do next."""
        lines = (
            self.error.title(),
            *(f"  {problem.field}: {problem.rule}" for problem in self.error.problems),
            self.error.remedy,
        )
        for line in lines:
            click.echo(line, file=file, err=file is None)
