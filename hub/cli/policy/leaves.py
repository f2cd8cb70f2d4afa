"""Leaves on the terminal, each with why it is given or not."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from hub.policy.explain import LeafExplained


def leaf_table(leaves: Iterable[LeafExplained]) -> Table:
    """Return a row for each leaf."""
    table = Table("leaf", "given", "because")
    for leaf in leaves:
        lines = [f"{reason.rule}: [dim]{reason.says} {reason.because}[/dim]" for reason in leaf.reasons]
        if not leaf.given:
            lines += [f"no rule that holds gives {category}" for category in leaf.missing]
            lines += [f"[dim]{reason.rule} gives it {reason.says}[/dim]" for reason in leaf.would]
            lines += [
                f"{reason.rule} gives it in messages of its own agreement, and not here" for reason in leaf.elsewhere
            ]
        named = f"{leaf.path}\n[dim]{', '.join(leaf.categories)}[/dim]"
        table.add_row(named, leaf.how if leaf.given else "no", "\n".join(lines))
    return table


def listed(console: Console, title: str, lines: Iterable[str]) -> None:
    """Print lines under a title, where there are any."""
    known = list(lines)
    if known:
        console.print(f"[bold]{title}[/bold]")
        for line in known:
            console.print(f"  {line}")
