"""What is signed for a step in the life of an agreement, and by whom it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from hub.access import base64url
from hub.access.statements import Statement, Step
from hub.errors import NotSigned, Problem
from hub.pipeline.tools import Tools
from hub.policy.versions import History

BY_KEY = " by key "
"""Stands between a person and a key; an identifier has no blanks."""


class Signer(msgspec.Struct, frozen=True):
    """Who took a step: a person of the directory, and the key that proved it."""

    id: str
    key: str

    @property
    def word(self) -> str:
        """Return how a step names them."""
        return f"{self.id}{BY_KEY}{self.key}"

    @classmethod
    def of(cls, word: str) -> Signer:
        """Return whom a step names."""
        name, _, key = word.rpartition(BY_KEY)
        return cls(name, key)

    def same(self, other: Signer) -> bool:
        """Tell whether this is the same person, or somebody who has the same key."""
        return self.id == other.id or self.key == other.key


def statement_of(
    tools: Tools,
    history: History,
    step: Step,
    versions: Iterable[str],
    since: dt.datetime | None,
    signatory: str,
) -> Statement:
    """Return what a signatory must sign for a step, by the steps that were taken so far."""
    return Statement(
        signatory=signatory,
        step=step,
        versions=tuple(sorted(versions)),
        since=since.astimezone(dt.UTC).isoformat() if since else "",
        hub=base64url.encode(tools.sealer.hash("fingerprint")[:12]),
        after=history.generation,
    )


def check_same(signed: Statement, done: Statement) -> None:
    """Refuse that anything is done otherwise than it was signed.

    Raises:
        NotSigned: naming what is otherwise.
    """
    wrong = [name for name in Statement.__struct_fields__ if getattr(signed, name) != getattr(done, name)]
    if wrong:
        raise NotSigned(*(Problem(name, "is otherwise than was signed") for name in wrong))
