"""Times as the national systems write them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.national.times import ABBREVIATED, MONTHS, NotATime, day_of, moment_of

LONDON = ZoneInfo("Europe/London")
NINE = "2023-08-04T09:06:46.652815769+01:00"

MOMENTS = {
    "zone name after the offset": ("2023-06-19T18:35:59.442+01:00[Europe/London]", "2023-06-19T17:35:59.442000"),
    "zone name after Z": ("2023-01-19T18:35:59Z[UTC]", "2023-01-19T18:35:59"),
    "zone name that nobody knows, after an offset": ("2023-01-19T18:35:59+01:00[Mars/North]", "2023-01-19T17:35:59"),
    "zone name alone": ("2023-07-01T12:00:00[Europe/London]", "2023-07-01T11:00:00"),
    "as Java prints summer": ("Mon Jun 19 00:00:00 BST 2023", "2023-06-18T23:00:00"),
    "as Java prints winter": ("Thu Jan 19 09:05:01 GMT 2023", "2023-01-19T09:05:01"),
    "as Java prints UTC": ("Thu Jan 19 09:05:01 UTC 2023", "2023-01-19T09:05:01"),
    "nine digits of a second are cut": (NINE, "2023-08-04T08:06:46.652815"),
    "one digit of a second": ("2023-08-04T09:06:46.6Z", "2023-08-04T09:06:46.600000"),
    "local summer time": ("2023-08-04T09:06:46", "2023-08-04T08:06:46"),
    "local winter time": ("2023-12-04T09:06:46", "2023-12-04T09:06:46"),
    "the hour that comes twice is its first coming": ("2023-10-29T01:30:00", "2023-10-29T00:30:00"),
    "no seconds": ("2023-12-04T09:06Z", "2023-12-04T09:06:00"),
    "a blank for the T": ("2023-12-04 09:06:46", "2023-12-04T09:06:46"),
    "an offset without a colon": ("2023-12-04T09:06:46+0100", "2023-12-04T08:06:46"),
    "an offset of hours": ("2023-12-04T09:06:46-05", "2023-12-04T14:06:46"),
    "years old": ("2010-03-01T10:00:00Z", "2010-03-01T10:00:00"),
}


@pytest.mark.parametrize(("text", "expected"), MOMENTS.values(), ids=MOMENTS)
def test_a_dialect_is_read(text, expected):
    """Each dialect means the moment that its writer meant."""
    assert dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC) == moment_of(text)


NOT_TIMES = [
    "", "yesterday", "2023-02-30T10:00:00Z", "2023-13-01T10:00:00Z", "2023-01-01T24:00:00Z", "2023-06-19",
    "0001-01-01T00:00:00+14:00", "Mon Jun 31 00:00:00 BST 2023", "Mon Jun 19 00:00:00 PST 2023",
    "Mon Jux 19 00:00:00 BST 2023", "2023-06-19T18:35:59[Mars/North]", "2023-06-19T18:35:59[../../etc/passwd]",
    "1687192559", "٢٠٢٣-06-19T18:35:59Z", "2023-06-19T18:35:59+99:00",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_TIMES)
def test_what_is_no_time_is_refused(text):
    """Another form, an impossible time and a day without an hour are refused with our own error."""
    with pytest.raises(NotATime):
        moment_of(text)


def test_a_day_is_a_day_in_london():
    """Midnight of British summer time belongs to the day that it begins, not to the day before in UTC."""
    assert dt.date(2023, 6, 19) == day_of("Mon Jun 19 00:00:00 BST 2023")
    assert dt.date(2023, 6, 19) == day_of("2023-06-18T23:30:00Z")
    assert dt.date(2023, 6, 19) == day_of("2023-06-19")
    with pytest.raises(NotATime):
        day_of("2023-02-29")


moments = st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2099, 12, 30), timezones=st.just(dt.UTC))  # noqa: DTZ001 - bounds are naive


@given(moments, st.integers(-14 * 60, 14 * 60), st.sampled_from(["", "[Europe/London]", "[Z]"]))
def test_any_offset_is_the_same_moment(moment, minutes, zone):
    """A moment written with any offset, and any zone name after it, comes back as itself."""
    written = moment.astimezone(dt.timezone(dt.timedelta(minutes=minutes))).isoformat() + zone

    assert moment == moment_of(written)


@given(moments.map(lambda m: m.replace(microsecond=0)), st.sampled_from(["BST", "GMT", "UTC"]))
def test_what_java_prints_is_the_same_moment(moment, zone):
    """A moment as Java prints it comes back as itself, whatever the computer's language."""
    local = moment.astimezone(dt.timezone(ABBREVIATED[zone]))
    month = MONTHS[local.month - 1].capitalize()
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

    assert moment == moment_of(f"{days[local.weekday()]} {month} {local:%d %H:%M:%S} {zone} {local.year}")


@given(moments)
def test_local_time_is_londons(moment):
    """A time without a zone is what the clocks of London show; only in the repeated hour may it be an hour earlier."""
    local = moment.astimezone(LONDON)
    read = moment_of(local.replace(tzinfo=None).isoformat())

    assert read == moment or (local.fold == 1 and read == moment - dt.timedelta(hours=1))


@given(st.text(max_size=60))
def test_no_text_raises_anything_else(text):
    """Whatever is given as a time, it is a moment or our own refusal, and the refusal quotes nothing."""
    try:
        said = moment_of(text).tzinfo
    except NotATime as error:
        said = str(error)

    assert said in (dt.UTC, "not a time in a known form")
