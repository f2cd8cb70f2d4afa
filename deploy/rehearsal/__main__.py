"""``python -m deploy.rehearsal``: the main job, on this machine, to watch."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live

from deploy.rehearsal.outcome import ALERT_SECONDS, Finding, findings
from deploy.rehearsal.partners import SCREENS
from deploy.rehearsal.screens import ROOMY, Withheld, picture, plain
from deploy.rehearsal.stage import ROOT, Stage
from deploy.rehearsal.story import JORDAN, STORY, Act, Telling

PAUSE = 3.5
"""Seconds that each act is left on the screen."""
SETTLE = 1.0
"""Seconds between an act and the question of what came of it."""
PATIENCE = 30.0
"""Seconds in which everything that was told must be in its partners' hands."""
REASON = "rehearsal: to show what was withheld"


class Rehearsal:
    """Plays the story over a stage and shows it."""

    def __init__(self, stage: Stage, console: Console, pause: float) -> None:
        """Take the stage, and where to show it."""
        self._stage, self._console, self._pause = stage, console, pause
        self._telling = Telling(stage, dt.datetime.now(dt.UTC))
        self._known: set[str] = set()
        self.alert_seconds: float | None = None

    async def play(self) -> None:
        """Play every act."""
        size = self._console.size
        if self._console.is_terminal and size.width >= ROOMY[0] and size.height >= ROOMY[1]:
            with Live(console=self._console, screen=False, auto_refresh=False, vertical_overflow="crop") as live:
                for number, act in enumerate(STORY, 1):
                    withheld = await self._perform(act)
                    live.update(
                        picture(
                            act.caption, f"Act {number} of {len(STORY)}", self._stage.shown, withheld, self._console
                        ),
                        refresh=True,
                    )
                    await asyncio.sleep(self._pause)
        else:
            for act in STORY:
                before = {recipient: len(lines) for recipient, lines in self._stage.shown.items()}
                withheld = await self._perform(act)
                plain(
                    act.caption,
                    {recipient: list(lines)[before[recipient] :] for recipient, lines in self._stage.shown.items()},
                    withheld,
                    self._console,
                )

    async def _perform(self, act: Act) -> Withheld:
        begun = time.monotonic()
        await act.play(self._telling)
        if "receives Jordan" in act.caption and self.alert_seconds is None:
            self.alert_seconds = await self._until_alert(begun)
        await self._stage.taken()
        await asyncio.sleep(SETTLE)
        told: list[dict[str, Any]] = json.loads(
            await self._stage.hub_command(
                "disclosures", "--prison-number", JORDAN["prison-number"], "--reason", REASON, "--json"
            )
        )
        fresh = [entry for entry in told if entry["kind"] == "disclosure" and entry["entry"] not in self._known]
        self._known |= {entry["entry"] for entry in fresh}
        return Withheld(fresh)

    async def _until_alert(self, begun: float) -> float | None:
        """Return after how many seconds the alert stood on the reception desk's screen."""
        while time.monotonic() - begun < 10:
            if any("ALERT" in line for line in self._stage.shown["hmp-birmingham.reception"]):
                return time.monotonic() - begun
            await asyncio.sleep(0.01)
        return None

    def _how_fast(self) -> str:
        """Return how long the alert took: a figure of this machine today, and no part of right or wrong."""
        if self.alert_seconds is None:
            return "The alert was not on the reception desk within ten seconds of the prison's message."
        within = "within" if self.alert_seconds <= ALERT_SECONDS else "NOT within"
        return (
            f"From the prison's message to the alert on the desk: {self.alert_seconds:.2f} seconds, {within} a second."
        )

    async def check(self) -> bool:
        """Print what was to be so and whether it is, once the last copies have come; return whether all of it is."""
        until = time.monotonic() + PATIENCE
        found = self._found()
        while not all(finding.right for finding in found) and time.monotonic() < until:
            await asyncio.sleep(0.1)
            found = self._found()
        self._console.print()
        for finding in found:
            self._console.print(
                f"  {'[green]right[/green]' if finding.right else '[red]WRONG[/red]'}  {finding.what}", highlight=False
            )
        self._console.print(f"\n{self._how_fast()}", highlight=False)
        return all(finding.right for finding in found)

    def _found(self) -> list[Finding]:
        return list(findings({screen.recipient: self._stage.copies(screen.recipient) for screen in SCREENS}))


def _what_to_look_at(stage: Stage, console: Console) -> None:
    settings = " ".join(f"{name}={value}" for name, value in stage.environment().items())
    hub = Path(sys.executable).with_name("hub")
    console.print(
        f"""
The hub goes on serving at {stage.url}. Look at:
  {stage.folder}/screens/           each partner's own inbox
  {stage.folder}/national/aside/    what was not understood, with the reason
  {stage.folder}/scheme-list/       the list, and beside it the refused row with its reason
  curl {stage.url}/health           also /metrics, /info, /openapi.json
and ask, in another terminal:
  {settings} {hub} disclosures --crn {JORDAN["crn"]} --reason "to see"
  {settings} {hub} held list
Ctrl-C ends everything.""",
        highlight=False,
        soft_wrap=True,
    )


async def _rehearse(folder: Path, *, once: bool) -> int:
    console = Console()
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    console.print("Starting a hub and its partners, each a process of its own …", highlight=False)
    async with Stage(folder) as stage:
        rehearsal = Rehearsal(stage, console, 0.0 if once else PAUSE)
        playing = asyncio.create_task(rehearsal.play())
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait((playing, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            return 0
        stopped.cancel()
        playing.result()
        right = await rehearsal.check()
        if not once:
            _what_to_look_at(stage, console)
            await stopping.wait()
        return 0 if right or not once else 1


@click.command()
@click.option(
    "--once",
    is_flag=True,
    help="Play the story, check its outcome from the partners' side, and exit: not 0 when it does not come out right.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOT / "var" / "rehearsal",
    show_default="var/rehearsal",
    help="Made anew each time.",
)
def main(folder: Path, *, once: bool) -> None:
    """Rehearse the main job: a hub, its partners, and a few days of invented people."""
    sys.exit(asyncio.run(_rehearse(folder, once=once)))


if __name__ == "__main__":
    main()
