"""The main job as a newcomer sees it: one command, separate processes, an outcome that is checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 400


def test_rehearsal_comes_out_right(tmp_path: Path) -> None:
    """The story, played by separate processes, comes out right from every partner's side, and all of them end."""
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.rehearsal", "--once", "--folder", str(tmp_path / "rehearsal")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert "WRONG" not in ended.stdout
    assert "right  the alert says who" in ended.stdout
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
