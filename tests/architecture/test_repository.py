"""The repository keeps to its own house rules."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("hub", "adapters", "schemas", "deploy", "benchmarks")
FORBIDDEN_NAME = re.compile(r"(^|_)(utils?|helpers?|common)$|^managers?$")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def modules(*directories):
    return sorted(path for name in directories for path in (ROOT / name).rglob("*.py"))


def functions(path):
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTION)]


def place(path, node=None):
    line = f":{node.lineno} {node.name}" if node else ""
    return f"{path.relative_to(ROOT)}{line}"


def length(function):
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - (docstring.end_lineno - docstring.lineno + 1)


def test_modules_are_short():
    """No module outside the tests is longer than 300 lines."""
    long = [place(p) for p in modules(*CODE) if len(p.read_text().splitlines()) > 300]

    assert [] == long


def test_functions_are_short():
    """No function outside the tests is longer than 50 lines, its docstring and the generated migrations not counted."""
    written = [p for p in modules(*CODE) if p.parent.name != "versions"]
    long = [place(p, f) for p in written for f in functions(p) if length(f) > 50]

    assert [] == long


def test_names_say_what_is_inside():
    """No module or package has a name that would fit anything at all."""
    vague = [
        place(path)
        for path in modules(*CODE, "tests")
        if any(FORBIDDEN_NAME.search(part) for part in path.relative_to(ROOT).with_suffix("").parts)
    ]

    assert [] == vague


def test_every_test_states_a_behaviour():
    """Every test has a docstring, the sentence that it proves."""
    silent = [
        place(path, function)
        for path in modules("tests")
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]

    assert [] == silent


def test_every_decision_is_listed():
    """Every record in docs/adr is named in its index."""
    records = ROOT / "docs" / "adr"
    index = (records / "index.md").read_text()
    missing = [path.name for path in records.glob("[0-9]*.md") if f"({path.name})" not in index]

    assert [] == missing
