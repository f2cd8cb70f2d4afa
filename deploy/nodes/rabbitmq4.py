"""RabbitMQ 4 beside the RabbitMQ 3 of Debian 12: the next Debian in a folder, from which a private node may run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SUITE = "trixie"
ROOT = Path("/var/cache/hub-debian-trixie")


def rabbitmq4_root() -> Path:
    """Return the folder to give to ``Broker`` or ``Cluster`` as their root; the first call takes a minute.

    Raises:
        RuntimeError: it is not there yet, and cannot be made: by whom, without which program, or why not.
    """
    if ROOT.exists():
        return ROOT
    if os.getuid() != 0 or shutil.which("mmdebstrap") is None:
        raise RuntimeError("RabbitMQ 4 needs root, and once mmdebstrap: apt-get install mmdebstrap")
    building = Path(tempfile.mkdtemp(prefix="hub-debian-", dir=ROOT.parent))
    try:
        done = subprocess.run(
            ["mmdebstrap", "--variant=apt", "--include=rabbitmq-server", SUITE, building],  # noqa: S607 - as on Debian
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"mmdebstrap ended with {done.returncode}:\n{done.stderr[-2000:]}")
        building.rename(ROOT)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return ROOT
