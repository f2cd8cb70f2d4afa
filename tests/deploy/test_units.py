"""The systemd units: both as narrow as they can be, and none that gives up."""

from __future__ import annotations

import re
from pathlib import Path

SYSTEMD = Path(__file__).parents[2] / "deploy" / "systemd"
WORKER = (SYSTEMD / "offender-hub@.service").read_text()
MIGRATION = (SYSTEMD / "offender-hub-migrate.service").read_text()
ACCOUNT = (SYSTEMD / "offender-hub.conf").read_text()


def hardening(unit):
    """What a unit may not do, from the comment on."""
    return unit.partition("# It reads its code")[2].partition("\n\n")[0].strip().splitlines()[1:]


def test_both_are_hardened_alike():
    """What the worker may not do, the migration may not do either."""
    assert "ProtectSystem=strict" in hardening(WORKER)
    assert "NoNewPrivileges=yes" in hardening(WORKER)
    assert hardening(WORKER) == hardening(MIGRATION)


def test_account():
    """Both run as the account that is made for them."""
    made = re.search(r"^u (\S+)", ACCOUNT, re.MULTILINE).group(1)

    assert [made] * 2 == re.findall(r"^User=(.+)$", WORKER + MIGRATION, re.MULTILINE)


def test_worker_does_not_give_up():
    """A worker is tried again for as long as it takes, and a migration that failed does not keep it from that."""
    assert "Restart=always" in WORKER
    assert "StartLimitIntervalSec=0" in WORKER
    assert "Requires=" not in WORKER


def test_migration_comes_first():
    """A worker asks for the migration and starts after it."""
    assert "offender-hub-migrate.service" in re.search(r"^Wants=(.+)$", WORKER, re.MULTILINE).group(1)
    assert "offender-hub-migrate.service" in re.search(r"^After=(.+)$", WORKER, re.MULTILINE).group(1)
