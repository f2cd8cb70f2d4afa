"""The page for coordinators says what the loader does."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from hub.errors import DocumentInvalid
from hub.policy.facts import FACTS
from hub.policy.load import load_agreement
from hub.policy.read import _GIVE_KNOWN, _TOP, _WITHHOLD_KNOWN
from hub.policy.scenarios.read import WORDS, load_suite
from hub.policy.terms import WORDS as WORDS_OF_AN_OBLIGATION
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from tests.unit.policy.conftest import give

ROOT = Path(__file__).parents[3]
PAGE, REFERENCE, TOOLS = (
    (ROOT / "docs" / f"{name}.md").read_text() for name in ("policy-language", "policy-reference", "policy-tools")
)
BLOCKS = [
    said
    for block in re.findall(r"```yaml\n(.*?)```", PAGE + REFERENCE + TOOLS, re.DOTALL)
    if isinstance(read := yaml.safe_load(block), list)
    for said in read
]
EXAMPLES = [rule for rule in BLOCKS if "id" in rule]
SCENARIOS = [said for said in BLOCKS if "scenario" in said]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda rule: rule["id"])
def test_example_loads(tmp_path, example):
    """Each example can be written into the default protocol as it stands."""
    protocol = (ROOT / "policies" / "west-midlands-offender-management.yaml").read_text()
    rule = yaml.safe_dump([{**example, "id": "example"}], allow_unicode=True)
    path = tmp_path / "area.yaml"
    path.write_text(protocol + textwrap.indent(rule, "  "))

    assert "example" == load_agreement(path).rules[-1].id


@pytest.mark.parametrize("example", SCENARIOS, ids=lambda said: said["scenario"])
def test_scenario_can_be_read(tmp_path, example):
    """Each example of a scenario can be written beside the default ones as it stands."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    shutil.copy(ROOT / "policies" / "scenarios" / "reading.yaml", folder)
    (folder / "example.yaml").write_text(yaml.safe_dump([example], allow_unicode=True))

    assert [example["scenario"]] == [scenario.name for scenario in load_suite(folder).scenarios]


def test_one_page_is_enough():
    """What a coordinator has to read is one page of few lines."""
    assert 120 >= len(PAGE.splitlines())


def test_every_word_of_an_agreement_is_named():
    """The reference lists every word of an agreement's head, of a rule, and of an obligation."""
    named = set(re.findall(r"`([a-z-]+)`", REFERENCE))

    assert set() == {*_TOP, *_GIVE_KNOWN, *_WITHHOLD_KNOWN, *WORDS_OF_AN_OBLIGATION} - named - {"says"}


def test_every_word_of_a_scenario_is_named():
    """The page of the tools lists every word of which a scenario is made, but for its name."""
    assert {"`scenario`", *(f"`{word}`" for word in WORDS)} - set(re.findall(r"`[a-z-]+`", TOOLS)) == {"`scenario`"}


@pytest.mark.parametrize("fact", [fact.name for fact in FACTS])
def test_every_fact_is_named(fact):
    """The reference lists every fact that a condition may ask."""
    assert f"`{fact}`" in REFERENCE


def test_every_transform_is_named():
    """The reference lists every way of giving less than the whole."""
    known = {f"{t.category} as {t.name}" for t in TRANSFORMS.values()} | {f"licence-conditions as {NAMING_YOU}"}

    assert known == set(re.findall(r"`([a-z-]+ as [a-z-]+)`", REFERENCE))


REFUSED = [
    give("custdy-place", "gp"),
    give("contact", "voluntary", about="ppo.adopted"),
    give("clinical", "coordinator"),
]


@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule["give"])
def test_refusals_are_as_the_hub_words_them(written, rule):
    """What the page shows as refused is refused in those words."""
    with pytest.raises(DocumentInvalid) as refused:
        load_agreement(written.file(give("marker", "police"), rule))

    assert [] == [problem.rule for problem in refused.value.problems if problem.rule not in PAGE]
