"""Values as a person reads them; what is shown on a screen cannot command the screen."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:.*", re.ASCII)
CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Classes of characters that move, hide or turn round what stands on a screen."""


def plain(value: Any) -> str:  # noqa: ANN401 - a leaf may be of any kind
    """Return a leaf in words: days and times as they are said in Britain, lists joined, yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(plain(each) for each in value)
    text = str(value)
    if _DAY.fullmatch(text):
        return _day(text)
    if _TIME.fullmatch(text):
        return _moment(text)
    return visible(text)


def moment(value: dt.datetime) -> str:
    """Return a moment by the clock of London: ``2 March 2026 at 09:30``."""
    local = value.astimezone(LONDON)
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


def visible(text: str) -> str:
    """Return a text in one line, without characters that would command the screen."""
    return "".join(" " if unicodedata.category(each) in CONTROL else each for each in text).strip()


def words(name: str) -> str:
    """Return the name of a field, or a code word, as words."""
    return visible(name).replace("_", " ").replace("-", " ")


def joined(parts: Iterable[str], between: str = ", ") -> str:
    """Return the parts that say something, joined."""
    return between.join(part for part in parts if part)


def _day(text: str) -> str:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"


def _moment(text: str) -> str:
    try:
        return moment(dt.datetime.fromisoformat(text))
    except ValueError:
        return visible(text)
