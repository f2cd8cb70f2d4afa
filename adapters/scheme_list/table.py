"""A table as a spreadsheet saves it: whatever its encoding, separator and headings."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "surname": ("surname", "lastname", "familyname"),
    "forename": ("forename", "firstname", "givenname", "forenames"),
    "date_of_birth": ("dateofbirth", "dob", "birthdate", "born"),
    "pnc": ("pnc", "pncid", "pncnumber", "pncno"),
    "cro": ("cro", "cronumber", "crono"),
    "prison_number": ("prisonnumber", "prisonno", "noms", "nomsnumber", "nomsno"),
    "crn": ("crn", "probationnumber", "casereferencenumber"),
    "strands": ("strands", "strand"),
    "kind": ("kind", "schemekind", "cohort"),
    "adopted_on": ("adoptedon", "adopted", "dateadopted", "adoptiondate"),
    "address": ("address", "lastknownaddress"),
    "postcode": ("postcode", "postalcode"),
    "area": ("area", "policingarea", "neighbourhood", "npt"),
    "lead_worker": ("leadworker", "lead", "worker", "offendermanager", "keyworker"),
    "lead_worker_telephone": ("leadworkertelephone", "leadworkerphone", "telephone", "phone"),
    "aliases": ("aliases", "alias", "aka", "othernames"),
}
"""Each column and the headings that mean it, without case, blanks and signs."""
SEPARATORS: Final = ",;\t"


class Row(msgspec.Struct, frozen=True):
    """One row: its number as a spreadsheet shows it, and its cells by column, tidied; blank ones left out."""

    number: int
    cells: Mapping[str, str]


class Unreadable(Exception):
    """The file is not a table with the headings of a scheme's list; the message names no content."""


def read_table(content: bytes) -> list[Row]:
    """Return the rows of a file that are not wholly blank; a column with another heading is left unread.

    Raises:
        Unreadable: it is no text, or has no surname column and no column of a number.
    """
    text = _text(content)
    if text[:4].casefold() == "sep=":
        # Excel's own word for the separator; it does not show or count this line.
        text = text.partition("\n")[2]
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        columns = _columns(next(reader, []))
        return [row for number, cells in enumerate(reader, 2) if (row := _row(number, columns, cells)).cells]
    except csv.Error:
        raise Unreadable("a quotation mark is not closed, or a cell is too long") from None


def unread_headings(content: bytes) -> int:
    """Return how many columns have a heading that means nothing here, so that somebody can be told."""
    text = _text(content)
    first = next(
        csv.reader([text.partition("\n")[0]], delimiter=max(SEPARATORS, key=text.partition("\n")[0].count)), []
    )
    return sum(1 for heading in first if heading.strip() and _meaning(heading) is None)


def _text(content: bytes) -> str:
    """Return the text: UTF-16 and UTF-8 by their marks, else UTF-8, else what Excel writes in Britain."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("its characters are in no encoding that a spreadsheet writes")


def _columns(headings: Sequence[str]) -> list[str | None]:
    columns = [_meaning(heading) for heading in headings]
    known = [column for column in columns if column]
    if len(set(known)) < len(known):
        raise Unreadable("two headings mean the same column")
    if not {"surname", "pnc", "cro", "prison_number", "crn"} & set(known):
        raise Unreadable("no heading for a surname, PNC, CRO, prison number or CRN in its first row")
    return columns


def _meaning(heading: str) -> str | None:
    squeezed = re.sub(r"[\W_]", "", heading).casefold()
    return next((column for column, known in HEADINGS.items() if squeezed in known), None)


def _row(number: int, columns: Sequence[str | None], cells: Sequence[str]) -> Row:
    named = zip(columns, cells, strict=False)
    return Row(number, {column: tidy for column, cell in named if column and (tidy := " ".join(cell.split()))})
