"""Whether what stands in an agreement has the form that it should: texts, known words, and something behind each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.document import Address, Document

EMPTY: tuple[object, ...] = (None, "", [], {})


class Form:
    """Notes in the document what has not."""

    def __init__(self, document: Document) -> None:
        """Take the document in which problems are noted."""
        self.document = document

    def text(self, at: Address, raw: object, *, empty: bool = True) -> None:
        """Note what is no text; that it is ``empty`` may be noted elsewhere."""
        if isinstance(raw, bool | list | dict | float) or (raw in EMPTY and not empty):
            word = next(step for step in reversed(at) if isinstance(step, str))
            self.document.wrong(at, f"'{word}' is a text: write one, in quotes where YAML takes it for another thing")

    def words(
        self,
        at: Address,
        mapping: Mapping[str, Any],
        known: set[str],
        *,
        required: set[str],
        elsewhere: Iterable[str] = (),
    ) -> None:
        """Note unknown words, missing ones, and words after which nothing stands: an empty condition would hold always.

        ``elsewhere`` has the words of the other kind of rule.
        """
        for key, said in mapping.items():
            if key in elsewhere and key not in known:
                self.document.wrong(
                    (*at, key), f"'{key}' has no meaning in a rule that {'gives' if 'give' in mapping else 'withholds'}"
                )
            elif key not in known:
                self.document.unknown((*at, key), "word", key, known)
            elif key not in required and said in EMPTY and not self.document.is_wrong((*at, key)):
                self.document.wrong((*at, key), f"nothing stands after '{key}': say what, or leave it out")
        for key in sorted(required):
            if mapping.get(key) in EMPTY and not self.document.is_wrong((*at, key)):
                self.document.wrong((*at, key), f"'{key}' is missing or empty")
