"""The record as others take it in: the published national shape for personal data logs, and CSV. Pure.

Formats: docs/formats/export.md.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import msgspec

from hub.ledger.entry import Branch, Entry, Processing

Form = Literal["national", "csv"]
SIX = frozenset({"collection", "alteration", "consultation", "disclosure", "combination", "erasure"})
"""The kinds of logs that section 62 of the Data Protection Act 2018 names."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With one of these a cell begins that a spreadsheet would take for a formula."""
COLUMNS = (
    *("entry", "at", "kind", "event", "reference", "person", "category", "regime", "by", "user", "altered"),
    *("recipient", "role", "agency", "number", "delivery", "leaves", "rules"),
    *("purposes", "gateways", "obligations", "agreements", "versions"),
)
MEDIA: Mapping[Form, str] = {"national": "application/x-ndjson", "csv": "text/csv"}


class CreatedBy(msgspec.Struct, frozen=True):
    """Who did it: a system's client identifier, an operator's account, or the hub itself."""

    id: str
    type: str


class NationalLog(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the national shape."""

    created_by: CreatedBy
    created_at: str
    business_identifier: str
    """The entry's id, by which it is found in the record again."""
    ip_address: str | None
    """None: the record keeps no network address of anybody."""
    category: str
    recipient: str | None
    individuals: tuple[str, ...]
    """The hub's own id of the person; what it is about somebody whom the hub does not know has no line."""


def national_lines(entry: Entry) -> Iterator[bytes]:
    """Yield the lines of one entry: a disclosure has one for each recipient. What is about nobody has none."""
    if entry.kind not in SIX or entry.person is None:
        return
    recipients: list[str | None] = [branch.recipient for branch in entry.branches]
    for recipient in recipients or [None]:
        line = NationalLog(
            created_by=CreatedBy(entry.by or "hub", _type(entry.by)),
            created_at=entry.at.isoformat(),
            business_identifier=entry.id,
            ip_address=None,
            category="disclosure" if entry.kind == "consultation" and recipient else entry.kind,
            recipient=recipient,
            individuals=(entry.person,),
        )
        yield msgspec.json.encode(line) + b"\n"


def _type(by: str) -> str:
    if by in {"", "hub"}:
        return "hub"
    return "operator" if by.startswith("operator:") else "system"


def csv_header() -> bytes:
    """Return the first line of a CSV export."""
    return _line(COLUMNS)


def csv_lines(entry: Entry) -> Iterator[bytes]:
    """Yield the lines of one entry: one for each recipient that was told something, or one."""
    processing = entry.processing or Processing()
    head = {
        "entry": entry.id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "event": entry.event,
        "reference": entry.reference,
        "person": entry.person or "",
        "category": entry.category,
        "regime": processing.regime,
        "by": entry.by,
        "user": processing.user,
        "altered": " ".join(processing.altered),
        "versions": " ".join(entry.versions),
    }
    for part in [_part(entry, branch) for branch in entry.branches] or [{}]:
        yield _line([(head | part).get(name, "") for name in COLUMNS])


def _part(entry: Entry, branch: Branch) -> dict[str, str]:
    view = entry.views[branch.view]
    leaves = view.by_path()
    return {
        "recipient": branch.recipient,
        "role": branch.role,
        "agency": branch.agency,
        "number": str(branch.number),
        "delivery": view.copy,
        "leaves": " ".join(leaves),
        "rules": " ".join(sorted({rule for leaf in leaves.values() for rule in leaf.rules})),
        "purposes": " ".join(view.purposes),
        "gateways": " ".join(view.gateways),
        "obligations": " ".join(view.obligations),
        "agreements": " ".join(view.agreements),
        "regime": view.regime,
    }


def _line(cells: tuple[str, ...] | list[str]) -> bytes:
    """Return one record of RFC 4180, in which no cell is a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([cell_of(cell) for cell in cells])
    return text.getvalue().encode()


def cell_of(text: str) -> str:
    """Return the text so that a spreadsheet shows it and works nothing out."""
    return f"'{text}" if text.startswith(FORMULA) else text


LINES: Mapping[Form, Callable[[Entry], Iterator[bytes]]] = {"national": national_lines, "csv": csv_lines}
