"""Names in the one form in which they are compared and hashed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from itertools import groupby

from msgspec import UNSET

from hub.register.state import KnownName
from schemas.record.person import Alias, Person

TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr"})
FILLERS = frozenset({"unknown", "notknown", "notgiven", "unidentified"})
"""What systems write where no name is known: two people called this are not one."""
FILLER_YEAR = 1900
"""Nobody living was born by then: systems write 1 January 1900 for "not known"."""

_NO_LETTER = re.compile("[^a-z]")
_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
_ALIKE_IN_SOUND = ("bfpv", "cgjkqsxz", "dt", "l", "mn", "r")
_SOUNDS = {letter: digit for digit, letters in enumerate(_ALIKE_IN_SOUND, 1) for letter in letters}


def normalise(name: str) -> str:
    """Return a surname or forename as it is compared: ``Mr. O’Brien-Łukasz`` is ``obrienlukasz``.

    Lower case, without accents, apostrophes, hyphens, blanks, digits and leading titles; empty
    for no name or for a filler such as "unknown". A name that is a title alone is kept.
    """
    words = _letters(name).split()
    while len(words) > 1 and words[0] in TITLES:
        del words[0]
    joined = "".join(words)
    return "" if joined in FILLERS else joined


def _letters(name: str) -> str:
    """Return the folded letters of a name, with a blank for everything else; plain ones need no tables."""
    if name.isascii():
        return _NO_LETTER.sub(" ", name.lower())
    return "".join(_letter_or_blank(c) for c in _folded(name))


def _folded(name: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return unicodedata.normalize("NFKD", bare.casefold()).translate(_UNDECOMPOSED)


def _letter_or_blank(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    # Vowel signs of some scripts are marks, and without them different names would be equal.
    kind = unicodedata.category(character)
    return character if kind[0] in "LM" and kind != "Lm" else " "


def normalised(name: KnownName) -> KnownName:
    """Return a known name with its parts normalised, and a filler date of birth left out."""
    born = name.date_of_birth
    return KnownName(
        surname=normalise(name.surname),
        forename=normalise(name.forename),
        date_of_birth=born if born and born.year > FILLER_YEAR else None,
    )


def names_of(subject: Person) -> tuple[KnownName, ...]:
    """Return every name that an event gives, normalised: the main one first, then the aliases.

    An alias is told by what differs, so what it leaves out is taken from the main name. The main
    name stays first even when it is empty, so that an alias never passes for it.
    """
    main = normalised(KnownName(*_parts(subject)))
    aliases = [] if subject.aliases is UNSET else [_completed(alias, main) for alias in subject.aliases]
    names = tuple(dict.fromkeys((main, *aliases)))
    return () if names == (KnownName(),) else names


def _parts(source: Person | Alias) -> tuple[str, str, dt.date | None]:
    return (
        "" if source.surname is UNSET else source.surname,
        "" if source.forename is UNSET else source.forename,
        None if source.date_of_birth is UNSET else source.date_of_birth,
    )


def _completed(alias: Alias, main: KnownName) -> KnownName:
    own = normalised(KnownName(*_parts(alias)))
    return KnownName(
        surname=own.surname or main.surname,
        forename=own.forename or main.forename,
        date_of_birth=own.date_of_birth or main.date_of_birth,
    )


def sound(surname: str) -> str:
    """Return the Soundex code of a normalised surname: ``smith`` and ``smyth`` are ``s530``.

    Letters beyond a to z count as vowels do. Source: US National Archives, the Soundex system.
    """
    # H and W do not part letters of one sound; vowels do.
    heard = surname[:1] + re.sub("[hw]", "", surname[1:])
    runs = [digit for digit, _ in groupby(_SOUNDS.get(letter, 0) for letter in heard)]
    digits = "".join(str(digit) for digit in runs[1:] if digit)
    return surname[:1] + digits[:3].ljust(3, "0") if surname else ""
