"""``hub policy check`` says what is refused, and what an agreement says and hardly means, over every case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from hub.cli import hub
from tests.unit.policy.conftest import give, withhold

POLICIES = Path(__file__).parents[3] / "policies"
PHOTOGRAPH = give("photograph", "prison-reception", id="photograph")
FACT = give("custody-fact", "everyone", id="fact", about="custody.*")
RECEPTION = {
    "id": "prison.reception",
    "role": "prison-reception",
    "agency": "prison",
    "name": "Reception",
    "listens": ["custody.received"],
}


def run(*words, code=0):
    result = CliRunner().invoke(hub, ["policy", "check", *map(str, words), "--json"])
    assert code == result.exit_code, result.output
    return json.loads(result.output)


def says(some):
    return [each["says"] for each in some]


@pytest.fixture
def checked(written):
    """Check the small agreement with rules of one's own besides those by which custody is told."""
    return lambda *rules, **more: run(written.file(FACT, *rules, **more))


NO_EFFECT = {
    "can never hold": (
        [{**PHOTOGRAPH, "when": {"risk": "low"}, "unless": {"risk": ["low", "medium"]}}],
        "'photograph' can never hold: no case is left that its conditions ask for",
    ),
    "covered by a wider rule": (
        [PHOTOGRAPH, {**PHOTOGRAPH, "id": "again", "when": {"custody": "held"}}],
        "'again' changes nobody's view in any case: as much is given by photograph",
    ),
    "covered by two rules together": (
        [
            {**PHOTOGRAPH, "id": "held", "when": {"handover": "open"}},
            {**PHOTOGRAPH, "id": "else", "when": {"handover": ["completed", "none"]}},
            {**PHOTOGRAPH, "id": "again", "when": {"consent": "given"}},
        ],
        "'again' changes nobody's view in any case: as much is given by else, held",
    ),
    "less than another gives": (
        [
            give("date-of-birth", "prison-reception", id="date"),
            give("date-of-birth as year", "prison-reception", id="year"),
        ],
        "'year' changes nobody's view in any case: as much is given by date",
    ),
    "undone": (
        [PHOTOGRAPH, withhold("photograph", "everyone", id="no-photograph")],
        "'photograph' changes nobody's view in any case: it is withheld by no-photograph",
    ),
    "of messages that are not sent": (
        [give("risk-level", "prison-reception", id="risk", about="engagement.reported")],
        "'risk' changes nobody's view in any case: nobody is sent the messages that it speaks of",
    ),
    "on fewer terms": (
        [PHOTOGRAPH, {**PHOTOGRAPH, "id": "again", "oblige": "tell-nobody"}],
        "'photograph' changes nobody's view in any case: as much is given by again",
    ),
    "on more terms somewhere": (
        [PHOTOGRAPH, {**PHOTOGRAPH, "id": "again", "oblige": "tell-nobody", "when": {"custody": "held"}}],
        None,
    ),
}


@pytest.mark.parametrize("case", NO_EFFECT.values(), ids=NO_EFFECT)
def test_rules_without_effect(checked, case):
    """A rule that changes nobody's view is a warning, with the rules that cover it; one that does is none."""
    rules, sentence = case
    warned = [each for each in says(checked(*rules)["warnings"]) if each.startswith("'")]

    assert ([sentence] if sentence else []) == [each for each in warned if "'fact'" not in each]


IDLE = {
    "nothing to take": (
        [withhold("intelligence", "gp", id="none")],
        "'none' takes nothing from anybody in any case: no rule gives it",
    ),
    "taken already": (
        [
            PHOTOGRAPH,
            withhold("photograph", "everyone", id="all"),
            withhold("photograph", "prison-reception", id="one"),
        ],
        "'one' takes nothing from anybody in any case: it is already withheld by all",
    ),
    "everything taken already": (
        [
            PHOTOGRAPH,
            withhold("everything", "everyone", id="all", when={"restricted": True}),
            withhold("everything", "prison-reception", id="one", when={"restricted": True}),
        ],
        "'one' takes nothing from anybody in any case: it is already withheld by all",
    ),
    "takes something": ([PHOTOGRAPH, withhold("photograph", "everyone", id="all", when={"consent": "given"})], None),
}


@pytest.mark.parametrize("case", IDLE.values(), ids=IDLE)
def test_withholdings_that_take_nothing(checked, case):
    """A withholding that takes nothing yet is worth knowing, and no warning: it guards against rules to come."""
    rules, sentence = case
    notes = [each for each in says(checked(*rules)["notes"]) if each.startswith("'")]

    assert ([sentence] if sentence else []) == [each for each in notes if "'all'" not in each]


def test_without_a_rule_that_is_called_idle_nothing_changes(written, tmp_path):
    """What check says of a rule, diff confirms: without it nobody's view is another."""
    again = {**PHOTOGRAPH, "id": "again", "when": {"custody": "held"}}
    old = written.file(FACT, PHOTOGRAPH, again).rename(tmp_path / "old.yaml")
    new = written.file(FACT, PHOTOGRAPH)
    result = CliRunner().invoke(hub, ["policy", "diff", str(old), str(new)])

    assert "Nobody's view changes, in any case that there can be." in result.output


def test_who_must_hear_and_cannot(checked):
    """Somebody who must hear of what no rule lets them hear of is a warning."""
    found = checked(PHOTOGRAPH, **{"must-hear": [{"about": "risk.assessed", "roles": "gp"}]})

    assert "gp must hear of risk.assessed, and no rule lets them in any case" in says(found["warnings"])


def test_what_nobody_is_given(checked):
    """Event types of which nobody is told, leaves that nobody gets and words that no rule names are told."""
    found = checked(PHOTOGRAPH)

    assert any(each.startswith("nobody is told of breach.alleged") for each in says(found["warnings"]))
    assert any(each.startswith("nobody is given ") for each in says(found["warnings"]))
    assert "no rule of small names the obligation speak-first, tell-nobody" in says(found["notes"])


def test_who_takes_part(written, tmp_path):
    """With the directory, rules for roles that nobody acts in are told, and what nobody listens to who must."""
    must = {"must-hear": [{"about": "custody.*", "roles": ["prison-reception"]}]}
    path = written.file(FACT, PHOTOGRAPH, give("offence", "intelligence", id="offence"), **must)
    directory = tmp_path / "directory.yaml"
    prison = {"id": "prison", "name": "HMP", "kind": "prison"}
    directory.write_text(yaml.safe_dump({"agencies": [prison], "recipients": [RECEPTION]}))
    found = run(path, "--directory", directory)

    assert "'offence' gives to nobody in the directory" in says(found["warnings"])
    assert any(
        each.startswith("prison-reception must hear of custody.") and each.endswith("no recipient in that role listens")
        for each in says(found["warnings"])
    )
    assert any(each.startswith("no recipient listens as prison-reception to") for each in says(found["notes"]))


def test_an_agreement_that_ends_before_another(written, tmp_path):
    """Where one agreement withholds what another gives, it is told that this is given again once it has ended."""
    first = written.file(FACT, PHOTOGRAPH).rename(tmp_path / "first.yaml")
    ending = {"agreement": "short", "ends": "2026-06-01"}
    text = written.file(withhold("photograph", "prison-reception"), **ending).read_text()
    second = tmp_path / "second.yaml"
    second.write_text(text.replace("'2026-06-01'", "2026-06-01"))
    found = run(first, second)

    assert "when short ends on 2026-06-01, what it withholds is given again to prison-reception" in says(
        found["warnings"]
    )


def test_where_a_rule_stands(written):
    """A warning names the file and the line of its rule."""
    path = written.file(FACT, PHOTOGRAPH, {**PHOTOGRAPH, "id": "again"})
    line = path.read_text().splitlines().index("- id: again") + 1
    found = run(path)

    assert f"{path}:{line}" in [each["where"] for each in found["warnings"] if each["says"].startswith("'again'")]


def test_what_the_hub_refuses(written):
    """What the hub refuses is an error with file and line, apart from warnings; it ends with 1."""
    path = written.file(give("photgraph", "gp"), give("clincal", "gp"))
    found = run(path, code=1)

    assert ["photgraph", "clincal"] == [each.split("'")[1] for each in says(found["errors"])]
    assert all(each["where"].startswith(f"{path}:") for each in found["errors"])
    assert [] == found["warnings"]


def test_strict(written):
    """A warning ends with 1 only where it was asked for; with no word more it is printed apart from the rest."""
    path = str(written.file(FACT, PHOTOGRAPH, {**PHOTOGRAPH, "id": "again"}))
    run(path, "--strict", code=1)
    printed = CliRunner().invoke(hub, ["policy", "check", path]).output

    assert printed.startswith("Warnings:\n")
    assert "\nNotes:\n" in printed
    assert printed.endswith("No errors.\n")


def test_the_protocol():
    """Of the protocol, every rule that gives does something; one event is another agreement's, one leaf is nobody's."""
    found = run(POLICIES)

    assert [
        "nobody is told of mappa.level-set in any case",
        "nobody is given breach.pack.clinical_note in any case",
    ] == says(found["warnings"])
    assert [] == found["errors"]


OF_NOBODY = {
    "a fact": ({"licence": "on-licence"}, ["photograph"], "licence"),
    "a relation": ({"relation": "case"}, ["photograph"], "relation: case"),
    "who may know it": ({"relation": "case"}, ["photograph", "marker"], None),
}


@pytest.mark.parametrize(("when", "given", "what"), OF_NOBODY.values(), ids=OF_NOBODY)
def test_what_never_holds_for_who_may_not_know_the_status(checked, when, given, what):
    """A grant by what only people on a scheme have gives nothing to roles that are decided for as if on none."""
    found = checked({**PHOTOGRAPH, "give": given, "to": "voluntary", "when": when})
    said = (
        "'photograph' gives nothing to voluntary: they may not know the status, are decided for as if the person were"
        f" on no scheme, and then '{what}' never holds"
    )

    assert ([said] if what else []) == [s for s in says(found["warnings"]) if "gives nothing" in s]
