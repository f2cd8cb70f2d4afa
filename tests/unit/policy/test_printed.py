"""``hub policy render`` and ``matrix``: documents that stand alone, and that say what is enforced."""

from __future__ import annotations

import csv
import datetime as dt
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
from hub.policy.read import _GIVE_KNOWN, _TOP, _WITHHOLD_KNOWN
from hub.policy.terms import WORDS
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from schemas.catalogue import CATALOGUE
from schemas.labels import Category, Role
from schemas.leaves import leaves_of
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
    *("The data that each category has", "Accuracy, security and what goes wrong"),
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


HEAD = {
    "agreement": ("small", "small"),
    "title": ("A small agreement", "A small agreement"),
    "owner": ("Board", "Board"),
    "parties": (["Police", "Prison"], "Prison"),
    "agreed": (None, "1 January 2026"),
    "review": (None, "reviews this agreement by 1 January 2027"),
    "ends": (dt.date(2027, 6, 1), "It ends on 1 June 2027"),
    "regime": ("law-enforcement", "Part 3 of the Data Protection Act 2018"),
    "general-regime": (["gp"], "to the UK GDPR for the copies that they hold, and the party for which they act"),
    "special-categories": (None, "Appropriate policy document Second edition"),
    "purposes": (None, "To prevent crime"),
    "gateways": (None, "Crime and Disorder Act 1998, section 115"),
    "obligations": (
        {
            "speak-first": "Speak first.",
            "all": {
                "says": "All at once.",
                "delete-after-receipt": "2 weeks",
                "delete-after-concern": "1 day",
                "acknowledge-within": "90 minutes",
                "marking": "OFFICIAL-SENSITIVE",
                "pass-on": "never",
                "in-reports": "never",
            },
        },
        (
            "delete within 14 days of receipt; delete within 1 day of no longer being concerned; acknowledge within 90"
            " minutes; mark as OFFICIAL-SENSITIVE; never pass on; never put into a report"
        ),
    ),
    "groups": ({"police": ["custody-officer", "intelligence"]}, "Police custody officer and intelligence"),
    "people-on-no-scheme-days": (77, "for 77 days"),
    "places": (["area/walsall", "national"], "Only recipients at area walsall, national are given anything by it"),
    "under": ("region", "It stands under region and is read with it as one"),
    "must-hear": ([{"about": "custody.died", "roles": "gp"}], "custody.died GP"),
    "rules": (None, "3 rules give information"),
}
"""Every word at the head of an agreement: a value for it, and what must be printed of that."""
RULES = [
    {
        "id": "all-words",
        "give": ["custody-fact", "risk.level"],
        "to": "police",
        "except": "intelligence",
        "about": ["custody.*", "risk.assessed"],
        "when": {"relation": ["gate", "case"], "at": "area/walsall", "hour": {"from": 9, "below": 17}},
        "unless": [{"consent": "withdrawn"}, {"risk": "low", "age": "adult"}],
        "purpose": "prevent-crime",
        "gateway": "cda-115",
        "oblige": ["speak-first", "all"],
        "because": "Each word once.",
    },
    {
        "id": "all-transforms",
        "give": [f"{t.category} as {t.name}" for t in TRANSFORMS.values()] + [f"licence-conditions as {NAMING_YOU}"],
        "to": "everyone",
        "purpose": "prevent-crime",
        "gateway": "cda-115",
        "accompanies": True,
    },
    {
        "id": "born",
        "give": ["date-of-birth", "release-date", "supervision-kind", "marker"],
        "to": "custody-officer",
        "purpose": "prevent-crime",
        "gateway": "cda-115",
    },
    {"id": "kept", "withhold": "everything", "from": "gp", "always": True, "when": {"restricted": "yes"}},
    {"id": "leaf", "withhold": "risk.previous_level", "from": "everyone"},
]
SAID = [
    (
        "Custody fact and the field risk.level may be given to custody officer, in events of type custody.* and"
        " risk.assessed, where the recipient holds a case of the person's or meets the person at the gate, and the"
        " recipient is at area walsall, and the hour of the day is 9 to 16, unless the person withdrew consent to the"
        " sharing of health facts; or the person is of low risk or is of unknown risk, and the person is an adult."
    ),
    "Each word once.",
    "only beside something that another rule gives them",
    "may be given to everyone",
    *(t.meaning for t in TRANSFORMS.values()),
    "of licence conditions only those that name the recipient's role",
    "below 6, 6 to 11, 12 to 47, or 48 months and more",
    (
        "Nothing may be given to GP, where the person has a restricted record or has a record that may be restricted."
        " No area may lift this."
    ),
    "The field risk.previous_level may not be given to anyone.",
    "Speak first.",
]


def everything(written):
    """Return an agreement that has each word of the language, and its page as one text."""
    head = {word: value for word, (value, _) in HEAD.items() if value is not None}
    file = written.file(*RULES, **head)
    file.write_text(file.read_text().replace("'2027-06-01'", "2027-06-01"))
    page = parsed(document(load_agreement(file)))
    return " ".join(" ".join(text for text in page.itertext()).split())


def test_every_word_of_the_language_is_printed(written):
    """Whatever an agreement can say stands in its document: each word at its head, each of a rule, each transform,
    each term of an obligation.
    """
    text = everything(written)

    assert set(HEAD) == _TOP
    assert {word for rule in RULES for word in rule} == (_GIVE_KNOWN | _WITHHOLD_KNOWN)
    assert {*WORDS} == {"says", *HEAD["obligations"][0]["all"]}
    assert [] == [said for said in (*SAID, *(said for _, said in HEAD.values())) if said.lower() not in text.lower()]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_every_fact_is_printed_and_explained(written, fact):
    """Whatever a condition asks is said in its rule in plain words, and what the fact means stands in the annex."""
    word = {"from": fact.span.first + 1, "below": fact.span.last} if fact.span else str(next(iter(fact.domain)))
    known = [give(word, "gp") for word in ("marker", "date-of-birth", "release-date", "supervision-kind")]
    rule = withhold("name", "gp", when={fact.name: "area/walsall" if fact.name == "at" else word})
    agreement = written.agreement(*known, rule, places=["area/walsall"])
    page = parsed(document(agreement))
    (section,) = (e for e in page.iter("section") if e.get("id") == f"rule-{rule['id']}")
    annex = " ".join(text for table in page.iter("table") for text in table.itertext())

    assert plain.line(agreement.rules[-1].when[0]) in " ".join("".join(section.itertext()).split())
    assert fact.meaning in annex


def test_every_field_of_a_category_is_listed(agreement, pages):
    """The annex has for each category that a rule names every field that it has in any event."""
    rows = {}
    for row in parsed(pages["agreement"]).iter("tr"):
        cells = ["".join(cell.itertext()) for cell in row]
        rows[cells[0]] = cells[1:]
    named = {c for rule in agreement.rules for t in rule.targets for c in t.categories}
    for event in CATALOGUE.values():
        for leaf in leaves_of(event.data):
            for category in leaf.categories & named:
                field = leaf.path.rpartition(".")[2].replace("_", " ")
                assert field in rows[plain.name_of(category)][0]


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


def test_what_tells_the_status_needs_the_marker(written):
    """What tells the status is not said to be given where the marker is withheld: there the hub gives none of it."""
    rules = (give("custody-fact", "gp"), give(["marker", "strands"], "gp", id="status"))
    kept = withhold("marker", "gp", when={"consent": "withdrawn"})
    found = matrix([written.agreement(*rules, kept)], "custody.received", [Role.GP])
    (cell,) = (c for c in found.cells if c.category == Category.STRANDS)

    assert ("depends", ("where the marker is not given",)) == (cell.answer, cell.but)


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
