"""A YAML document with the line of every value, so that an error can say where it is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
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
        try:
            written = path.read_bytes() if text is None else text
            node = yaml.compose(written.decode(), Loader=yaml.SafeLoader)
        except (OSError, UnicodeDecodeError, RecursionError) as error:
            raise DocumentInvalid(Problem(str(path), type(error).__name__)) from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise DocumentInvalid(Problem(f"{path}:{line}", str(getattr(error, "problem", "not YAML")))) from error
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
        self.problems.append(Problem(f"{self.path}:{self.line(at)}", rule))

    def unknown(self, at: Address, what: str, word: str, known: Iterable[str]) -> None:
        """Note an unknown word, with the known one that was probably meant."""
        close = difflib.get_close_matches(word, list(known), n=1)
        self.wrong(at, f"unknown {what} '{word}'" + (f"; did you mean '{close[0]}'?" if close else ""))

    def finish(self) -> None:
        """Raise everything noted.

        Raises:
            DocumentInvalid: at least one thing is wrong.
        """
        if self.problems:
            raise DocumentInvalid(*self.problems)
