"""People who do not exist, with names, dates of birth and numbers as they are spread in the country."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence

import msgspec

from benchmarks.nation.volumes import share
from hub.identity.numbers.check_letter import check_letter

SURNAMES = (
    ("Smith", 137), ("Jones", 114), ("Williams", 73), ("Taylor", 63), ("Brown", 58), ("Davies", 58), ("Evans", 47),
    ("Thomas", 41), ("Wilson", 39), ("Roberts", 38), ("Johnson", 37), ("Robinson", 33), ("Wright", 32),
    ("Thompson", 31), ("Walker", 31), ("White", 31), ("Edwards", 30), ("Green", 30), ("Hall", 30), ("Wood", 30),
    ("Harris", 29), ("Hughes", 29),
)  # fmt: skip
"""In ten-thousandths of all: General Register Office, deaths of 1984 to 1997, the leading names."""
FALLING = 0.7
"""How the frequencies of the others fall with their rank, so that all together are one. The others are made up."""
FORENAMES = (
    "Daniel", "Michael", "James", "David", "Christopher", "Matthew", "Lee", "Ryan", "Andrew", "Paul", "Mark", "Adam",
    "Thomas", "Stephen", "Robert", "Craig", "Jason", "Liam", "Anthony", "Darren", "Luke", "John", "Jordan", "Kyle",
    "Ashley", "Steven", "Richard", "Scott", "Wayne", "Shaun", "Gary", "Kevin", "Nathan", "Aaron", "Dean", "Carl",
    "Peter", "Simon", "Martin", "Karl", "Mohammed", "Samantha", "Kelly", "Lisa", "Emma", "Donna", "Stacey",
)  # fmt: skip
_BEGINNINGS = (
    "Ash", "Bar", "Black", "Bram", "Cald", "Cart", "Chad", "Clay", "Cran", "Dal", "Den", "Dray", "El", "Fair", "Farn",
    "Gar", "Glen", "Hal", "Har", "Hath", "Hol", "Hunt", "Ing", "Kel", "Ken", "Lang", "Lin", "Mar", "Mel", "Mid", "Nor",
    "Oak", "Os", "Pem", "Quar", "Rad", "Red", "Rich", "Row", "Sand", "Sel", "Shel", "Stan", "Stock", "Sut", "Thorn",
    "Tre", "Wal", "Wes", "Whit", "Wil", "Win", "Wor", "Yar",
)  # fmt: skip
_MIDDLES = ("", "en", "er", "ing", "ley", "man", "wick", "or", "al", "is")
_ENDINGS = (
    "by", "cott", "croft", "den", "field", "ford", "ham", "hurst", "land", "ley", "low", "man", "more", "shaw", "son",
    "stead", "stone", "ter", "thorpe", "ton", "well", "wood", "worth",
)  # fmt: skip


class Individual(msgspec.Struct, frozen=True, kw_only=True):
    """One person, as they are. What each agency knows of it is another matter."""

    number: int
    surname: str
    forename: str
    born: dt.date
    alias: str
    """Another surname that they use; empty for most."""
    pnc: str
    cro: str
    prison_number: str
    crn: str
    postcode: str


class Population:
    """Makes people; no two have a number in common, and names are common or rare as in the country."""

    def __init__(self, rng: random.Random, today: dt.date) -> None:
        """Take the source of chance, and the day by which they have their age."""
        self._rng, self._today = rng, today
        self._numbers = itertools.count(1)
        made_up = _surnames(rng)
        self._surnames = [*(name for name, _ in SURNAMES), *made_up]
        least, known = SURNAMES[-1][1], len(SURNAMES)
        tail = (least * (known / rank) ** FALLING for rank in range(known + 1, known + 1 + len(made_up)))
        self._weights = list(itertools.accumulate([*(w for _, w in SURNAMES), *tail]))
        self._forename_weights = list(itertools.accumulate(1 / (3 + rank) for rank in range(len(FORENAMES))))

    def somebody(self, ages: tuple[int, int, int]) -> Individual:
        """Return a new person; the ages are the youngest, the commonest and the oldest."""
        n, rng = next(self._numbers), self._rng
        youngest, commonest, oldest = ages
        age = rng.triangular(youngest, oldest, commonest)
        born = self._today - dt.timedelta(days=round(age * 365.25))
        return Individual(
            number=n,
            surname=self.surname(),
            forename=rng.choices(FORENAMES, cum_weights=self._forename_weights)[0],
            born=born,
            alias=self.surname() if rng.random() < share("has_alias") else "",
            pnc=_pnc(born.year + 16, n),
            cro=_cro(born.year + 16, n),
            prison_number=self.prison_number(n),
            crn=f"{chr(65 + n // 1_000_000)}{n % 1_000_000:06}",
            postcode=_postcode(rng),
        )

    def surname(self) -> str:
        """Return a surname, as common as it is."""
        return self._rng.choices(self._surnames, cum_weights=self._weights)[0]

    def another_prison_number(self) -> str:
        """Return a prison number that nobody has yet."""
        return self.prison_number(next(self._numbers))

    @staticmethod
    def prison_number(n: int) -> str:
        """Return the n-th prison number."""
        return f"A{n % 10_000:04}{chr(65 + n // 260_000 % 26)}{chr(65 + n // 10_000 % 26)}"


MEMBERS_AGES, OTHER_AGES = (18, 24, 45), (18, 27, 65)
"""Members were 27 on average in 2009."""


def misspelt(name: str, rng: random.Random) -> str:
    """Return a name with one letter wrong."""
    place = rng.randrange(1, len(name))
    return name[:place] + rng.choice("aeiourstln") + name[place + 1 :]


def wrong_birth(born: dt.date, rng: random.Random) -> dt.date:
    """Return a date of birth of which one digit is wrong."""
    return born.replace(year=born.year + rng.choice((-10, -1, 1)), day=min(born.day, 28))


def pnc_as_written(pnc: str, rng: random.Random) -> str:
    """Return a PNC ID in one of the four dialects of the national systems."""
    year, rest = pnc.split("/")
    serial, letter = rest[:-1].lstrip("0"), rest[-1]
    return rng.choice((pnc, f"{year[2:]}/{serial}{letter}", f"{year}/{serial}{letter}", f"{year[2:]}{serial}{letter}"))


def _pnc(year: int, n: int) -> str:
    return f"{year}/{n:07}{check_letter(f'{year % 100:02}{n:07}')}"


def _cro(year: int, n: int) -> str:
    return f"{n:06}/{year % 100:02}{check_letter(f'{year % 100:02}{n:06}')}"


def _postcode(rng: random.Random) -> str:
    street = "".join(rng.choices("ABDEFGHJLN", k=2))
    return f"{rng.choice('BELMNSW')}{rng.randint(1, 9)} {rng.randint(1, 9)}{street}"


def _surnames(rng: random.Random) -> Sequence[str]:
    made = sorted({a + b + c for a in _BEGINNINGS for b in _MIDDLES for c in _ENDINGS})
    return rng.sample(made, len(made))
