"""Times as the national systems write them: five dialects, one meaning.

* ISO 8601, with up to nine digits of a second, which are cut to six;
* the same with the zone's name after the offset (``+01:00[Europe/London]``): the offset counts;
* the same without either: local time in London; the hour that comes twice in October is read as
  its first coming, as the national systems' own libraries read it;
* as Java prints a date: ``Mon Jun 19 00:00:00 BST 2023``;
* a day alone, where a day is asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LONDON: Final = ZoneInfo("Europe/London")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ABBREVIATED: Final = {"BST": dt.timedelta(hours=1), "GMT": dt.timedelta(0), "UTC": dt.timedelta(0)}
_ISO: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r" ?([Zz]|[+-]\d\d(?::?\d\d)?)?(?:\[([A-Za-z0-9_+/-]{1,40})\])?)?",
    re.ASCII,
)
_JAVA: Final = re.compile(
    r"(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) (\d\d?) (\d\d):(\d\d):(\d\d) ([a-z]{3}) (\d{4})",
    re.ASCII | re.IGNORECASE,
)


class NotATime(ValueError):
    """It is not a time in a form that the national systems use."""


def moment_of(text: str) -> dt.datetime:
    """Return the moment that a time means, in UTC.

    Raises:
        NotATime: it is of no known form, no possible time, or a day without an hour.
    """
    try:
        return _aware(text.strip()).astimezone(dt.UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        raise NotATime("not a time in a known form") from None


def day_of(text: str) -> dt.date:
    """Return the day in London that a time or a day means.

    Raises:
        NotATime: it is of no known form, or no possible day.
    """
    found = _ISO.fullmatch(text.strip())
    if found and found[4] is None:
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            raise NotATime("not a possible day") from None
    return moment_of(text).astimezone(LONDON).date()


def _aware(text: str) -> dt.datetime:
    if found := _ISO.fullmatch(text):
        return _iso(found)
    if found := _JAVA.fullmatch(text):
        month, day, hour, minute, second, zone, year = found.groups()
        offset = dt.timezone(ABBREVIATED[zone.upper()]) if zone.upper() in ABBREVIATED else None
        number = MONTHS.index(month.lower()) + 1
        naive = dt.datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=offset)
        return _zoned(naive)
    raise NotATime


def _zoned(time: dt.datetime) -> dt.datetime:
    if time.tzinfo is None:
        raise NotATime
    return time


def _iso(found: re.Match[str]) -> dt.datetime:
    year, month, day, hour, minute, second, fraction, offset, zone = found.groups()
    if hour is None:
        raise NotATime
    micro = int((fraction or "0").ljust(6, "0")[:6])
    tz = _offset(offset) if offset else ZoneInfo(zone) if zone else LONDON
    return dt.datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, tzinfo=tz)


def _offset(text: str) -> dt.tzinfo:
    if text in {"Z", "z"}:
        return dt.UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-size if text[0] == "-" else size)
