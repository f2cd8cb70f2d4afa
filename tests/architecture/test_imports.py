"""The import contracts of pyproject.toml hold, and would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WITHIN_HUB = "Inside the hub, imports point from the edge to the ports"
SHARED = "The hub and the adapters share the schemas and nothing else"
PURE = "What decides knows neither the network nor the database"

FORBIDDEN = {
    "a stage reaches back to the pipeline": ("hub/ledger", "hub.pipeline", WITHIN_HUB),
    "a stage reaches across to another": ("hub/policy", "hub.delivery", WITHIN_HUB),
    "an adapter reaches into the hub": ("adapters", "hub.errors", SHARED),
    "the hub knows an adapter": ("hub/intake", "adapters", SHARED),
    "a schema knows the hub": ("schemas", "hub.errors", SHARED),
    "a schema knows an adapter": ("schemas", "adapters", SHARED),
    "policy opens a connection": ("hub/policy", "aiohttp", PURE),
    "the ledger writes to the database": ("hub/ledger", "sqlalchemy", PURE),
}


def lint_imports(root):
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", root)
    for package in ("hub", "adapters", "schemas"):
        shutil.copytree(
            ROOT / package,
            root / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return root


def test_contracts_are_kept():
    """No module imports what its place in the layout forbids."""
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("package", "imported", "contract"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_planted_import_is_reported(copy, package, imported, contract):
    """A forbidden import breaks its contract and is named with its line."""
    planted = copy / package / "planted.py"
    planted.write_text(f"import {imported}\n")

    result = lint_imports(copy)
    planted.unlink()

    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout
    assert f"{package.replace('/', '.')}.planted -> {imported} (l.1)" in result.stdout
