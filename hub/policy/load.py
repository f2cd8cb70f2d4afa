"""Agreements from YAML files, strictly: whatever is wrong is told at once, each with file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hub.document import Document
from hub.errors import DocumentInvalid, Problem, UnfitVersion
from hub.policy import layers
from hub.policy.check import findings
from hub.policy.model import Agreement
from hub.policy.read import Reader
from schemas.canonical import digest


class Written(msgspec.Struct, frozen=True):
    """An agreement, and where each of its rules stands."""

    path: Path
    agreement: Agreement
    lines: Mapping[str, int]
    """The line of each rule, by its name."""


def load_agreement(path: Path) -> Agreement:
    """Return the agreement of one file, as ``load_written`` does."""
    return load_written(path).agreement


def load_written(path: Path, text: bytes | None = None) -> Written:
    """Return the agreement of one file, or of a text under that name, and the lines of its rules.

    What it says is judged only when all of it could be read: first every word, then every rule.

    Raises:
        DocumentInvalid: naming file, line, and what was probably meant, for everything that is wrong.
    """
    document = Document(path, text)
    agreement = Reader(document).agreement()
    document.finish()
    for finding in findings(agreement):
        document.wrong(finding.at, finding.sentence)
    document.finish()
    lines = {rule.id: document.line(("rules", i)) for i, rule in enumerate(agreement.rules)}
    return Written(path, agreement, lines)


def load_published(name: str, version: str, text: bytes) -> Agreement:
    """Return the agreement of a version that was published under the hash of its canonical form.

    Raises:
        UnfitVersion: the text is not what was published under that name, or this program takes it no more.
    """
    known_as = f"{name}@{version[:16]}"
    try:
        value: Any = Document(Path(known_as), text).value
        if digest(value).hex() != version or value["agreement"] != name:
            raise UnfitVersion(Problem(known_as, "the stored text is not what was published under this hash"))
        return load_written(Path(known_as), text).agreement
    except DocumentInvalid as wrong:
        raise UnfitVersion(*wrong.problems) from None


def load_agreements(paths: Iterable[Path]) -> tuple[Agreement, ...]:
    """Return the agreements of several files or folders of ``*.yaml`` files, by name.

    Raises:
        DocumentInvalid: a file is wrong, two agreements or their rules have one name, or there is none.
    """
    return tuple(written.agreement for written in load_all_written(paths))


def load_all_written(paths: Iterable[Path]) -> tuple[Written, ...]:
    """Return the same, and where their rules stand.

    Raises:
        DocumentInvalid: as for ``load_agreements``.
    """
    files = sorted(f for p in paths for f in (p.glob("*.yaml") if p.is_dir() else [p]))
    found: list[Written] = []
    problems: list[Problem] = []
    for file in files:
        try:
            found.append(load_written(file))
        except DocumentInvalid as wrong:
            problems += wrong.problems
    problems += clashes([w.agreement for w in found], {w.agreement.name: w for w in found})
    if not files:
        problems.append(Problem("policies", "there must be at least one agreement"))
    if problems:
        raise DocumentInvalid(*problems)
    return tuple(sorted(found, key=lambda w: w.agreement.name))


def clashes(agreements: Sequence[Agreement], written: Mapping[str, Written] | None = None) -> Iterable[Problem]:
    """Find what keeps agreements from being in force together; ``written`` says where each of them stands.

    A name that is used twice: a decision cites agreements and rules by their names alone. A word that two
    of them define otherwise. What one may not say for the agreement under which it stands.
    """
    for kind, names in (
        ("agreement", [a.name for a in agreements]),
        ("rule", [r.id for a in agreements for r in a.rules]),
    ):
        for name in sorted({n for n in names if names.count(n) > 1}):
            yield Problem("policies", f"the {kind} '{name}' stands in more than one file")
    yield from _of_two_meanings(agreements)
    if len({a.name for a in agreements}) == len(agreements):
        yield from _layered(agreements, written or {})


def _layered(agreements: Sequence[Agreement], written: Mapping[str, Written]) -> Iterable[Problem]:
    """Find what agreements may not say for what they stand under."""
    for agreement, rule, sentence in layers.findings(agreements):
        at = written.get(agreement.name)
        line = f":{at.lines[rule.id]}" if at and rule else ""
        yield Problem(f"{at.path}{line}" if at else agreement.name, sentence)


def _of_two_meanings(agreements: Sequence[Agreement]) -> Iterable[Problem]:
    """Find words that two agreements define otherwise: a copy that rests on both has one sentence for each word."""
    for kind in ("purposes", "gateways", "obligations", "terms"):
        said: dict[str, object] = {}
        for agreement in agreements:
            for word, meaning in getattr(agreement, kind).items():
                if said.setdefault(word, meaning) != meaning:
                    yield Problem("policies", f"'{word}' of the {kind} means something else in two files")
