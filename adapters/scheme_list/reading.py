"""A list goes in: good rows to the hub, refused ones with their reasons into a file beside it."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from adapters.scheme_list.adoption import NUMBERS, RowRefused, Wrong, adoption_of
from adapters.scheme_list.table import Row, read_table
from adapters.sdk.event_ids import EventIds
from adapters.sdk.publisher import Publisher
from schemas.envelope import Envelope, envelope_of
from schemas.events.ppo_adoption import Adopted
from schemas.exchange import Outcome
from schemas.record.scheme import SchemeKind


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a list, in counts."""

    accepted: int
    repeated: int
    refused: int
    vanished: int
    """People on the last list who are not on this one. None of them was de-selected by that."""


class SchemeList:
    """One scheme's list and where it goes."""

    def __init__(self, scheme: str, kind: SchemeKind, source: str, ids: EventIds, memory: Path) -> None:
        """Take the scheme, the kind of rows without one, our source, and the file that remembers the last list.

        The memory holds keyed digests of who was on the list, and nothing else.
        """
        self._scheme = scheme
        self._kind: SchemeKind = kind
        self._source = source
        self._ids = ids
        self._memory = memory

    async def take(self, content: bytes, path: Path, publisher: Publisher) -> Listed:
        """Publish a list's good rows and write its refused ones to ``<name>.refused.csv``.

        A row that the hub has from an earlier run under the same content is a repeat; a row that
        was mended is a new word on the same membership.

        Raises:
            Unreadable: the file is no list; nothing was published.
        """
        refused: list[tuple[int, Wrong]] = []
        events: list[tuple[int, Envelope[Adopted]]] = []
        for row in read_table(content):
            try:
                events.append((row.number, self._event(row)))
            except RowRefused as reasons:
                refused += [(row.number, wrong) for wrong in reasons.wrong]
        outcomes = await publisher.publish(*(event for _, event in events)) if events else []
        for (number, event), outcome in zip(events, outcomes, strict=True):
            refused += [(number, wrong) for wrong in _hub_reasons(outcome, event.data)]
        write_refused(path, refused)
        vanished = self._remember([event for _, event in events])
        states = [outcome.state for outcome in outcomes]
        return Listed(
            accepted=states.count("accepted"),
            repeated=states.count("repeated"),
            refused=len({number for number, _ in refused}),
            vanished=vanished,
        )

    def _event(self, row: Row) -> Envelope[Adopted]:
        adoption = adoption_of(row.cells, self._scheme, self._kind)
        event_id = self._ids.of("ppo.adopted", adoption.time, adoption.data)
        return envelope_of("ppo.adopted", adoption.data, event_id=event_id, source=self._source, time=adoption.time)  # type: ignore[return-value]  # the data is an Adopted

    def _remember(self, events: Iterable[Envelope[Adopted]]) -> int:
        """Replace the memory of the last list by this one; return how many people are not on it any more."""
        now = {self._person(event.data) for event in events}
        before = set(msgspec.json.decode(self._memory.read_bytes(), type=list[str])) if self._memory.exists() else set()
        unfinished = self._memory.with_suffix(".tmp")
        unfinished.write_bytes(msgspec.json.encode(sorted(now)))
        unfinished.replace(self._memory)
        return len(before - now)

    def _person(self, data: Adopted) -> str:
        subject = data.subject
        numbers = sorted(f"{each.kind} {each.value}" for each in subject.identifiers or ())
        named = numbers[:1] or [str(subject.surname), str(subject.forename), str(subject.date_of_birth)]
        return self._ids.digest(hashlib.sha256("\x00".join(named).encode()).digest())


def write_refused(path: Path, refused: Sequence[tuple[int, Wrong]]) -> None:
    """Write the rows that were not taken: row, column, rule; without any, remove the file of an earlier run."""
    beside = path.with_name(f"{path.stem}.refused.csv")
    if not refused:
        beside.unlink(missing_ok=True)
        return
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("row", "column", "rule"))
        writer.writerows(
            (number, wrong.column, wrong.rule) for number, wrong in sorted(refused, key=lambda each: each[0])
        )


def _hub_reasons(outcome: Outcome, data: Adopted) -> list[Wrong]:
    if outcome.state != "refused":
        return []
    said = (field.partition(": ") for field in outcome.fields or ())
    named = [Wrong(_column(field, data), rule) for field, _, rule in said]
    return named or [Wrong("row", f"the hub refused it: {outcome.problem or 'no reason given'}")]


def _column(field: str, data: Adopted) -> str:
    """Return the list's own column for a field of the event; the field itself where it has none."""
    numbered = re.fullmatch(r"data\.subject\.identifiers\[(\d+)\]\.value", field)
    if numbered and data.subject.identifiers:
        kind = data.subject.identifiers[int(numbered[1])].kind
        return next(column for column, number in NUMBERS.items() if number == kind)
    return field.removeprefix("data.subject.")
