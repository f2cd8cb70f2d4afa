"""From messages to their ends: understood, looked up, published under the right agency, or kept aside."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from adapters.national.look_ups import LookUp, LookUpFailed, Subject
from adapters.national.message import DomainEvent, NotUnderstood, read_message
from adapters.national.table import meaning_of, row_of
from adapters.national.verdict import Aside, Context, Feed, NotForTheHub, Say
from adapters.sdk.event_ids import EventIds
from adapters.sdk.publisher import Publisher
from schemas.catalogue import CATALOGUE
from schemas.envelope import Envelope, envelope_of
from schemas.exchange import Outcome

PAUSES: Final = (0.5, 2.0)
"""Seconds between the attempts at a look-up; after the last the message is kept aside."""


class Told(msgspec.Struct, frozen=True):
    """The hub has the event: it was accepted, now or before."""

    state: str


End = Told | NotForTheHub | Aside


class Door(msgspec.Struct, frozen=True):
    """Where the facts of one agency are published, and under which ``source``."""

    publisher: Publisher
    source: str


class Telling:
    """Brings messages to their ends. It keeps nothing itself: who brings a message keeps it until its end."""

    def __init__(
        self, doors: Mapping[Feed, Door], look_ups: Mapping[Subject, LookUp], scheme: str, ids: EventIds
    ) -> None:
        """Take a door for each feed that is served, the look-ups there are, and the scheme served here."""
        self._doors = doors
        self._look_ups = look_ups
        self._scheme = scheme
        self._ids = ids
        self.counts: Counter[str] = Counter()
        """How many messages ended how; the words hold no value."""

    async def ends(self, messages: Sequence[bytes]) -> list[End]:
        """Bring messages to their ends, in their order for each agency; return one end for each.

        Raises:
            NotAdmitted: the hub does not accept an agency's key; every message is still with the caller.
        """
        verdicts = [await self._verdict(raw) for raw in messages]
        outcomes = await self._publish([v for v in verdicts if isinstance(v, _Addressed)])
        ends = [_end(outcomes[v.event.id]) if isinstance(v, _Addressed) else v for v in verdicts]
        self.counts.update(_word(end) for end in ends)
        return ends

    def unreadable(self) -> Aside:
        """Count a message whose bytes cannot be had; return its end."""
        end = Aside("file", "cannot be read")
        self.counts[_word(end)] += 1
        return end

    async def _verdict(self, raw: bytes) -> _Addressed | NotForTheHub | Aside:
        try:
            event = read_message(raw)
            row = row_of(event)
            meaning = meaning_of(event, Context(self._scheme, await self._answer(event)))
        except NotUnderstood as error:
            return Aside(error.field, error.rule)
        return self._addressed(meaning, row.feed) if isinstance(meaning, Say) else meaning

    async def _answer(self, event: DomainEvent) -> dict[str, Any] | None:
        looked_up = row_of(event).looked_up
        if looked_up is None or looked_up.what not in self._look_ups:
            return None
        key = looked_up.key(event)
        for pause in (*PAUSES, None):
            with contextlib.suppress(LookUpFailed):
                return await self._look_ups[looked_up.what].find(key)
            if pause is not None:
                await asyncio.sleep(pause)
        raise NotUnderstood(looked_up.what, "the look-up could not be asked")

    def _addressed(self, said: Say, feed: Feed) -> _Addressed | Aside:
        door = self._doors.get(feed)
        if door is None:
            return Aside("eventType", f"a {feed} fact, and this adapter has no {feed} client")
        event_id = self._ids.of(said.kind, said.time, said.data)
        event = envelope_of(said.kind, said.data, event_id=event_id, source=door.source, time=said.time)
        problem = _unfit(event)
        return _Addressed(feed, event) if problem is None else problem

    async def _publish(self, said: Sequence[_Addressed]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        for feed, door in self._doors.items():
            events = [each.event for each in said if each.feed == feed]
            if events:
                outcomes |= {outcome.id: outcome for outcome in await door.publisher.publish(*events)}
        return outcomes


class _Addressed(msgspec.Struct, frozen=True):
    feed: Feed
    event: Envelope[Any]


def _unfit(event: Envelope[Any]) -> Aside | None:
    """Hold an event against its own schema before the hub does; return what is wrong."""
    try:
        msgspec.json.decode(msgspec.json.encode(event.data), type=CATALOGUE[event.type].data)
    except msgspec.ValidationError:
        return Aside("data", "does not fit the event's schema")
    return None


def _end(outcome: Outcome) -> Told | Aside:
    if outcome.state != "refused":
        return Told(outcome.state)
    fields = "; ".join(outcome.fields) if outcome.fields else "no field named"
    return Aside(fields, f"the hub refused it: {outcome.problem or 'no reason given'}")


def _word(end: End) -> str:
    match end:
        case Told(state):
            return state
        case NotForTheHub(why):
            return f"not for the hub: {why}"
        case Aside(field, rule):
            return f"aside: {field}: {rule}"
