"""Numbers, for all values: one canonical form, one error, and no value in the error."""

from __future__ import annotations

import string
import traceback
from datetime import date
from itertools import product

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hub.identity.numbers import PARSERS, InvalidIdentifier

# Worked out apart from the code: the alphabet from Z and A on, less the letters that read as digits.
LETTERS = "Z" + "".join(c for c in string.ascii_uppercase[:-1] if c not in "IOS")
TODAY = date(2026, 11, 21)
SEPARATORS = ("/", ".", "-", " ")

kinds = st.sampled_from(sorted(PARSERS))
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
years = st.integers(1927, 2026)
pnc_serials = st.integers(1, 9_999_999)

PATTERNS = {
    "pnc": r" ?((19|20)?[0-9]{2}[/. -]?[0-9]{1,7}|[0-9]{3,11})[A-Za-z] ?",
    "cro": r" ?([0-9]{1,6}[/. -][0-9]{2}|(SF|sf)[0-9]{2}[/. -][0-9]{1,6})[A-Za-z] ?",
    "asn": r" ?[0-9]{2}[A-Z]?[A-Z0-9]{2}/?[A-Z]{2}/?[A-Z0-9]{2}/?[0-9]{11}[A-Za-z] ?",
    "prison-number": r" ?[A-Za-z][0-9]{4}[A-Za-z]{2} ?",
    "crn": r" ?[A-Za-z]{1,2}[0-9]{5,6} ?",
    "case-urn": r" ?[A-Za-z0-9]{2}[/. -]?[A-Za-z0-9]{2}[/. -]?[0-9]{3,8} ?",
}
# Digits and letters of every script, surrogates and control characters too, often in the shape of a number.
look_alikes = st.from_regex(r"\w{1,4}[/. -]?\w{1,11}\w?", fullmatch=True)
anything = st.text(st.characters(), max_size=60)
shaped = st.sampled_from(sorted(PATTERNS)).flatmap(lambda kind: st.from_regex(PATTERNS[kind], fullmatch=True))
arbitrary = st.one_of(anything, look_alikes, shaped)


def letter(digits: str) -> str:
    """Return the check letter, by long division."""
    remainder = 0
    for digit in digits:
        remainder = (remainder * 10 + int(digit)) % 23
    return LETTERS[remainder]


def refusal(kind: str, value: str) -> InvalidIdentifier | None:
    """Return the error with which ``value`` is refused, None if it is read."""
    try:
        PARSERS[kind](value, TODAY)
    except InvalidIdentifier as error:
        return error
    return None


def told(error: InvalidIdentifier) -> str:
    """Return all that an error tells a log: text, representation and the chain of tracebacks."""
    return "\n".join([str(error), repr(error), *traceback.format_exception(error)])


def _known_refusals() -> str:
    wrong = (
        "?",
        "2002/0073319A",
        "065656/91A",
        "1101ZD0100000448754A",
        "2000/0000000Z",
        "000000/00Z",
        f"11{0:017}Z",
    )
    errors = (refusal(kind, value) for kind, value in product(sorted(PARSERS), wrong))
    return "\n".join(told(error) for error in errors if error)


KNOWN = _known_refusals()


def pnc(year: str, serial: str, separator: str) -> str:
    """Return a PNC ID as written in one of the dialects."""
    return f"{year}{separator}{serial}{letter(year[-2:] + serial.zfill(7))}"


@given(years, pnc_serials, st.sampled_from(SEPARATORS), st.booleans())
def test_every_dialect_with_a_separator_is_one_number(year: int, serial: int, separator: str, lower: bool) -> None:
    """Year of two or four digits, serial padded or not, any separator, either case: one canonical form."""
    canonical = pnc(f"{year}", f"{serial:07}", "/")

    for y, s in product((f"{year}", f"{year % 100:02}"), (f"{serial}", f"{serial:07}")):
        written = pnc(y, s, separator)
        assert canonical == PARSERS["pnc"](written.lower() if lower else written, TODAY).canonical


@given(years, pnc_serials)
def test_every_dialect_without_separator_is_found(year: int, serial: int) -> None:
    """Without a separator the padded long form is exact; the others have the number among their readings."""
    canonical = pnc(f"{year}", f"{serial:07}", "/")

    assert canonical == PARSERS["pnc"](pnc(f"{year}", f"{serial:07}", ""), TODAY).canonical
    for y, s in product((f"{year}", f"{year % 100:02}"), (f"{serial}", f"{serial:07}")):
        parsed = PARSERS["pnc"](pnc(y, s, ""), TODAY)
        assert canonical in (parsed.canonical, *parsed.also)


@given(st.integers(0, 99), pnc_serials, days)
def test_both_centuries_are_offered(year: int, serial: int, today: date) -> None:
    """A year of two digits is read in the hundred years up to today, and in the other century too."""
    parsed = PARSERS["pnc"](pnc(f"{year:02}", f"{serial}", "/"), today)
    readings = [parsed.canonical, *parsed.also]

    assert today.year - 100 < int(parsed.canonical[:4]) <= today.year
    assert [f"19{year:02}", f"20{year:02}"] == sorted(reading[:4] for reading in readings)
    assert 1 == len({reading[4:] for reading in readings})


@given(st.integers(0, 99), st.integers(1, 999_999))
def test_cro_numbers(year: int, serial: int) -> None:
    """A standard CRO number is padded to six digits, for its sum too; a file-only one is not."""
    standard = f"/{year:02}{letter(f'{year:02}{serial:06}')}"
    file_only = f"SF{year:02}/{serial}{letter(f'{year:02}{serial}')}"

    assert f"{serial:06}{standard}" == PARSERS["cro"](f"{serial}{standard}", TODAY).canonical
    assert f"{serial:06}{standard}" == PARSERS["cro"](f"{serial:06}{standard}", TODAY).canonical
    assert file_only == PARSERS["cro"](file_only, TODAY).canonical


@given(years, pnc_serials, st.integers(0, 6), st.sampled_from(string.digits))
def test_one_digit_changed_is_always_refused(year: int, serial: int, at: int, digit: str) -> None:
    """23 is prime and divides no single change of a digit: with a separator, every one is found."""
    number = pnc(f"{year}", f"{serial:07}", "/")
    changed = number[: 5 + at] + digit + number[6 + at :]
    assume(changed != number)

    assert refusal("pnc", changed) is not None


@given(years, pnc_serials, st.sampled_from(string.ascii_letters))
def test_another_letter_is_always_refused(year: int, serial: int, wrong: str) -> None:
    """With a separator no letter but the check letter is accepted, in either case."""
    number = pnc(f"{year}", f"{serial}", "/")

    assert (wrong.upper() != number[-1]) == (refusal("pnc", number[:-1] + wrong) is not None)


@given(kinds, arbitrary, days)
def test_reading_a_canonical_form_changes_nothing(kind: str, value: str, today: date) -> None:
    """Each reading of whatever is accepted is its own canonical form, and no reading is given twice."""
    try:
        parsed = PARSERS[kind](value, today)
    except InvalidIdentifier:
        return
    readings = [parsed.canonical, *parsed.also]

    assert len(readings) == len(set(readings))
    assert readings == [PARSERS[kind](reading, today).canonical for reading in readings]
    assert all(reading.isascii() and reading == reading.upper().strip() for reading in readings)


@given(kinds, arbitrary)
@example("pnc", "9" * 1_000_000)
@example("asn", " " * 1_000_000 + "x")
@example("case-urn", "\ud800")
@example("crn", "X12345\n")
def test_nothing_but_the_one_error_is_raised(kind: str, value: str) -> None:
    """Any text at all is either read or refused with the one error, which stands alone."""
    error = refusal(kind, value)

    assert error is None or (error.__cause__ is None and error.__context__ is None)


@given(kinds, arbitrary.filter(lambda value: len(value) >= 3))
def test_the_error_never_holds_the_value(kind: str, value: str) -> None:
    """No text of three characters or more comes back in its refusal, unless it is a word of the message."""
    assume(value not in KNOWN)
    error = refusal(kind, value)
    assume(error is not None)
    assert error is not None

    assert value not in told(error)
    assert value.strip() not in told(error) or value.strip() in KNOWN
    assert str(error) in KNOWN
