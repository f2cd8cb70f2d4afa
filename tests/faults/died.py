"""Runs a program whose hubs die, one at each of its points, and tells where each left its store."""

import signal
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from tests.fixtures.serving import ROOT


def died_at(program: str, points: Collection[str], folder: Path) -> dict[str, Path]:
    """Return by point the folder of the hub that died there; every one of them did."""
    ended = subprocess.run(
        [sys.executable, "-m", program, str(folder)], cwd=ROOT, capture_output=True, check=True, timeout=120
    )
    codes = dict(line.split(": ") for line in ended.stdout.decode().splitlines() if line.split(": ")[0] in points)
    assert dict.fromkeys(points, str(-signal.SIGKILL)) == codes, ended.stderr.decode()[-2000:]
    return {point: folder / point.replace(" ", "-") for point in points}
