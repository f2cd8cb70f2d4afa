"""The live view: what each partner's screen shows, side by side, and what was withheld and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.rehearsal.partners import SCREENS, Screen

WIDE, OTHERS = SCREENS[:8], SCREENS[8:]
"""The screens that have a panel of their own; of the others the last heading is shown."""
ROOMY = (140, 44)
"""Columns and rows that the view needs; a smaller terminal gets plain lines."""
CARD = ("!!", "--")
EVERYTHING = "everything: not told that it happened"
NO_RULE = "no rule gives it"
UNSAID = "that it happened may not be known"


class Withheld:
    """What the disclosure record says was withheld in the last telling, by recipient and rule."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Take the entries of one act, as ``hub disclosures --json`` gives them."""
        rows: list[tuple[str, str, str, str]] = []
        for entry in entries:
            event = entry["event"]
            for copy in entry["to"]:
                rows += [(event, copy["recipient"], what, why) for what, why in copy["withheld"].items()]
            rows += [(event, nobody["recipient"], EVERYTHING, _cause(nobody)) for nobody in entry["told_nothing"]]
        self.rows = sorted(dict.fromkeys(rows), key=lambda row: (row[3] in {NO_RULE, UNSAID}, row))
        """Event, recipient, kind of fact, reason: what a rule forbids stands before what no rule gives."""

    def table(self, most: int) -> Table:
        """Return the rows as a table."""
        title = "Withheld in this act, and why (from the disclosure record)"
        table = Table(expand=True, title=title, title_justify="left", title_style="bold")
        for name in ("event", "from", "kind of fact", "because of rule"):
            table.add_column(name, no_wrap=True, overflow="ellipsis")
        for row in self.rows[:most]:
            table.add_row(*row)
        if len(self.rows) > most:
            table.caption = f"and {len(self.rows) - most} more: hub disclosures shows all"
        return table


def _cause(nobody: Mapping[str, Any]) -> str:
    """Return why somebody was told nothing: a rule that forbids, before the mere absence of one."""
    reasons = set(nobody["withheld"].values())
    return min(reasons - {NO_RULE, UNSAID}, default=NO_RULE)


def picture(
    caption: str, act: str, shown: Mapping[str, Iterable[str]], withheld: Withheld, console: Console
) -> RenderableType:
    """Return the whole view for a terminal of the console's size."""
    layout = Layout()
    layout.split_column(
        Layout(Panel(Text(caption, style="bold"), title=act), name="act", size=3),
        Layout(name="upper", ratio=3),
        Layout(name="lower", ratio=3),
        Layout(name="others", size=len(OTHERS) + 2),
        Layout(withheld.table(max(3, console.size.height // 4 - 6)), name="withheld", ratio=2),
    )
    for row, screens in (("upper", WIDE[:4]), ("lower", WIDE[4:])):
        layout[row].split_row(*(Layout(_panel(screen, shown[screen.recipient])) for screen in screens))
    last = Group(*(_last(screen, shown[screen.recipient]) for screen in OTHERS))
    layout["others"].update(Panel(last, title="and of the others, the last"))
    return layout


def _panel(screen: Screen, lines: Iterable[str]) -> Panel:
    """Return one screen with its last card, and the title that the panel has already left out of it."""
    cards = [line.replace(f"{screen.title} | ", "") for line in lines]
    starts = [i for i, line in enumerate(cards) if line.startswith(CARD)]
    last = [re.sub(r"(?<=\S) {3,}", "  ", line.strip()) for line in cards[starts[-1] :] if line] if starts else []
    text = Text("\n".join(last))
    return Panel(text, title=screen.title, border_style="green" if last else "dim")


def _last(screen: Screen, lines: Iterable[str]) -> Text:
    headings = [line for line in lines if line.startswith(CARD)]
    said = headings[-1].replace(f"{screen.title} | ", "") if headings else "nothing"
    return Text(f"{screen.title:36} {said}", overflow="ellipsis", no_wrap=True)


def plain(caption: str, fresh: Mapping[str, list[str]], withheld: Withheld, console: Console) -> None:
    """Print one act as plain lines, for a small terminal or none."""
    console.print(f"\n== {caption}", style="bold", highlight=False)
    for screen in SCREENS:
        for line in fresh[screen.recipient]:
            if line.startswith(CARD):
                said = line.replace(f"{screen.title} | ", "")
                console.print(f"   {screen.title:36} {said}", highlight=False, soft_wrap=True)
    forbidden = [row for row in withheld.rows if row[3] not in {NO_RULE, UNSAID}]
    for event, recipient, what, why in forbidden[:12]:
        line = f"   withheld from {recipient}: {what} of {event} ({why})"
        console.print(line, style="dim", highlight=False, soft_wrap=True)
