"""What partners build on: every leaf labelled, and the published schemas as the types are."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from schemas.catalogue import BY_DATASCHEMA, CATALOGUE
from schemas.generate import FOLDER, documents
from schemas.labels import Category, of
from schemas.leaves import Unlabelled, leaves_of


def _registry() -> Registry[Any]:
    loaded = [json.loads(path.read_text()) for path in FOLDER.glob("*.json")]
    return Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in loaded if "$id" in schema
    )


@pytest.mark.parametrize("kind", sorted(CATALOGUE))
def test_every_leaf_has_a_category(kind: str) -> None:
    """Each leaf of each event type says what kind of fact it is, so that a rule can speak of it."""
    leaves = leaves_of(CATALOGUE[kind].data)

    assert leaves
    assert all(leaf.categories for leaf in leaves)


def test_a_leaf_without_a_category_is_refused() -> None:
    """A leaf that nobody labelled stops the build, wherever it stands."""
    inner = msgspec.defstruct("Inner", [("labelled", Annotated[str, of(Category.NAME)]), ("forgotten", str)])
    outer = msgspec.defstruct("Outer", [("inner", list[inner])])

    with pytest.raises(Unlabelled, match=r"inner\[\]\.forgotten"):
        leaves_of(outer)


@pytest.mark.parametrize("loose", [dict[str, Any], msgspec.Raw, Any])
def test_a_leaf_that_could_hold_anything_is_refused(loose: Any) -> None:
    """A block of any shape could carry unknown members past every rule, so none is allowed."""
    shape = msgspec.defstruct("Loose", [("anything", Annotated[loose, of(Category.NAME)])])

    with pytest.raises(Unlabelled):
        leaves_of(shape)


def test_every_category_is_used_by_some_leaf() -> None:
    """A category that no leaf carries would be a rule about nothing."""
    used = {category for row in CATALOGUE.values() for leaf in leaves_of(row.data) for category in leaf.categories}

    assert used | {Category.CONCERN_ENDED} == set(Category)


def test_the_topic_of_each_type_is_a_category_that_says_so() -> None:
    """Each type names what its mere presence tells, and each dataschema names one type."""
    assert {row.name for row in BY_DATASCHEMA.values()} == set(CATALOGUE)
    assert all(isinstance(row.topic, Category) for row in CATALOGUE.values())


def test_published_schemas_are_up_to_date() -> None:
    """The committed JSON Schemas and the AsyncAPI description are what ``make schemas`` writes today."""
    stale = [
        name
        for name, content in documents().items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_bytes() != content
    ]
    orphaned = {path.name for path in FOLDER.glob("*.json")} - set(documents()) - {"openapi.json"}

    assert (stale, orphaned) == ([], set())


@pytest.mark.parametrize("kind", ["custody.received", "ppo.adopted", "breach.presented"])
def test_published_schema_takes_and_refuses_what_the_hub_does(kind: str) -> None:
    """A partner that checks against the published schema is not surprised by the hub."""
    schema = json.loads((FOLDER / f"{kind}.json").read_text())
    validator = Draft202012Validator(schema, registry=_registry())
    good: dict[str, Any] = {"subject": {"surname": "Doe", "identifiers": [{"kind": "pnc", "value": "1981/0000034U"}]}}
    good |= {
        "custody.received": {"custody": {"in_custody": True, "establishment": "BMI"}},
        "ppo.adopted": {"memberships": [{"scheme": "north", "kind": "PPO"}]},
        "breach.presented": {"breach": {"stage": "presented", "of_what": "licence"}},
    }[kind]
    bad = good | {"nickname": "x"}

    assert validator.is_valid(good)
    assert not validator.is_valid(bad)
    assert msgspec.convert(good, type=CATALOGUE[kind].data)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, type=CATALOGUE[kind].data)
