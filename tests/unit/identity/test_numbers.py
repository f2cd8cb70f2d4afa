"""Numbers: every writing of a number is read into one canonical form, and everything else is refused."""

from __future__ import annotations

import pickle
import traceback
from datetime import date

import pytest

from hub.identity.numbers import PARSERS, InvalidIdentifier, Parsed
from hub.identity.numbers.check_letter import LETTERS, check_letter

TODAY = date(2026, 11, 21)
KINDS = ("pnc", "cro", "asn", "prison-number", "crn", "case-urn")

VALID = [
    ("pnc", "81/34U", "1981/0000034U"),
    ("pnc", "02/73319Z", "2002/0073319Z"),
    ("pnc", "0273319Z", "2002/0073319Z"),
    ("pnc", "20020073319Z", "2002/0073319Z"),
    ("pnc", "2002/73319Z", "2002/0073319Z"),
    ("pnc", "79/163001B", "1979/0163001B"),
    ("pnc", "2003/0011991D", "2003/0011991D"),
    ("cro", "SF05/482703J", "SF05/482703J"),
    ("cro", "65656/91H", "065656/91H"),
    ("cro", "065656/91H", "065656/91H"),
    ("cro", "65656-91h", "065656/91H"),
    ("cro", "sf05 482703j", "SF05/482703J"),
    ("asn", "1101ZD0100000448754K", "1101ZD0100000448754K"),
    ("asn", "11/01ZD/01/00000448754K", "1101ZD0100000448754K"),
    ("asn", "11 01 ZD 01 00000448754k", "1101ZD0100000448754K"),
    ("asn", "11C01ZD0100000448754K", "11C01ZD0100000448754K"),
    ("asn", "11/C01ZD/01/00000448754K", "11C01ZD0100000448754K"),
    ("prison-number", "A1234BC", "A1234BC"),
    ("prison-number", " a1234bc ", "A1234BC"),
    ("crn", "X123456", "X123456"),
    ("crn", "xy123456", "XY123456"),
    ("crn", "X12345", "X12345"),
    ("case-urn", "01ZD123", "01ZD123"),
    ("case-urn", "01zd12345678", "01ZD12345678"),
    ("case-urn", "01/ZD/12345/23", "01ZD1234523"),
]

WRITTEN = [(kind, value) for kind, value, _ in VALID]
CANONICAL = sorted({(kind, canonical) for kind, _, canonical in VALID})

FORM = {
    "pnc": "not the form of a PNC ID",
    "cro": "not the form of a CRO number",
    "asn": "not the form of an ASN",
    "prison-number": "not the form of a prison number",
    "crn": "not the form of a CRN",
    "case-urn": "not the form of a case URN",
}

MISSHAPEN = [
    *(("pnc", value) for value in ("16/11/2018", "111111/11A", "SF68/945674U", "0281/34U", "2002//73319Z")),
    *(("pnc", value) for value in ("02/00073319Z", "120020073319Z", "30020073319Z", "02/73319", "02/Z", "02_73319Z")),
    *(("cro", value) for value in ("65656/1991H", "0065656/91H", "6565691H", "SF05/4827031J", "SF2005/482703J")),
    *(("cro", value) for value in ("65656/91", "/91H", "SF05/J", "XX05/482703J")),
    *(("asn", value) for value in ("1101ZD010000448754K", "1101ZD01000000448754K", "1101ZD0100000448754")),
    *(("asn", value) for value in ("11//01ZD/01/00000448754K", "11CC01ZD0100000448754K", "1101Z/D0100000448754K")),
    *(("asn", value) for value in ("1101ZD01//00000448754K", "11//C01ZD0100000448754K")),
    *(("prison-number", value) for value in ("A123BC", "A12345BC", "11234BC", "A1234B1", "A 1234BC")),
    *(("crn", value) for value in ("X1234", "X1234567", "XYZ123456", "123456", "X12345A")),
    *(("case-urn", value) for value in ("01ZD12", "01ZD123456789", "01Z/D12345", "01ZD12A45", "01-ZD--12345")),
]

WRONG_LETTER = [
    ("pnc", "20030011985Z"),
    ("pnc", "1980/0163001B"),
    ("pnc", "02/73319A"),
    ("cro", "SF05/482703K"),
    ("cro", "SF68/945674U"),
    ("cro", "65656/91J"),
    ("asn", "1101ZD0100000448754J"),
]

NOUGHT = [
    ("cro", "000000/00Z"),
    ("cro", "0/00Z"),
    ("cro", "SF00/000000Z"),
    ("pnc", "2000/0000000Z"),
    ("pnc", "00/0Z"),
    ("asn", "00ABZDAB00000000000Z"),
]


def refusal(kind: str, value: str, today: date = TODAY) -> InvalidIdentifier:
    """Return the error with which ``value`` is refused."""
    with pytest.raises(InvalidIdentifier) as caught:
        PARSERS[kind](value, today)
    return caught.value


class TestParsers:
    """The table of readers."""

    def test_names_every_kind(self) -> None:
        """There is a reader for each kind of number, and the table cannot be changed."""
        assert tuple(PARSERS) == KINDS
        with pytest.raises(TypeError):
            PARSERS["pnc"] = PARSERS["cro"]  # type: ignore[index]  # the refusal is what is tested

    @pytest.mark.parametrize(("kind", "value", "canonical"), VALID)
    def test_reads_into_the_canonical_form(self, kind: str, value: str, canonical: str) -> None:
        """A number in any of its written forms is read into its one canonical form."""
        assert canonical == PARSERS[kind](value, TODAY).canonical

    @pytest.mark.parametrize(("kind", "canonical"), CANONICAL)
    def test_keeps_a_canonical_form(self, kind: str, canonical: str) -> None:
        """Reading a canonical form gives that form again, with no doubt about what else it means."""
        assert Parsed(canonical) == PARSERS[kind](canonical, TODAY)

    @pytest.mark.parametrize(("kind", "value", "canonical"), VALID)
    def test_forgives_case_and_blanks_around(self, kind: str, value: str, canonical: str) -> None:
        """Lower case and blanks before or after a number make no difference."""
        assert canonical == PARSERS[kind](f"  {value.lower()} ", TODAY).canonical

    @pytest.mark.parametrize(("kind", "value"), MISSHAPEN)
    def test_refuses_another_form(self, kind: str, value: str) -> None:
        """What has not the form of its kind is refused, and the rule says so."""
        assert FORM[kind] == refusal(kind, value).rule

    @pytest.mark.parametrize(("kind", "value"), WRONG_LETTER)
    def test_refuses_a_wrong_check_letter(self, kind: str, value: str) -> None:
        """A number whose check letter does not fit its digits is refused, and the rule says so."""
        assert "check letter does not fit" == refusal(kind, value).rule

    @pytest.mark.parametrize(("kind", "value"), NOUGHT)
    def test_refuses_the_serial_number_nought(self, kind: str, value: str) -> None:
        """What systems fill in for "none" is refused although its check letter fits."""
        assert "serial number is nought" == refusal(kind, value).rule

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("value", ["", " ", "none", "N/A", "unknown", "0", "-", "Z"])
    def test_refuses_filler(self, kind: str, value: str) -> None:
        """What people write where no number is known is no number of any kind."""
        assert FORM[kind] == refusal(kind, value).rule

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("character", ["0", " ", "A", "/"])
    def test_refuses_huge_texts(self, kind: str, character: str) -> None:
        """A text of a million characters is refused like any other."""
        assert FORM[kind] == refusal(kind, character * 1_000_000).rule

    @pytest.mark.parametrize(("kind", "value"), WRITTEN)
    @pytest.mark.parametrize("zero", ["\u0660", "\u0966", "\uff10", "\U0001d7d8"])
    def test_refuses_digits_of_other_scripts(self, kind: str, value: str, zero: str) -> None:
        """Digits that only look like digits, such as full-width ones, are refused and not converted."""
        foreign = value.translate({ord("0") + n: ord(zero) + n for n in range(10)})

        assert FORM[kind] == refusal(kind, foreign).rule

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("prison-number", "\u017f1234AB"),
            ("crn", "\u212a123456"),
            ("crn", "\u0131123456"),
            ("crn", "\u0130123456"),
        ],
    )
    def test_refuses_letters_that_fold_to_ascii(self, kind: str, value: str) -> None:
        """Letters beyond ASCII are refused, even those whose other case is an ASCII letter."""
        assert FORM[kind] == refusal(kind, value).rule

    @pytest.mark.parametrize("blank", ["\n", "\t", "\r\n", "\x00", "\u00a0", "\u2003", "\u200b"])
    @pytest.mark.parametrize(("kind", "value"), WRITTEN)
    def test_refuses_control_characters(self, kind: str, value: str, blank: str) -> None:
        """Line breaks, tabs and blanks other than the plain one are refused around a number."""
        assert FORM[kind] == refusal(kind, value + blank).rule
        assert FORM[kind] == refusal(kind, blank + value).rule


class TestPnc:
    """PNC IDs: dialects and centuries."""

    @pytest.mark.parametrize("separator", ["/", ".", "-", " ", ""])
    @pytest.mark.parametrize("serial", ["73319", "0073319"])
    @pytest.mark.parametrize("year", ["02", "2002"])
    def test_reads_every_dialect_alike(self, year: str, serial: str, separator: str) -> None:
        """Long or short year, padded or not, with any separator or none: one person's one number."""
        assert "2002/0073319Z" == PARSERS["pnc"](f"{year}{separator}{serial}Z", TODAY).canonical

    @pytest.mark.parametrize(
        ("year", "canonical", "other"),
        [("26", "2026", "1926"), ("27", "1927", "2027"), ("00", "2000", "1900"), ("99", "1999", "2099")],
    )
    def test_takes_the_century_from_today(self, year: str, canonical: str, other: str) -> None:
        """A year of two digits is of this century up to this year's digits, and else of the last one."""
        letter = check_letter(f"{year}0000123")

        parsed = PARSERS["pnc"](f"{year}/123{letter}", TODAY)

        assert Parsed(f"{canonical}/0000123{letter}", (f"{other}/0000123{letter}",)) == parsed

    def test_century_moves_with_today(self) -> None:
        """The same two digits change century on the first day of their year."""
        letter = check_letter("270000123")

        before = PARSERS["pnc"](f"27/123{letter}", date(2026, 12, 31))
        after = PARSERS["pnc"](f"27/123{letter}", date(2027, 1, 1))

        assert (after.canonical,) == before.also
        assert (before.canonical,) == after.also

    def test_a_full_year_leaves_no_doubt(self) -> None:
        """A year of four digits up to today's has one reading, in either century."""
        letter = check_letter("020073319")

        assert Parsed(f"1902/0073319{letter}") == PARSERS["pnc"](f"1902/73319{letter}", TODAY)
        assert Parsed(f"2002/0073319{letter}") == PARSERS["pnc"](f"2002/73319{letter}", TODAY)

    def test_a_full_year_to_come_may_be_of_the_last_century(self) -> None:
        """A full year yet to come was written by a system that turns the century later: match on both."""
        letter = check_letter("350000123")

        parsed = PARSERS["pnc"](f"2035/0000123{letter}", TODAY)

        assert Parsed(f"2035/0000123{letter}", (f"1935/0000123{letter}",)) == parsed

    def test_without_separator_the_check_letter_tells_the_readings_apart(self) -> None:
        """Digits that may start with a year of two or of four are split where the check letter fits."""
        short = check_letter("190008134")
        long = check_letter("810000034")

        assert f"2019/0008134{short}" == PARSERS["pnc"](f"198134{short}", TODAY).canonical
        assert f"1981/0000034{long}" == PARSERS["pnc"](f"198134{long}", TODAY).canonical

    def test_without_separator_both_readings_may_fit(self) -> None:
        """Where the check letter fits both splits, the short form is canonical and the other is kept."""
        value = "1981130Y"

        parsed = PARSERS["pnc"](value, TODAY)

        assert Parsed("2019/0081130Y", ("1919/0081130Y", "1981/0000130Y")) == parsed

    def test_without_separator_an_unpadded_reading_comes_first(self) -> None:
        """Where both splits fit, the one that needs no leading noughts is canonical."""
        value = "2009123V"

        parsed = PARSERS["pnc"](value, TODAY)

        assert Parsed("2009/0000123V", ("2020/0009123V", "1920/0009123V")) == parsed


class TestCheckLetters:
    """Check letters: one wrong character is always found."""

    def test_alphabet(self) -> None:
        """There are 23 check letters, without I, O and S."""
        assert 23 == len(set(LETTERS))
        assert not set("IOS") & set(LETTERS)

    @pytest.mark.parametrize(
        ("kind", "value"), [("pnc", "2002/0073319Z"), ("cro", "065656/91H"), ("cro", "SF05/482703J")]
    )
    def test_a_serial_digit_changed_is_refused(self, kind: str, value: str) -> None:
        """Changing any one digit of the serial number makes the number invalid."""
        serial = range(5, 12) if kind == "pnc" else range(5, 11) if value.startswith("SF") else range(6)
        changed = [value[:at] + d + value[at + 1 :] for at in serial for d in "0123456789" if d != value[at]]

        for number in changed:
            assert "check letter does not fit" == refusal(kind, number).rule

    def test_every_summed_part_of_an_asn_counts(self) -> None:
        """Changing a digit of an ASN outside its unit, which is not summed, is refused."""
        value = "1101ZD0100000448754K"
        summed = [0, 1, 2, 3, 6, 7, *range(8, 19)]
        changed = [value[:at] + d + value[at + 1 :] for at in summed for d in "0123456789" if d != value[at]]

        for number in changed:
            assert "check letter does not fit" == refusal("asn", number).rule
        assert "1101AA0100000448754K" == PARSERS["asn"]("1101AA0100000448754K", TODAY).canonical

    def test_force_and_system_of_letters_are_not_summed(self) -> None:
        """Force and system codes count in the sum of an ASN only where they are digits."""
        neither = f"11A1ZDBB00000448754{check_letter('1100000448754')}"
        force_only = f"1101ZDB100000448754{check_letter('011100000448754')}"

        assert neither == PARSERS["asn"](neither, TODAY).canonical
        assert force_only == PARSERS["asn"](force_only, TODAY).canonical

    @pytest.mark.parametrize(
        ("kind", "digits", "form"),
        [
            ("pnc", "020073319", "02/73319"),
            ("cro", "91065656", "65656/91"),
            ("asn", "01011100000448754", "1101ZD0100000448754"),
        ],
    )
    def test_only_one_letter_fits(self, kind: str, digits: str, form: str) -> None:
        """Of the 26 letters one is accepted; the three that are never check letters are refused too."""
        fitting = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if _accepted(kind, form + letter)]

        assert [check_letter(digits)] == fitting

    def test_the_serial_of_a_file_only_number_is_not_padded(self) -> None:
        """A file-only CRO number is summed without padding; noughts before its serial are dropped."""
        letter = check_letter("05123")

        assert f"SF05/123{letter}" == PARSERS["cro"](f"SF05/123{letter}", TODAY).canonical
        assert f"SF05/123{letter}" == PARSERS["cro"](f"SF05/000123{letter}", TODAY).canonical


class TestInvalidIdentifier:
    """The refusal: it says what is wrong and nothing about whose number it is."""

    @pytest.mark.parametrize(("kind", "value"), [*MISSHAPEN, *WRONG_LETTER, *NOUGHT])
    def test_never_holds_the_value(self, kind: str, value: str) -> None:
        """The error names kind and rule; neither it, its traceback nor what caused it holds the value."""
        error = refusal(kind, value)

        assert f"{kind}: {error.rule}" == str(error)
        assert {"kind": kind, "rule": error.rule} == vars(error)
        assert error.__cause__ is None
        assert error.__context__ is None
        assert value not in f"{error!r}\n{error.args}\n{''.join(traceback.format_exception(error))}"

    def test_survives_pickling(self) -> None:
        """The error comes through a process boundary with its text whole."""
        error = refusal("pnc", "16/11/2018")

        assert str(error) == str(pickle.loads(pickle.dumps(error)))  # noqa: S301  # bytes made on the spot


def _accepted(kind: str, value: str) -> bool:
    try:
        PARSERS[kind](value, TODAY)
    except InvalidIdentifier:
        return False
    return True
