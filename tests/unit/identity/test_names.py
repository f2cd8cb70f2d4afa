"""Names: whatever differs only in writing is one name, and what stands for no name is none."""

from __future__ import annotations

from datetime import date

import pytest

from hub.identity.names import names_of, normalise, normalised, sound
from hub.register.state import KnownName
from schemas.record.person import Alias, Person

BORN = date(1984, 5, 17)


class TestNormalise:
    """One part of a name."""

    @pytest.mark.parametrize(
        ("written", "compared"),
        [
            ("SMITH", "smith"),
            ("  Smith ", "smith"),
            ("O'Brien", "obrien"),
            ("O’Brien", "obrien"),
            ("O\u02bcBrien", "obrien"),
            ("O\u00b4Brien", "obrien"),
            ("O Brien", "obrien"),
            ("Mary-Jane", "maryjane"),
            ("Mary Jane", "maryjane"),
            ("Seán", "sean"),
            ("Sea\u0301n", "sean"),
            ("Łukasz", "lukasz"),
            ("Jørgensen", "jorgensen"),
            ("Strauß", "strauss"),
            ("Mr Smith", "smith"),
            ("Mr. Smith", "smith"),
            ("DR MRS SMITH", "smith"),
            ("Miss", "miss"),
            ("Mrs Miss", "miss"),
            ("Drake", "drake"),
            ("Smith 2", "smith"),
            ("राम", "राम"),
        ],
    )
    def test_forgives_writing(self, written, compared):
        """Case, accents, apostrophes, hyphens, blanks and titles make no difference."""
        assert compared == normalise(written)

    @pytest.mark.parametrize("filler", ["", " ", "-", "???", "UNKNOWN", "Not known", "not-given", "\ud800"])
    def test_knows_fillers(self, filler):
        """What is written where no name is known is no name."""
        assert "" == normalise(filler)

    def test_every_plain_character(self) -> None:
        """A plain character counts the same in a name with an accent as in one without."""
        for plain in map(chr, range(128)):
            assert normalise(f"O{plain}Brien") == normalise(f"O{plain}Brie\u0301n")


class TestNamesOf:
    """The names that an event gives."""

    def test_puts_the_main_name_first(self):
        """The main name comes first, then the aliases in their order."""
        subject = Person(
            surname="Smith",
            forename="John",
            date_of_birth=BORN,
            aliases=[Alias(surname="Jones", forename="Jack", date_of_birth=date(1985, 1, 2)), Alias(surname="Hill")],
        )

        assert (
            KnownName("smith", "john", BORN),
            KnownName("jones", "jack", date(1985, 1, 2)),
            KnownName("hill", "john", BORN),
        ) == names_of(subject)

    def test_fills_an_alias_from_the_main_name(self):
        """An alias that is only another date of birth, or only a filler, leaves the rest as it was."""
        aliases = [Alias(date_of_birth=date(1985, 1, 2)), Alias(surname="unknown")]
        subject = Person(surname="Smith", forename="John", date_of_birth=BORN, aliases=aliases)

        assert (KnownName("smith", "john", BORN), KnownName("smith", "john", date(1985, 1, 2))) == names_of(subject)

    def test_keeps_the_main_place_for_the_main_name(self):
        """An alias never passes for the main name, even where that is not given."""
        assert KnownName() == names_of(Person(aliases=[Alias(surname="Jones")]))[0]

    def test_gives_nothing_for_nothing(self):
        """An event without any name has no names, not one that is empty."""
        assert () == names_of(Person())
        assert () == names_of(Person(surname="UNKNOWN", date_of_birth=date(1900, 1, 1)))

    def test_leaves_out_a_filler_date_of_birth(self):
        """1 January 1900 is what systems write for "not known"; two people born then are not one."""
        assert None is normalised(KnownName("Smith", "John", date(1900, 1, 1))).date_of_birth
        assert date(1901, 1, 1) == normalised(KnownName("Smith", "John", date(1901, 1, 1))).date_of_birth


class TestSound:
    """Soundex, by the published examples."""

    @pytest.mark.parametrize(
        ("surname", "code"),
        [
            ("washington", "w252"),
            ("lee", "l000"),
            ("gutierrez", "g362"),
            ("pfister", "p236"),
            ("jackson", "j250"),
            ("tymczak", "t522"),
            ("vandeusen", "v532"),
            ("ashcraft", "a261"),
            ("hacwkett", "h230"),
            ("smith", "s530"),
            ("smyth", "s530"),
            ("", ""),
        ],
    )
    def test_follows_the_archives(self, surname, code):
        """Names that sound alike share a code, worked out as the US National Archives do."""
        assert code == sound(surname)
