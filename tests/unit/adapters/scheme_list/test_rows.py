"""A scheme's list as its spreadsheet saves it: encodings, separators, headings, days, and rows that are wrong."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.scheme_list.adoption import RowRefused, adoption_of
from adapters.scheme_list.table import Unreadable, read_table, unread_headings

HEAD = "Surname,Forename,Date of Birth,PNC,Adopted On"
ROW = "O’Brien,Zoë,01/02/1985,85/1234A,03/04/2024"
TABLE = f"{HEAD}\r\n{ROW}\r\n"

ENCODINGS = {
    "UTF-8": TABLE.encode(),
    "UTF-8 with a byte-order mark": TABLE.encode("utf-8-sig"),
    "Windows": TABLE.encode("cp1252"),
    "Unicode text of Excel": TABLE.replace(",", "\t").encode("utf-16"),
    "semicolons": TABLE.replace(",", ";").encode("cp1252"),
    "Excel's word for the separator": ("sep=;\r\n" + TABLE.replace(",", ";")).encode("cp1252"),
    "Excel's word behind a byte-order mark": ("sep=;\r\n" + TABLE.replace(",", ";")).encode("utf-8-sig"),
    "old line ends": TABLE.replace("\r\n", "\n").encode(),
}


@pytest.mark.parametrize("content", ENCODINGS.values(), ids=ENCODINGS)
def test_a_table_is_read_as_saved(content):
    """The same list comes out of every encoding and separator that a spreadsheet writes."""
    (row,) = read_table(content)

    assert 2 == row.number
    assert {
        "surname": "O’Brien",
        "forename": "Zoë",
        "date_of_birth": "01/02/1985",
        "pnc": "85/1234A",
        "adopted_on": "03/04/2024",
    } == row.cells


def test_headings_are_known_whatever_their_case_and_blanks():
    """Headings as people write them mean the columns that they mean; a strange one is counted and left unread."""
    content = b" SURNAME ,First name,D.O.B.,PNC No,Prison_Number,Shoe size\r\nJones,T,,,A1234BC,9\r\n"

    assert {"surname": "Jones", "forename": "T", "prison_number": "A1234BC"} == read_table(content)[0].cells
    assert 1 == unread_headings(content)


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    """A cell of two lines, and a blank row, do not shift the numbers of the rows below."""
    content = b'Surname,PNC\r\n"Jo\nnes",1\r\n,\r\nSmith,2\r\n'

    assert [(2, "Jo nes"), (4, "Smith")] == [(r.number, r.cells["surname"]) for r in read_table(content)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello\r\nworld",
        b"Colour,Size\r\n1,2",
        b'Surname,PNC\r\n"Jones,1',
        b"Surname,Last name\r\na,b",
        b"\xff\xfeS",
    ],
)
def test_what_is_no_list_is_refused(content):
    """A file without the headings of a list, with two of one meaning, or cut short, is not taken at all."""
    with pytest.raises(Unreadable):
        read_table(content)


GOOD = {"surname": "Jones", "forename": "Terry", "date_of_birth": "01/02/1985", "adopted_on": "03/04/2024"}
DAYS = [
    "03/04/2024",
    "3/4/2024",
    "03-04-2024",
    "3.4.2024",
    "2024-04-03",
    "3 Apr 2024",
    "3 April 2024",
    "3-Apr-2024",
    "2024-04-03 00:00:00",
]


@pytest.mark.parametrize("text", DAYS)
def test_days_are_read_as_written_in_britain(text):
    """The day stands before the month, in any of the ways that spreadsheets write it."""
    adoption = adoption_of({**GOOD, "adopted_on": text}, "s", "PPO")

    assert dt.date(2024, 4, 3) == adoption.data.memberships[0].adopted_on
    assert dt.datetime(2024, 4, 2, 23, 0, tzinfo=dt.UTC) == adoption.time


def test_a_full_row():
    """Every column reaches the event in its place."""
    cells = {
        **GOOD, "pnc": "85/1234a", "cro": "1/85A", "prison_number": "a1234bc", "crn": "x123456",
        "strands": "C&C; Rehab & Resettle", "kind": "iom", "address": "1 High Street",
        "postcode": "B1 1AA", "area": "B-NORTH", "lead_worker": "PC Smith",
        "lead_worker_telephone": "0121 496 0001", "aliases": "Terence Jones; Smith, Tel",
    }  # fmt: skip
    data = msgspec.to_builtins(adoption_of(cells, "bham-north", "PPO").data)

    assert ["85/1234A", "1/85A", "A1234BC", "X123456"] == [each["value"] for each in data["subject"]["identifiers"]]
    assert [{"surname": "Jones", "forename": "Terence"}, {"surname": "Smith", "forename": "Tel"}] == data["subject"][
        "aliases"
    ]
    membership = {"scheme": "bham-north", "kind": "IOM", "strands": ["catch-and-convict", "rehabilitate-and-resettle"]}
    assert membership.items() <= data["memberships"][0].items()
    assert {
        "area": "B-NORTH",
        "address": {"lines": "1 High Street", "postcode": "B1 1AA", "standing": "proposed"},
    } == data["release"]
    assert {"name": "PC Smith", "telephone": "0121 496 0001"} == data["contact"]


WRONG = {
    "nobody": ({"surname": None}, ["surname"]),
    "no day of adoption": ({"adopted_on": None}, ["adopted_on"]),
    "an American day": ({"adopted_on": "04/13/2024"}, ["adopted_on"]),
    "two digits of the year": ({"date_of_birth": "01/02/85"}, ["date_of_birth"]),
    "a day that never was": ({"date_of_birth": "31/02/1985"}, ["date_of_birth"]),
    "another kind": ({"kind": "DYO"}, ["kind"]),
    "an unknown strand": ({"strands": "C&C, tea"}, ["strands"]),
    "everything at once": ({"kind": "x", "strands": "x", "adopted_on": "x"}, ["adopted_on", "kind", "strands"]),
    "an area of another form": ({"area": "B North!"}, ["release.area"]),
    "a name of 101 letters": ({"surname": "J" * 101}, ["subject.surname"]),
}


@pytest.mark.parametrize(("change", "columns"), WRONG.values(), ids=WRONG)
def test_a_wrong_row_is_refused_with_every_reason(change, columns):
    """Each column that is wrong is named with its rule, and no cell is quoted."""
    cells = {column: cell for column, cell in {**GOOD, **change}.items() if cell is not None}

    with pytest.raises(RowRefused) as refused:
        adoption_of(cells, "s", "PPO")

    assert columns == sorted(wrong.column for wrong in refused.value.wrong)
    assert not [cell for cell in change.values() if cell and len(cell) > 3 and cell in str(refused.value)]


columns = st.sampled_from(
    ["surname", "forename", "date_of_birth", "pnc", "strands", "kind", "adopted_on", "area", "aliases", "lead_worker"]
)
cells = st.dictionaries(
    columns, st.text(min_size=1, max_size=20).map(lambda t: " ".join(t.split())).filter(bool), max_size=10
)


@given(cells, st.booleans())
def test_every_row_is_an_adoption_or_refused(row, complete):
    """Whatever the cells hold, a row is an event that fits its schema, or is refused with a reason."""
    try:
        adoption = adoption_of({**row, **(GOOD if complete else {})}, "s", "PPO")
        said = msgspec.convert(msgspec.to_builtins(adoption.data), type(adoption.data), strict=False)
    except RowRefused as refused:
        said = refused.wrong

    assert said
