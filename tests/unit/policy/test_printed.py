"""``hub policy render`` and ``matrix``: documents that stand alone, and that say what is enforced."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from hub.cli import hub
from hub.policy import plain
from hub.policy.facts import FACTS
from hub.policy.load import load_agreement
from hub.policy.matrix import matrix
from hub.policy.places import PLACES
from hub.policy.printed.agreement import document
from hub.policy.printed.grid import as_csv, as_page
from schemas.labels import Category, Role
from tests.unit.policy.conftest import give, withhold

PROTOCOL = Path(__file__).parents[3] / "policies" / "west-midlands-offender-management.yaml"


def parsed(page):
    """Return a page, parsed strictly: one tag that is not closed, or closed in the wrong order, is an error."""
    return ET.fromstring(page)  # noqa: S314 - of our own making


@pytest.fixture(scope="module")
def agreement():
    return load_agreement(PROTOCOL)


@pytest.fixture(scope="module")
def pages(agreement):
    grid = matrix([agreement], "custody.received", [Role.COORDINATOR, Role.GP, Role.COUNCIL_HOUSING])
    return {"agreement": document(agreement), "matrix": as_page(grid)}


@pytest.fixture(params=["agreement", "matrix"])
def page(pages, request):
    """Each page."""
    return parsed(pages[request.param])


def texts(page, tag):
    return ["".join(found.itertext()) for found in page.iter(tag)]


def test_page_can_be_read_by_everyone(page):
    """A page names its language and title, has one first heading and skips no level, and heads every row and column."""
    levels = [int(e.tag[1]) for e in page.iter() if e.tag in {"h1", "h2", "h3", "h4"}]

    assert "en-GB" == page.get("lang")
    assert all(text.strip() for text in texts(page, "title"))
    assert [1] == [level for level in levels if level == 1]
    assert all(lower <= higher + 1 for higher, lower in pairwise(levels))
    assert {"col", "row"} >= {th.get("scope") for th in page.iter("th")}
    assert len(list(page.iter("table"))) == len(list(page.iter("caption")))
    assert "@media print" in texts(page, "style")[0]


def test_page_stands_alone(page):
    """A page loads nothing, runs nothing, and each of its links leads to something in itself."""
    ids = [e.get("id") for e in page.iter() if e.get("id")]

    assert len(ids) == len(set(ids))
    assert {a.get("href")[1:] for a in page.iter("a")} <= set(ids)
    assert [] == [e.tag for e in page.iter() if e.tag in {"script", "link", "img", "iframe"} or e.get("src")]
    assert "url(" not in texts(page, "style")[0]


def test_document_says_what_is_enforced(agreement, pages):
    """Every rule stands in the document in one sentence, with all that it rests on and asks."""
    page = parsed(pages["agreement"])
    sections = {e.get("id"): " ".join("".join(e.itertext()).split()) for e in page.iter("section") if e.get("id")}

    for rule in agreement.rules:
        said = sections[f"rule-{rule.id}"]
        assert plain.sentence(rule, agreement.groups) in said
        assert rule.because in said
        assert all(agreement.obligations[word] in said for word in rule.obligations)
        assert agreement.gateways.get(rule.gateway, "") in said
        assert agreement.purposes.get(rule.purpose, "") in said
        assert rule.always == ("No area may lift this." in said)


ASKED_FOR = [
    *("Parties", "Purposes", "Lawful basis and legal powers", "Special category data and sensitive processing"),
    *("What is shared, with whom, and why", "Obligations", "How long information is kept"),
    *("The rights of individuals", "Review and end", "Signatures"),
]


@pytest.mark.parametrize("section", ASKED_FOR)
def test_document_has_what_the_code_asks_for(pages, section):
    """The document has each section that the Information Commissioner's data sharing code asks an agreement for."""
    assert section in texts(parsed(pages["agreement"]), "h2")


def test_document_can_be_signed(agreement, pages):
    """Each party has a line to sign, and the version that it signs is named."""
    page = parsed(pages["agreement"])
    (table,) = (t for t in page.iter("table") if t.get("class") == "sign")

    assert list(agreement.parties) == ["".join(th.itertext()) for th in table.iter("th") if th.get("scope") == "row"]
    assert agreement.version[:16] in texts(table, "caption")[0]


def test_what_an_agreement_says_cannot_write_the_page(written):
    """Whatever stands in an agreement is text in the document, and never a tag."""
    hostile = written.agreement(give("name", "gp", because="<script>alert(1)</script>"), title="A & B <b>")

    page = parsed(document(hostile))

    assert "A & B <b>" in texts(page, "h1")[0]
    assert [] == list(page.iter("script"))


def test_every_word_of_every_fact_can_be_said():
    """Whatever a condition may ask has its words in plain English."""
    finite = {f.name: set(f.domain) for f in FACTS if f.span is None and f.domain is not PLACES}

    assert finite == {name: set(words) for name, words in plain.CLAUSES.items()}
    assert {f.name for f in FACTS if f.span is not None} == set(plain.NUMBERS)


CELLS = {
    "no rule": ((), "no", ()),
    "concerned": ((give("photograph", "gp"),), "yes", ("concerned",)),
    "a condition": ((give("photograph", "gp", when={"consent": "given"}),), "depends", ("concerned, consent given",)),
    "other relations": ((give("photograph", "gp", when={"relation": "gate"}),), "depends", ("gate",)),
    "withheld": ((give("photograph", "gp"), withhold("photograph", "gp")), "no", ()),
    "withheld sometimes": (
        (give("photograph", "gp"), withhold("photograph", "gp", when={"consent": "withdrawn"})),
        "depends",
        ("concerned",),
    ),
    "one rule for each case": (
        (
            {**give("photograph", "gp", when={"consent": ["given", "none"]}), "id": "first"},
            {**give("photograph", "gp", when={"consent": "withdrawn"}), "id": "second"},
        ),
        "depends",
        ("concerned, consent given/none", "concerned, consent withdrawn"),
    ),
    "a case that cannot be": (
        (
            give("photograph", "gp", when={"consent": "given"}),
            withhold("photograph", "gp", unless={"consent": "withdrawn"}),
        ),
        "no",
        (),
    ),
}


@pytest.mark.parametrize(("rules", "answer", "conditions"), CELLS.values(), ids=CELLS)
def test_cell(written, rules, answer, conditions):
    """A cell says yes, no or on what it depends, from the rules' own conditions in every case that there can be."""
    told = give("custody-fact", "gp", when={"relation": ["gate", "holds", "case"]})
    found = matrix([written.agreement(told, *rules)], "custody.received", [Role.GP])
    (cell,) = (c for c in found.cells if c.category == Category.PHOTOGRAPH)

    assert (cell.answer, cell.conditions) == (answer, conditions)


def test_less_than_the_whole_is_said_to_be_so(written):
    """What is only ever given transformed, or but for some of its fields, is less; the condition says how much."""
    told = give("custody-fact", "gp")
    rules = (give("date-of-birth as year", "gp"), give("offence", "gp"), withhold("cases[].offence", "gp"))
    found = matrix([written.agreement(told, *rules)], "custody.received", [Role.GP])
    cells = {c.category: c for c in found.cells}

    assert ("less", ("concerned (as year)",)) == (
        cells[Category.DATE_OF_BIRTH].answer,
        cells[Category.DATE_OF_BIRTH].conditions,
    )
    assert ("less", ("(offence)",)) == (cells[Category.OFFENCE].answer, cells[Category.OFFENCE].but)


def test_withholdings_of_everything_stand_apart(written):
    """What withholds everything in some case is said once, and not as the condition of each cell."""
    rules = (give("custody-fact", "gp"), withhold("everything", "gp", when={"restricted": ["yes", "unknown"]}))
    found = matrix([written.agreement(*rules)], "custody.received", [Role.GP])

    assert {"yes"} == {c.answer for c in found.cells if c.category == Category.CUSTODY_FACT}
    assert ["restricted" in proviso for proviso in found.provisos] == [True]


def test_matrix_for_a_spreadsheet(agreement):
    """The comma-separated form has a line for each cell, with its rules."""
    found = matrix([agreement], "custody.received", [Role.PRISON_HEALTHCARE])
    lines = {line["category"]: line for line in csv.DictReader(io.StringIO(as_csv(found)))}

    assert len(found.cells) == len(lines)
    assert "depends" == lines["clinical"]["answer"]
    assert "holds/awaits/treatment" in lines["clinical"]["on condition"]
    assert "clinical" == lines["clinical"]["rules"]
    assert "no" == lines["marker"]["answer"]


COMMANDS = {
    "render": (["render"], "<h1>Information sharing protocol"),
    "matrix": (["matrix", "--type", "custody.received", "--role", "gp"], "Who is not named never gets it."),
    "matrix as a page": (["matrix", "--type", "custody.received", "--role", "gp", "--html"], "<h1>Who may see what of"),
    "matrix as lines": (["matrix", "--type", "custody.received", "--role", "gp", "--csv"], "gp,clinical,no,,"),
}


@pytest.mark.parametrize(("words", "expected"), COMMANDS.values(), ids=COMMANDS)
def test_command(words, expected):
    """Each command prints what it is asked for."""
    result = CliRunner().invoke(hub, ["policy", *words, "--policies", str(PROTOCOL)])

    assert result.exit_code == 0, result.output
    assert expected in result.stdout
