"""Which key signs, and which are believed, as time goes by."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.access.errors import KeyRefused, KeyRule
from hub.access.keys import SigningKeys
from hub.access.rotation import MARGIN, SETTLING, drop, plan, read_keys
from hub.access.tokens import LIFETIME

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
LAST = SETTLING + LIFETIME + MARGIN
SECOND = timedelta(seconds=1)


def came(folder: Path, **ago: timedelta) -> None:
    """Put a key file there for each name, that came so long after the beginning."""
    for name, after in ago.items():
        path = folder / f"{name.removeprefix('k')}.pem"
        path.touch(mode=0o600)
        when = (BEGIN + after).timestamp()
        os.utime(path, (when, when))


def names(folder: Path, at: timedelta) -> tuple[str, str, str]:
    """Return the numbers of what signs, what is listed, and what is over."""
    planned = plan(folder, BEGIN + at)
    return (
        planned.signing.stem[-1],
        "".join(path.stem[-1] for path in planned.listed),
        "".join(path.stem[-1] for path in planned.over),
    )


def test_one_key_signs_at_once(tmp_path: Path) -> None:
    """The only key signs, however new it is."""
    came(tmp_path, k000001=timedelta(0))

    assert ("1", "1", "") == names(tmp_path, timedelta(0))


def test_from_one_key_to_the_next(tmp_path: Path) -> None:
    """A new key is listed, then signs; the former is listed until its last token is over."""
    came(tmp_path, k000001=-timedelta(days=90), k000002=timedelta(0))

    assert ("1", "12", "") == names(tmp_path, timedelta(0))
    assert ("1", "12", "") == names(tmp_path, SETTLING - SECOND)
    assert ("2", "12", "") == names(tmp_path, SETTLING)
    assert ("2", "12", "") == names(tmp_path, LAST - SECOND)
    assert ("2", "2", "1") == names(tmp_path, LAST)


def test_rotated_twice_in_a_row(tmp_path: Path) -> None:
    """Each key counts from the time at which the next one began to sign."""
    came(tmp_path, k000001=-timedelta(days=90), k000002=timedelta(0), k000003=timedelta(minutes=5))

    assert ("2", "123", "") == names(tmp_path, timedelta(minutes=5))
    assert ("3", "123", "") == names(tmp_path, timedelta(minutes=6))
    assert ("3", "23", "1") == names(tmp_path, LAST)
    assert ("3", "3", "12") == names(tmp_path, LAST + timedelta(minutes=5))


def test_files_that_came_all_at_once(tmp_path: Path) -> None:
    """Copied keys are all new: the oldest signs until they have settled, and none is over before its time."""
    came(tmp_path, k000001=timedelta(0), k000002=timedelta(0), k000003=timedelta(0))

    assert ("1", "123", "") == names(tmp_path, timedelta(0))
    assert ("3", "123", "") == names(tmp_path, SETTLING)
    assert ("3", "3", "12") == names(tmp_path, LAST)


def test_read_and_dropped(tmp_path: Path) -> None:
    """The keys read are those of the plan, the signing one first; what is over can be deleted, twice as well."""
    first, second = SigningKeys.generate(tmp_path), SigningKeys.generate(tmp_path)
    now = datetime.now(UTC)

    assert [first.kid, second.kid] == [key.kid for key in read_keys(tmp_path, now).jwks().keys]
    assert [second.kid, first.kid] == [key.kid for key in read_keys(tmp_path, now + SETTLING + SECOND).jwks().keys]
    over = plan(tmp_path, now + LAST + SECOND).over
    drop(over)
    drop(over)
    assert [second.kid] == [key.kid for key in read_keys(tmp_path, now + LAST + SECOND).jwks().keys]


def test_no_key(tmp_path: Path) -> None:
    """A folder without keys is refused."""
    with pytest.raises(KeyRefused, match=KeyRule.NONE):
        plan(tmp_path, BEGIN)
