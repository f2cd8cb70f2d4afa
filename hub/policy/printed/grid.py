"""The matrix of who may see what, as a page and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io

import msgspec

from hub.policy.matrix import Answer, Cell, Matrix
from hub.policy.printed.pages import page
from schemas.labels import Category


class Square(msgspec.Struct, frozen=True):
    """One cell of the printed grid; a note says on what it depends."""

    answer: Answer
    note: int | None = None


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """On what the answer of one or more cells depends."""

    number: int
    text: str


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page says."""

    kind: str
    categories: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square, ...]], ...]
    notes: tuple[Note, ...]
    provisos: tuple[str, ...]


def condition(cell: Cell) -> str:
    """Return in short on what a cell's answer depends."""
    given = " or ".join(cell.conditions)
    but = f"; withheld: {'; '.join(cell.but)}" if cell.but else ""
    return f"{given}{but}{'' if cell.whole else '; never the whole'}"


def printed(matrix: Matrix) -> Grid:
    """Return what the page says: notes that say the same are one."""
    numbers: dict[str, int] = {}
    by_place = {(cell.role, cell.category): cell for cell in matrix.cells}

    def square(cell: Cell) -> Square:
        if cell.answer not in ("depends", "less"):
            return Square(cell.answer)
        return Square(cell.answer, numbers.setdefault(condition(cell), len(numbers) + 1))

    def spoken_of(category: Category) -> bool:
        return any(cell.answer != "no" for cell in matrix.cells if cell.category == category)

    categories = tuple(filter(spoken_of, matrix.categories))
    rows = tuple((role, tuple(square(by_place[role, category]) for category in categories)) for role in matrix.roles)
    return Grid(
        kind=matrix.kind,
        categories=categories,
        rows=rows,
        notes=tuple(Note(number=number, text=text) for text, number in numbers.items()),
        provisos=matrix.provisos,
    )


def as_page(matrix: Matrix) -> str:
    """Return the matrix as one HTML document that needs nothing besides itself."""
    return page("matrix.html", printed(matrix))


def as_csv(matrix: Matrix) -> str:
    """Return the matrix as comma-separated values, a line for each cell."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(("role", "category", "answer", "on condition", "rules"))
    for cell in matrix.cells:
        on = condition(cell) if cell.answer in ("depends", "less") else ""
        lines.writerow((cell.role, cell.category, cell.answer, on, " ".join(cell.rules)))
    return written.getvalue()
