"""The page for coordinators says what the loader does."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
import yaml

from hub.errors import DocumentInvalid
from hub.policy.facts import FACTS
from hub.policy.load import load_agreement
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from tests.unit.policy.conftest import give

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "policy-language.md").read_text()
EXAMPLES = [rule for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) for rule in yaml.safe_load(block)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda rule: rule["id"])
def test_example_loads(tmp_path, example):
    """Each example can be written into the default protocol as it stands."""
    protocol = (ROOT / "policies" / "west-midlands-offender-management.yaml").read_text()
    rule = yaml.safe_dump([{**example, "id": "example"}], allow_unicode=True)
    path = tmp_path / "area.yaml"
    path.write_text(protocol + textwrap.indent(rule, "  "))

    assert "example" == load_agreement(path).rules[-1].id


@pytest.mark.parametrize("fact", [fact.name for fact in FACTS])
def test_every_fact_is_named(fact):
    """The page lists every fact that a condition may ask."""
    assert f"`{fact}`" in PAGE


def test_every_transform_is_named():
    """The page lists every way of giving less than the whole."""
    known = {f"{t.category} as {t.name}" for t in TRANSFORMS.values()} | {f"licence-conditions as {NAMING_YOU}"}

    assert known == set(re.findall(r"`([a-z-]+ as [a-z-]+)`", PAGE))


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
