"""The live view: what each partner's screen shows, side by side, and what was withheld and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.rehearsal.partners import SCREENS, Screen

WIDE = SCREENS[:8]
"""The screens that have a panel of their own; of the others the last heading is shown."""


class Withheld:
    """What the disclosure record says was withheld in the last telling, by recipient and rule."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Take the entries of one act, as ``hub disclosures --json`` gives them."""
        self.rows: list[tuple[str, str, str, str]] = []
        for entry in entries:
            for copy in [*entry["to"], *({**nobody, "given": {}} for nobody in entry["told_nothing"])]:
                self.rows += [
                    (entry["event"], copy["recipient"], category, why)
                    for category, why in sorted(copy["withheld"].items())
                ]

    def table(self, most: int) -> Table:
        """Return the rows as a table; what a rule forbids stands before what no rule gives."""
        table = Table(
            expand=True,
            title="Withheld in this act, and why (from the disclosure record)",
            title_justify="left",
            title_style="bold",
        )
        for name in ("event", "from", "kind of fact", "because of rule"):
            table.add_column(name, no_wrap=True, overflow="ellipsis")
        rows = sorted(dict.fromkeys(self.rows), key=lambda row: (row[3] == "no rule gives it", row))
        for row in rows[:most]:
            table.add_row(*row)
        if len(rows) > most:
            table.caption = f"and {len(rows) - most} more: hub disclosures shows all"
        return table


def picture(
    caption: str, act: str, shown: Mapping[str, Iterable[str]], withheld: Withheld, console: Console
) -> RenderableType:
    """Return the whole view for a terminal of the console's size."""
    layout = Layout()
    layout.split_column(
        Layout(name="act", size=4),
        Layout(name="upper", ratio=3),
        Layout(name="lower", ratio=3),
        Layout(name="others", size=len(SCREENS) - len(WIDE) + 2),
        Layout(name="withheld", ratio=2),
    )
    layout["act"].update(Panel(Text(caption, style="bold"), title=act))
    height = max(6, (console.size.height - 14) * 3 // 8)
    for row, screens in (("upper", WIDE[:4]), ("lower", WIDE[4:])):
        layout[row].split_row(*(Layout(_panel(screen, shown[screen.recipient], height)) for screen in screens))
    layout["others"].update(
        Panel(
            Group(*(_last(screen, shown[screen.recipient]) for screen in SCREENS[len(WIDE) :])),
            title="and of the others, the last",
        )
    )
    layout["withheld"].update(withheld.table(max(3, (console.size.height - 14) // 4 - 4)))
    return layout


def _panel(screen: Screen, lines: Iterable[str], height: int) -> Panel:
    cards = "\n".join(line.replace(f"{screen.title} | ", "") for line in lines).rstrip()
    last = cards.rsplit("\n\n", 1)[-1].splitlines()[: height - 2]
    return Panel(
        Text("\n".join(last), overflow="ellipsis", no_wrap=True),
        title=screen.title,
        border_style="green" if last else "dim",
    )


def _last(screen: Screen, lines: Iterable[str]) -> Text:
    headings = [line for line in lines if line.startswith(("!!", "--"))]
    said = headings[-1].replace(f"{screen.title} | ", "") if headings else "nothing"
    return Text(f"{screen.title:36} {said}", overflow="ellipsis", no_wrap=True)


def plain(caption: str, fresh: Mapping[str, list[str]], withheld: Withheld, console: Console) -> None:
    """Print one act as plain lines, for a terminal that is none."""
    console.print(f"\n== {caption}", style="bold", highlight=False)
    for screen in SCREENS:
        for line in fresh[screen.recipient]:
            if line.startswith(("!!", "--")):
                console.print(
                    f"   {screen.title:36} {line.replace(screen.title + ' | ', '')}", highlight=False, soft_wrap=True
                )
    forbidden = [row for row in dict.fromkeys(withheld.rows) if row[3] != "no rule gives it"]
    for event, recipient, category, why in sorted(forbidden)[:12]:
        console.print(
            f"   withheld from {recipient}: {category} of {event} ({why})", style="dim", highlight=False, soft_wrap=True
        )
