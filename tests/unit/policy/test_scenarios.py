"""``hub policy test``: scenarios in plain words, tried; what is wrong, undecided or unnoticed is named."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from hub.cli import hub
from hub.errors import DocumentInvalid
from hub.policy.scenarios.read import load_suite
from tests.unit.policy.conftest import give, withhold

READING = {
    "groups": {"police": ["custody-officer", "intelligence"]},
    "concerned": ["holds", "awaits"],
    "person": {"status": "member", "kind": "PPO", "age": "adult", "restricted": False},
    "rows": ["custody"],
    "told": {"custody-officer": ["holds", "awaits"]},
}
ABOUT = {"about": "custody.received", "when": {"relation": ["holds", "awaits"]}}
RULES = (give("custody-fact", "custody-officer", **ABOUT), give("custody-place", "custody-officer", **ABOUT))
PLACE = {
    "scenario": "The officer knows where",
    "row": "custody",
    "category": "custody-place",
    "about": "custody.received",
    "sees": {"custody-officer": "concerned"},
    "never": "everyone else",
}


def copied(content):
    """Return it with nothing standing in two places, which YAML would write as a reference."""
    return json.loads(json.dumps(content))


@pytest.fixture
def desk(written, tmp_path):
    """A coordinator's folder: writes an agreement and scenarios, and runs the command on them."""

    class Desk:
        def write(self, *scenarios, rules=RULES, reading=READING, withholdings=()):
            written.file(*copied(rules))
            folder = tmp_path / "scenarios"
            folder.mkdir(exist_ok=True)
            for name, content in (
                ("reading", reading),
                ("custody", list(scenarios)),
                ("withholdings", list(withholdings)),
            ):
                (folder / f"{name}.yaml").write_text(yaml.safe_dump(copied(content), sort_keys=False))
            return folder

        def run(self, *words):
            result = CliRunner().invoke(hub, ["policy", "test", "--policies", str(tmp_path), "--json", *words])
            assert isinstance(result.exception, SystemExit | None), result.exception
            return result.exit_code, json.loads(result.stdout)

    return Desk()


def test_right_scenario_passes(desk):
    """A scenario of which the agreement does what it says leaves nothing to report."""
    folder = desk.write(PLACE)

    code, found = desk.run(str(folder / "custody.yaml"))

    assert 0 == code
    assert [] == found["wrong"]
    assert 1 == found["scenarios"]


def test_file_without_a_scenario_is_refused(desk):
    """A file that none of the scenarios stands in, such as the agreement itself, is not tried and found right."""
    folder = desk.write(PLACE)

    result = CliRunner().invoke(
        hub, ["policy", "test", "--policies", str(folder.parent), str(folder.parent / "small.yaml")]
    )

    assert 2 == result.exit_code
    assert "small.yaml has no scenario" in result.output


def test_too_much_is_named(desk):
    """Whoever gets what no scenario lists is named with scenario, file, line, what was expected and what came."""
    told = {**READING, "told": {"custody-officer": "concerned", "intelligence": "concerned"}}
    generous = give("custody-place", "intelligence", about="custody.received")
    fact = give("custody-fact", "intelligence", about="custody.received")
    folder = desk.write(PLACE, rules=(*RULES, generous, fact), reading=told)

    code, found = desk.run()
    first = next(w for w in found["wrong"] if w["way"] == "holds" and w["what"] == "custody.establishment")

    assert code == 1
    assert {"intelligence"} == {w["role"] for w in found["wrong"] if w["scenario"] == PLACE["scenario"]}
    assert first["place"] == f"{folder / 'custody.yaml'}:1"
    assert (first["expected"], first["came"], first["because"]) == ("nothing", "as it is", generous["id"])


def test_too_little_is_named(desk):
    """Whoever lacks what a scenario lists is named with what stood against it."""
    against = withhold("custody-place", "custody-officer")
    desk.write(PLACE, rules=(*RULES, against))

    code, found = desk.run()
    lacking = [w for w in found["wrong"] if w["kind"]]

    assert code == 1
    assert {("custody-officer", "as it is", "nothing", against["id"])} == {
        (w["role"], w["expected"], w["came"], w["because"]) for w in lacking
    }


def test_message_that_should_not_be_is_named(desk):
    """A message to somebody who is not on the list of who is told anything is wrong, whatever is in it."""
    desk.write(PLACE, rules=(*RULES, give("custody-fact", "intelligence", about="custody.died")))

    _, found = desk.run()

    assert {("intelligence", "custody.died", "no message", "a message")} == {
        (w["role"], w["kind"], w["expected"], w["came"]) for w in found["wrong"]
    }


def test_what_nobody_speaks_of_is_undecided(desk):
    """A leaf of which no scenario says who sees it is undecided for the roles that none speaks of, and fails."""
    desk.write({**PLACE, "roles": ["custody-officer", "gp"]})

    code, found = desk.run()
    place = [u for u in found["undecided"] if "custody.establishment " in u["what"]]

    assert code == 1
    assert all("custody-officer" not in u["roles"] for u in place if "custody.received" in u["kinds"])
    assert any("mentor" in u["roles"] and "custody.received" in u["kinds"] for u in place)
    assert any("custody-officer" in u["roles"] and "custody.died" in u["kinds"] for u in place)


def test_scenario_that_says_nothing_is_undecided(desk):
    """A scenario that does not say who sees or hears is undecided, and so is one about what the events cannot have."""
    silent = {k: v for k, v in PLACE.items() if k != "sees"}
    empty = {**PLACE, "scenario": "Nothing to speak of", "category": "concern-ended"}
    desk.write(silent, empty)

    _, found = desk.run()
    said = [u["what"] for u in found["undecided"]]

    assert "'The officer knows where' does not say who sees or hears" in said
    assert "'Nothing to speak of' speaks of nothing that these events can have" in said


def test_withholding_is_tried_beside_a_generous_rule(desk):
    """What is to stay withheld is wrong where only the want of a rule withholds it."""
    kept = {"row": "custody", "category": "custody-place", "from": "gp"}
    desk.write(PLACE, withholdings=[kept])
    _, without = desk.run()
    desk.write(PLACE, rules=(*RULES, withhold("custody-place", "gp")), withholdings=[kept])
    _, with_it = desk.run()

    assert {"gp"} == {w["role"] for w in without["wrong"]}
    assert [] == with_it["wrong"]


FACT, WHERE = (
    give("custody-fact", "custody-officer", **ABOUT, oblige="speak-first"),
    give("custody-place", "custody-officer", **ABOUT),
)


def test_obligation_comes_with_each_leaf(desk):
    """An obligation must come with what is given: one that comes with other leaves of the message does not do."""
    scenario = {**PLACE, "obliged": "speak-first"}
    desk.write(scenario, rules=(FACT, WHERE))
    code, without = desk.run()
    desk.write(scenario, rules=(FACT, {**WHERE, "oblige": "speak-first"}))
    _, with_it = desk.run()

    assert 1 == code
    assert {("obliged to speak-first", "nothing")} == {(w["expected"], w["came"]) for w in without["wrong"]}
    assert "custody.establishment" in {w["what"] for w in without["wrong"]}
    assert [] == with_it["wrong"]


NAME = give("name", "custody-officer", accompanies=True)


def test_obligation_with_a_name_is_owed_with_whatever_it_accompanies(desk):
    """Where a scenario speaks of an accompaniment alone, the obligation must come with all that it can accompany."""
    scenario = {**PLACE, "leaves": ["subject.surname"], "obliged": "speak-first"}
    del scenario["category"]
    desk.write(scenario, rules=(FACT, WHERE, NAME))
    _, without = desk.run()
    desk.write(scenario, rules=(FACT, {**WHERE, "oblige": "speak-first"}, NAME))
    _, with_it = desk.run()

    assert "custody.establishment" in {w["what"] for w in without["wrong"]}
    assert "custody.in_custody" not in {w["what"] for w in without["wrong"]}
    assert [] == with_it["wrong"]


WORDS = {
    "word": ({**PLACE, "cateegory": "name"}, "unknown word 'cateegory'; did you mean 'category'?"),
    "row": ({**PLACE, "row": "custdy"}, "unknown row 'custdy'; did you mean 'custody'?"),
    "category": (
        {**PLACE, "category": "custody-plce"},
        "unknown category 'custody-plce'; did you mean 'custody-place'?",
    ),
    "role": (
        {**PLACE, "sees": {"custody-oficer": "holds"}},
        "unknown role or group 'custody-oficer'; did you mean 'custody-officer'?",
    ),
    "way": (
        {**PLACE, "sees": {"custody-officer": "hold"}},
        "unknown way of standing to the person 'hold'; did you mean 'holds'?",
    ),
    "fact": ({**PLACE, "person": {"custdy": "held"}}, "unknown fact 'custdy'; did you mean 'custody'?"),
    "never": ({**PLACE, "never": "nobody"}, "is 'everyone else': whoever is not listed gets nothing"),
}


@pytest.mark.parametrize(("scenario", "rule"), WORDS.values(), ids=WORDS)
def test_unknown_word_is_refused(desk, scenario, rule):
    """A scenario that cannot be read is refused with file, line, and what was probably meant."""
    folder = desk.write(PLACE, scenario)

    with pytest.raises(DocumentInvalid) as refused:
        load_suite(folder)

    (problem,) = refused.value.problems
    assert problem.rule == rule
    assert int(problem.field.rpartition(":")[2]) > len(PLACE)


SIGHT = give("photograph", "custody-officer", **ABOUT)
KNOWN_BY_SIGHT = {**PLACE, "scenario": "The officer knows them by sight", "category": "photograph"}


def test_mistakes_are_noticed_or_told(desk):
    """A mistake that a scenario notices counts; one that none notices is listed with a case in which it matters."""
    desk.write(PLACE, rules=(*RULES, SIGHT))
    code, thin = desk.run("--mutate")
    desk.write(PLACE, KNOWN_BY_SIGHT, rules=(*RULES, SIGHT))
    _, full = desk.run("--mutate")

    def outcomes(found, mistake):
        return {m["outcome"] for m in found["mutants"] if m["rule"] == SIGHT["id"] and m["mistake"] == mistake}

    survivor = next(m for m in thin["mutants"] if m["outcome"] == "survived")
    assert code == 1
    assert {"survived"} == outcomes(thin, "rule dropped")
    assert {"noticed"} == outcomes(full, "rule dropped")
    assert {"refused"} == outcomes(full, "condition turned round")
    assert survivor["example"].startswith("custody-officer, custody.received: relation ")
    assert full["mutation"]["survived"] < thin["mutation"]["survived"]
