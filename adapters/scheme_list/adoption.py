"""A row of a scheme's list as an adoption, or every reason why it is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from schemas.events.ppo_adoption import Adopted
from schemas.record.custody import Address, Release
from schemas.record.person import Alias, Identifier, IdentifierKind, Person
from schemas.record.scheme import Contact, Membership, SchemeKind, Strand

LONDON: Final = ZoneInfo("Europe/London")
NUMBERS: Final[dict[str, IdentifierKind]] = {"pnc": "pnc", "cro": "cro", "prison_number": "prison-number", "crn": "crn"}
STRANDS: Final[dict[str, Strand]] = {
    "preventanddeter": "prevent-and-deter",
    "pd": "prevent-and-deter",
    "pandd": "prevent-and-deter",
    "catchandconvict": "catch-and-convict",
    "cc": "catch-and-convict",
    "candc": "catch-and-convict",
    "rehabilitateandresettle": "rehabilitate-and-resettle",
    "rehabandresettle": "rehabilitate-and-resettle",
    "rr": "rehabilitate-and-resettle",
    "randr": "rehabilitate-and-resettle",
}
FORMATS: Final = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d-%b-%Y")
"""Days as British spreadsheets write them: the day before the month, and four digits of the year."""


class Wrong(msgspec.Struct, frozen=True):
    """One thing wrong with a row: the column and the rule."""

    column: str
    rule: str


class RowRefused(Exception):
    """The row is not taken; each thing that is wrong with it is named."""

    def __init__(self, *wrong: Wrong) -> None:
        """Keep them."""
        self.wrong = wrong
        super().__init__("; ".join(f"{each.column}: {each.rule}" for each in wrong))


class Adoption(msgspec.Struct, frozen=True):
    """What a row says: when the person was adopted (midnight in London), and the event."""

    time: dt.datetime
    data: Adopted


def adoption_of(cells: Mapping[str, str], scheme: str, kind: SchemeKind) -> Adoption:
    """Return the adoption that a row says; ``kind`` is for rows without one.

    Raises:
        RowRefused: naming every column that is wrong.
    """
    reading = _Reading(cells)
    person = reading.person()
    adopted_on = reading.day("adopted_on", needed=True)
    membership = Membership(
        scheme=scheme, kind=reading.kind(kind), adopted_on=adopted_on or dt.date.min, strands=reading.strands()
    )
    data = Adopted(subject=person, memberships=[membership], release=reading.release(), contact=reading.lead_worker())
    problems = reading.wrong or _unfit(data)
    if problems or adopted_on is None:
        raise RowRefused(*problems)
    return Adoption(dt.datetime.combine(adopted_on, dt.time(), LONDON).astimezone(dt.UTC), data)


class _Reading:
    """Reads one row's cells and collects what is wrong with them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self.wrong: list[Wrong] = []

    def person(self) -> Person:
        numbers = [
            Identifier(kind=kind, value=self._cells[column].upper())
            for column, kind in NUMBERS.items()
            if column in self._cells
        ]
        born = self.day("date_of_birth")
        if not numbers and not {"surname", "date_of_birth"} <= self._cells.keys():
            self.wrong.append(Wrong("surname", "a row needs a number, or a surname and a date of birth"))
        return Person(
            surname=self._cells.get("surname", UNSET),
            forename=self._cells.get("forename", UNSET),
            date_of_birth=UNSET if born is None else born,
            identifiers=numbers or UNSET,
            aliases=self._aliases() or UNSET,
        )

    def day(self, column: str, *, needed: bool = False) -> dt.date | None:
        """Return a day, or None where the cell is blank or no day; what is wrong is noted."""
        text = self._cells.get(column)
        if text is None:
            if needed:
                self.wrong.append(Wrong(column, "missing"))
            return None
        for form in FORMATS:
            try:
                # A spreadsheet adds midnight to a day that it holds as a time.
                return dt.datetime.strptime(text.removesuffix(" 00:00:00").removesuffix(" 00:00"), form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
        self.wrong.append(Wrong(column, "not a day as dd/mm/yyyy"))
        return None

    def kind(self, default: SchemeKind) -> SchemeKind:
        text = self._cells.get("kind", default).upper()
        if text == "PPO":
            return "PPO"
        if text == "IOM":
            return "IOM"
        self.wrong.append(Wrong("kind", "neither PPO nor IOM"))
        return default

    def strands(self) -> Any:  # noqa: ANN401 - a list or UNSET
        words = [word for word in re.split(r"[,;/|+\n]", self._cells.get("strands", "")) if word.strip()]
        found = [STRANDS.get(re.sub(r"[\W_]", "", word.replace("&", "and")).casefold()) for word in words]
        if None in found:
            self.wrong.append(
                Wrong("strands", "not prevent and deter, catch and convict, or rehabilitate and resettle")
            )
        return [strand for strand in dict.fromkeys(found) if strand] or UNSET

    def release(self) -> Any:  # noqa: ANN401 - a block or UNSET
        """Return where the person lives: proposed, since a list does not say that anybody confirmed it."""
        lines, postcode, area = (self._cells.get(column, UNSET) for column in ("address", "postcode", "area"))
        if lines is UNSET and postcode is UNSET and area is UNSET:
            return UNSET
        address = UNSET if lines is UNSET and postcode is UNSET else Address(lines=lines, postcode=postcode)
        return Release(area=area, address=address)

    def lead_worker(self) -> Any:  # noqa: ANN401 - a block or UNSET
        name = self._cells.get("lead_worker")
        telephone = self._cells.get("lead_worker_telephone", UNSET)
        return UNSET if name is None else Contact(name=name, telephone=telephone)

    def _aliases(self) -> list[Alias]:
        """Read ``Forename SURNAME; Surname, Forename`` and the like: with a comma the surname is first."""
        return [_alias(name) for name in re.split(r"[;|/]", self._cells.get("aliases", "")) if name.strip()]


def _alias(name: str) -> Alias:
    before, comma, after = (part.strip() for part in name.partition(","))
    if comma:
        return Alias(surname=before, forename=after or UNSET)
    forename, _, surname = before.rpartition(" ")
    return Alias(surname=surname, forename=forename or UNSET)


def _unfit(data: Adopted) -> list[Wrong]:
    """Hold a row against the event's schema: lengths and forms; the path is named, and no value."""
    try:
        msgspec.json.decode(msgspec.json.encode(data), type=Adopted)
    except msgspec.ValidationError as error:
        path = str(error).rpartition("`$.")[2].rstrip("`")
        return [Wrong(path or "row", "too long or of another form than the hub takes")]
    return []
