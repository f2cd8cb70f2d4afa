"""``hub policy diff`` says what changes for whom, and says that nothing does only where nothing does."""

from __future__ import annotations

import json
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from hub.cli import hub
from hub.policy.analysis.difference import difference
from hub.policy.analysis.entries import Steps
from tests.unit.policy.conftest import give, withhold

PROTOCOL = Path(__file__).parents[3] / "policies" / "west-midlands-offender-management.yaml"
ALONE = {"relation": ["holds", "awaits"]}
PHOTOGRAPH = give("photograph", "prison-reception", id="photograph")
FACT = give("custody-fact", "everyone", id="fact", about="custody.*")


@pytest.fixture
def diff(written, tmp_path):
    """Write the small agreement twice with rules of one's own; return the exit code and what is printed."""

    def compare(old, new, *words, **more):
        first = written.file(FACT, *old).rename(tmp_path / "old.yaml")
        second = written.file(FACT, *new, **more).rename(tmp_path / "new.yaml")
        return run(first, second, *words)

    return compare


def run(old, new, *words):
    result = CliRunner().invoke(hub, ["policy", "diff", str(old), str(new), *words])
    return result.exit_code, result.output


SAME = {
    "the same": ([PHOTOGRAPH], [PHOTOGRAPH]),
    "another reason": ([PHOTOGRAPH], [{**PHOTOGRAPH, "because": "Another reason."}]),
    "another order": (
        [PHOTOGRAPH, give("offence", "intelligence")],
        [give("offence", "intelligence"), PHOTOGRAPH],
    ),
}


@pytest.mark.parametrize("case", SAME.values(), ids=SAME)
def test_nothing_changes(diff, case):
    """Where nothing changes but a reason or the order of rules, it says so and ends with 0."""
    assert (0, "Nobody's view changes, in any case that there can be.\n") == diff(*case)


TO_NOBODY = {
    "covered by another rule": ([PHOTOGRAPH], [PHOTOGRAPH, {**PHOTOGRAPH, "id": "again", "when": ALONE}]),
    "split in two": (
        [PHOTOGRAPH],
        [
            {**PHOTOGRAPH, "id": "free", "when": {"consent": "given"}},
            {**PHOTOGRAPH, "id": "unasked", "when": {"consent": ["withdrawn", "none"]}},
        ],
    ),
    "withheld": (
        [withhold("photograph", "everyone")],
        [withhold("photograph", "everyone"), PHOTOGRAPH],
    ),
    "of no message": ([], [give("photograph", "prison-reception", about="health.summarised")]),
    "never": ([], [{**PHOTOGRAPH, "when": {"risk": "low"}, "unless": {"risk": ["low", "medium"]}}]),
}


@pytest.mark.parametrize("case", TO_NOBODY.values(), ids=TO_NOBODY)
def test_rules_change_and_views_do_not(diff, case):
    """Where rules are otherwise and yet nobody's view is, both are said; there is a difference."""
    code, printed = diff(*case)

    assert 1 == code
    assert printed.startswith("Rules ")
    assert printed.endswith("Nobody's view changes, in any case that there can be.\n")


ONE_RULE = """\
Rules added: photograph

1. prison-reception: newly given photograph in every message that they get
     when consent: given
     unless risk: [low, unknown], restricted: [yes, unknown]
   for example prison-reception, custody.detained, subject.photograph; relation: holds, consent: given, risk:
     unknown, restricted: no
     before: not given: no rule gives it
     after:  given by photograph
   ! never before, in any case: photograph to prison-reception

All else stays as it is, for everybody and in every case that there can be.
"""


def test_one_rule_prints_as_a_few_lines(diff):
    """A rule more is told with whom, what, the condition, an example that the engine decided, and what is unusual."""
    rule = {**PHOTOGRAPH, "when": {"consent": "given"}, "unless": {"risk": "low", "restricted": "yes"}}

    assert (1, ONE_RULE) == diff([], [rule])


SAID = {
    "taken from everybody": (
        [PHOTOGRAPH],
        [],
        "! in no message and no case any more: subject.photograph to prison-reception",
    ),
    "withheld": (
        [PHOTOGRAPH],
        [PHOTOGRAPH, withhold("photograph", "everyone", id="not-so", when={"consent": "withdrawn"})],
        "     when consent: withdrawn\n",
    ),
    "what withholds is named": (
        [PHOTOGRAPH],
        [PHOTOGRAPH, withhold("photograph", "everyone", id="not-so")],
        "     after:  not given: not-so\n",
    ),
    "health": (
        [],
        [give("adjustments", "prison-reception")],
        "! facts of health (adjustments) to no health role: prison-reception",
    ),
    "less than the whole": (
        [give("date-of-birth", "prison-reception")],
        [give("date-of-birth as year", "prison-reception")],
        "prison-reception: given date-of-birth as year, before the whole, in every message that they get",
    ),
    "whose age is known": (
        [give("date-of-birth", "prison-reception")],
        [give("date-of-birth as year", "prison-reception")],
        "Whether somebody is under 18 goes by the recorded hand-over now for prison-reception",
    ),
    "obligation": (
        [PHOTOGRAPH],
        [{**PHOTOGRAPH, "oblige": "tell-nobody"}],
        "photograph in every message that they get on other terms\n     newly to owe tell-nobody\n",
    ),
    "no obligation any more": (
        [{**PHOTOGRAPH, "oblige": ["tell-nobody", "speak-first"]}],
        [{**PHOTOGRAPH, "oblige": "speak-first"}],
        "on other terms\n     no longer to owe tell-nobody\n",
    ),
    "messages": (
        [],
        [
            give(
                "release-date",
                "prison-reception",
                about=["release.temporary", "release.released"],
                when={"relation": "awaits"},
            )
        ],
        "1. prison-reception: newly told of release.released, release.temporary\n     when relation: awaits\n",
    ),
    "what messages have": (
        [give("name", "everyone", accompanies=True)],
        [
            give("name", "everyone", accompanies=True),
            give("release-date", "prison-reception", about="release.temporary"),
        ],
        "     with name, release-date\n",
    ),
    "the status": (
        [],
        [give("marker", "prison-reception")],
        "prison-reception: newly to know whether somebody is on a scheme",
    ),
}


@pytest.mark.parametrize("case", SAID.values(), ids=SAID)
def test_what_is_said(diff, case):
    """Each kind of change is said in words of its own."""
    old, new, sentence = case
    code, printed = diff(old, new)

    assert 1 == code
    assert sentence in printed


FEW_STEPS = {
    "not in which cases": (
        Steps(cases=0),
        1,
        ["not worked out in which cases", "prison-reception: newly given photograph", "     in some cases\n"],
    ),
    "not in words": (
        Steps(words=0),
        1,
        ["prison-reception: newly given photograph", "     in some cases\n", "All else stays as it is"],
    ),
    "not at all": (Steps(cases=0, somewhere=0), 3, ["Not worked out, for it takes too much: prison-reception, "]),
}


@pytest.mark.parametrize(("steps", "code", "sentences"), FEW_STEPS.values(), ids=FEW_STEPS)
def test_what_takes_too_much_is_said(diff, monkeypatch, steps, code, sentences):
    """What takes more steps than are allowed is said to be so, and never that nothing changes."""
    monkeypatch.setattr(import_module("hub.cli.policy.diff"), "difference", partial(difference, steps=steps))
    ended, printed = diff([], [{**PHOTOGRAPH, "when": {"consent": "given"}}])

    assert code == ended
    assert "Nobody's view changes" not in printed
    for sentence in sentences:
        assert sentence in printed


def test_what_the_agreement_says_of_itself(diff):
    """A day, a party or the sentence of an obligation that is otherwise is said too, and nobody's view changes."""
    more = {"review": "2027-01-01", "parties": ["Police", "Court"], "obligations": {"speak-first": "Speak at once."}}
    code, printed = diff([PHOTOGRAPH], [PHOTOGRAPH], **more)

    assert 1 == code
    assert "The parties: also Court\n" in printed
    assert "The sentence of an obligation, speak-first: Speak first. → Speak at once.\n" in printed
    assert printed.endswith("Nobody's view changes, in any case that there can be.\n")


def test_as_json(diff):
    """The same as one document, with every leaf by its path and the condition in its parts."""
    rule = {**PHOTOGRAPH, "when": {"consent": "given"}}
    code, printed = diff([], [rule], "--json")
    found = json.loads(printed)
    (change,) = found["changes"]
    (whom,) = change["whom"]

    assert 1 == code
    assert found["views_change"]
    assert ["photograph"] == found["rules"]["added"]
    assert {"roles": ["prison-reception"], "about": None} == {key: whom[key] for key in ("roles", "about")}
    assert ["subject.photograph"] == whom["paths"]
    assert [["consent", ["given"]]] == change["condition"]["when"]["any_of"]
    assert (False, True) == (change["example"]["before"]["given"], change["example"]["after"]["given"])
    assert "Example" == change["example"]["event"]["data"]["subject"]["photograph"]


def test_what_cannot_be_compared(tmp_path, written):
    """An agreement that is refused is trouble, told with file and line; it is no difference."""
    wrong = written.file(give("photgraph", "gp")).rename(tmp_path / "wrong.yaml")
    code, printed = run(written.file(PHOTOGRAPH), wrong)

    assert 2 == code
    assert "unknown category 'photgraph'; did you mean 'photograph'?" in printed
    assert 2 == run(PROTOCOL, tmp_path / "nowhere.yaml")[0]


def test_a_rule_of_the_protocol_that_is_moved_to_another_role(tmp_path):
    """Of the protocol itself, a rule for one role more is one change for that role, and all else is said to stay."""
    text = PROTOCOL.read_text().replace("arrest-referral, treatment, supervising-officer]", "treatment, hostel]", 1)
    document = yaml.safe_load(text)
    assert "hostel" in next(r["to"] for r in document["rules"] if r["id"] == "test-on-arrest")
    new = tmp_path / "new.yaml"
    new.write_text(text)
    code, printed = run(PROTOCOL, new)

    assert 1 == code
    assert printed.startswith("Rules changed: test-on-arrest\n")
    assert "! facts of health (test-on-arrest) to no health role: hostel" in printed
    assert printed.endswith("All else stays as it is, for everybody and in every case that there can be.\n")
    assert (0, "Nobody's view changes, in any case that there can be.\n") == run(PROTOCOL, PROTOCOL)
