"""What was told of one person because two were taken for one: taken back when they turn out to be two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from hub.identity.evidence import tokens_of
from hub.ledger.entry import Entry, Secrets, decode_entry
from hub.pipeline.correcting import Standing, standing, take_back
from hub.pipeline.cutting import cut
from hub.pipeline.draft import Draft
from hub.pipeline.identify import seal_of
from hub.pipeline.withdrawing import Matter
from hub.register.state import PersonState
from hub.sealing import Unsealable
from schemas.record.person import Identifier

NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
REFERENCES = "subject.identifiers[]."
"""How the leaves of the references begin."""


class _Subject(msgspec.Struct, frozen=True):
    identifiers: list[dict[str, Any]] = []


class _Given(msgspec.Struct, frozen=True):
    subject: _Subject = _Subject()


class _Data(msgspec.Struct):
    given: _Given


class _Copy(msgspec.Struct):
    data: _Data


_read = msgspec.json.Decoder(_Copy).decode
_secrets = msgspec.msgpack.Decoder(Secrets).decode


def take_apart(draft: Draft, kept: PersonState, removed: Identifier, reference: str) -> None:
    """Take back, of what was told since two were taken for one, what was told of the other.

    What was published under the number that is given back, and under no number of the kept person, is taken back whole
    from everybody who has it. What has that number beside the person's own goes out anew without references.
    """
    draft.batch.tx.close_record()
    entries = [(decode_entry(content), sealed) for content, sealed in draft.batch.tx.told_about(kept.id)]
    # Before two records became one each had its own; a number that nobody had was no record.
    since = max((e.at for e, _ in entries if e.kind == "combination" and e.person == kept.id), default=NEVER)
    later = [(e, sealed) for e, sealed in entries if e.at >= since]
    wrong, own = _token(draft, removed), {_token(draft, each) for each in kept.identifiers}
    others = set(_published_under(draft, later, wrong, own))
    there = [each for of_kind in standing(draft, later).values() for each in of_kind]
    matter = Matter("unmerge", reference[:32])
    take_back(draft, [each for each in there if each.told.part.entry.reference in others], matter)
    rest = [each for each in there if each.told.part.entry.reference not in others]
    numbers = dict(_numbers(draft, rest))
    beside = [
        (each, frozenset(path for path in each.told.part.leaves() if path.startswith(REFERENCES)))
        for each in rest
        if wrong in numbers.get(each.placed.copy, ())
    ]
    cut(draft, beside, matter)


def _published_under(
    draft: Draft, entries: Iterable[tuple[Entry, bytes]], number: bytes, own: set[bytes]
) -> Iterator[str]:
    """Yield the references of events that named their person by a number, and by none of somebody's own."""
    for entry, sealed in entries:
        if entry.kind == "collection" and entry.remains is UNSET:
            named = _secrets(draft.batch.keyring.open(entry.person, "entry", sealed)).named
            if number in named and not own & set(named):
                yield entry.reference


def _numbers(draft: Draft, some: Iterable[Standing]) -> Iterator[tuple[str, frozenset[bytes]]]:
    """Yield the copies that have references, with these, hashed."""
    for copy, body, person in draft.batch.tx.bodies({each.placed.copy for each in some}):
        try:
            given = _read(draft.batch.keyring.open(person, "copy", body)).data.given
        except (Unsealable, msgspec.DecodeError):
            continue
        if found := frozenset(_tokens(draft, given.subject.identifiers)):
            yield copy, found


def _tokens(draft: Draft, identifiers: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for each in identifiers:
        try:
            yield _token(draft, msgspec.convert(each, Identifier))
        except msgspec.ValidationError:
            continue  # only its kind was given, or only its value


def _token(draft: Draft, identifier: Identifier) -> bytes:
    tokens, _ = tokens_of([identifier], draft.now.date(), lambda kind, value: seal_of(draft, kind, value))
    return next(iter(tokens))[1]
