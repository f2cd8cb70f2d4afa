"""A YAML document with the line of every value, so that an error can say where it is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from hub.errors import DocumentInvalid, Problem

Address = tuple[str | int, ...]
"""Where a value stands in the document: keys and indexes from the top."""


class Document:
    """One YAML document: its plain value, and the line of every part of it."""

    def __init__(self, path: Path, text: bytes | None = None) -> None:
        """Read the file, or what else is known to stand under that name.

        Raises:
            DocumentInvalid: the file is not YAML, or a key stands twice.
        """
        self.path = path
        self._lines: dict[Address, int] = {(): 1}
        self.problems: list[Problem] = []
        self._wrong: set[Address] = set()
        try:
            written = path.read_bytes() if text is None else text
            node = yaml.compose(written.decode(), Loader=yaml.SafeLoader)
        except (OSError, UnicodeDecodeError, RecursionError) as error:
            raise DocumentInvalid(Problem(str(path), type(error).__name__)) from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise DocumentInvalid(Problem(f"{path}:{line}", _in_plain_words(error))) from error
        self._seen: set[int] = set()
        self.value = self._plain(node, ()) if node else None

    def _plain(self, node: yaml.Node, at: Address) -> Any:  # noqa: ANN401 - a document may hold anything
        if id(node) in self._seen:
            self.wrong(at, "write it out: a reference to another place (&, *) is not taken")
            return None
        self._seen.add(id(node))
        self._lines[at] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(child, (*at, i)) for i, child in enumerate(node.value)]
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.wrong(at, "cannot be read as what it looks like, such as a date")
            return None
        finally:
            loader.dispose()

    def _mapping(self, node: yaml.MappingNode, at: Address) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, child in node.value:
            key = str(key_node.value)
            self._lines[(*at, key)] = key_node.start_mark.line + 1
            if key in found:
                self.wrong((*at, key), f"'{key}' stands twice")
            found[key] = self._plain(child, (*at, key))
            self._lines[(*at, key)] = key_node.start_mark.line + 1
        return found

    def line(self, at: Address) -> int:
        """Return the line of a value, or of the nearest part that holds it."""
        while at not in self._lines:
            at = at[:-1]
        return self._lines[at]

    def wrong(self, at: Address, rule: str) -> None:
        """Note that something is wrong at an address; all is told at once by ``finish``."""
        self._wrong.add(at)
        self.problems.append(Problem(f"{self.path}:{self.line(at)}", rule))

    def is_wrong(self, at: Address) -> bool:
        """Tell whether something was noted at an address: then there is no value to judge."""
        return at in self._wrong

    def unknown(self, at: Address, what: str, word: str, known: Iterable[str]) -> None:
        """Note an unknown word, with the known one that was probably meant, or all where they are few."""
        self.wrong(at, f"unknown {what} '{word}'{_meant(word, list(known))}")

    def finish(self) -> None:
        """Raise everything noted.

        Raises:
            DocumentInvalid: at least one thing is wrong.
        """
        if self.problems:
            raise DocumentInvalid(*self.problems)


FEW = 8
"""So many known words are told where none is like the one that is not known."""
_YAML = {
    "cannot start any token": "has a tab, or begins with a sign of YAML's own: use blanks, or quotes around the text",
    "mapping values are not allowed": "has a colon and a blank within a text: put quotes around the text",
    "could not find expected ':'": "is no word with a colon and no part of the line above: see how it is indented",
    "expected <block end>": "is indented otherwise than the lines that it belongs to",
    "expected ',' or": "has a bracket that is not closed, or a comma that is missing",
    "found another document": "begins a second document ('---'), and one file has one",
}
"""What a parser says, and what that is to somebody who writes an agreement."""


def _in_plain_words(error: yaml.YAMLError) -> str:
    said = str(getattr(error, "problem", "") or "is no YAML")
    return next((plain for part, plain in _YAML.items() if part in said), said)


def _meant(word: str, known: Sequence[str]) -> str:
    """Return what was probably meant: the same in other letters, one that is like it, or one of a few.

    A few are all of them, or of many those of which it is a part, such as ``court-team`` for ``court``.
    """
    written = {each.lower(): each for each in known}
    like = word.lower().replace("_", "-").replace(" ", "-")
    some = known if len(known) <= FEW else [each for spelt, each in written.items() if like in spelt.split("-")]
    close = [like] if like in written else difflib.get_close_matches(like, written, n=1)
    if close and (like in written or some is known or not some):
        return f"; did you mean '{written[close[0]]}'?"
    return f"; there is {', '.join(sorted(some))}" if 0 < len(some) <= FEW else ""
