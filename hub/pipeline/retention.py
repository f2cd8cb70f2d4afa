"""What is kept, for how long, and its end: by itself when its time is over, or when somebody asks for it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec
from msgspec.structs import asdict

from hub.access.principal import Principal
from hub.errors import NotFound, Problem, TooBusy
from hub.ledger.erased import Basis
from hub.pipeline.committer import Committer
from hub.pipeline.consult import person_named
from hub.pipeline.draft import Batch, Draft, read_state
from hub.pipeline.erasing import Gone, InHand, Why, delete_copies, erase
from hub.pipeline.legal_holds import LegalHold, lift_hold, set_hold
from hub.pipeline.tools import Tools
from hub.register.retention import erase_at
from hub.sealing import Unsealable
from hub.store.erasure_port import KeptPerson
from hub.store.port import Store
from schemas.record.person import Person

T = TypeVar("T")
PORTION = 200
"""How many people or copies are looked at in one step."""
STRANGERS = 100
"""How many sightings one transaction erases."""
TRIES = 20
BETWEEN = dt.timedelta(hours=1)
"""How long a sweep's beginning is from that of the one before, at least."""
FIRST = ""
FIRST_COPY = (0.0, "")


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose record is to be erased, as things stand."""

    person: str
    at: dt.datetime
    held: bool
    """Whether a legal hold stops it."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be erased by a moment."""

    by: dt.datetime
    people: tuple[Planned, ...]
    sightings: int
    """How many people on no scheme."""
    copies: int
    unreadable: int
    """How many records do not open, so that it is not known."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a step of the sweep erased."""

    people: int = 0
    sightings: int = 0
    copies: int = 0
    held: int = 0

    def __add__(self, other: Swept) -> Swept:
        """Return what both erased."""
        both = {name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        return Swept(**both)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the next step of a sweep begins."""

    stage: str = "sightings"
    person: str = FIRST
    copy: tuple[float, str] = FIRST_COPY


class Keeping:
    """Erases what is asked for, and what has been kept long enough."""

    def __init__(
        self,
        store: Store,
        committer: Committer,
        tools: Tools,
        clock: Callable[[], dt.datetime],
        erased: Callable[[str, int], None],
    ) -> None:
        """Take what is kept and what writes there; ``erased`` is told, of each kind, how many a sweep erased."""
        self._store, self._committer, self._tools, self._now, self._erased = store, committer, tools, clock, erased
        self._began = clock()
        self._place: Place | None = None

    async def find(self, person: Person) -> str:
        """Return the id under which somebody is kept, by numbers or by name and date of birth.

        Raises:
            NotFound: it is nobody, or more than one.
            Invalid: too little to find anybody by.
        """
        found = await self._committer.do(partial(_find, person))
        if found is None:
            raise NotFound(Problem("person", "is nobody of the register, or cannot be told from somebody else"))
        return found

    async def erase(self, principal: Principal, person: str, *, basis: Basis, reason: str) -> Gone:
        """Erase all that is kept of somebody; raises as ``hub.pipeline.erasing.erase`` does."""
        why = Why(basis=basis, by=principal.client_id, reason=reason)
        return await self._do(partial(_erase, [person], why))

    async def set_hold(self, principal: Principal, person: str, reason: str) -> str:
        """Set a legal hold on somebody; raises as ``set_hold`` does."""
        return await self._committer.do(lambda batch: set_hold(batch, principal, person, reason))

    async def lift_hold(self, principal: Principal, person: str, reason: str) -> None:
        """Lift a legal hold; raises as ``lift_hold`` does."""
        await self._committer.do(lambda batch: lift_hold(batch, principal, person, reason))

    async def holds(self) -> list[LegalHold]:
        """Return the legal holds, oldest first."""
        rows = await asyncio.to_thread(self._store.holds)
        return [LegalHold(person=row.person, at=row.at.isoformat(), by=row.by) for row in rows]

    async def erased(self) -> list[tuple[str, dt.datetime]]:
        """Return who was erased, by the ids under which they were kept, and when."""
        return list(await asyncio.to_thread(self._store.erased_people))

    async def plan(self, days: float, progress: Callable[[int], None]) -> Plan:
        """Return what is to be erased in so many days; ``progress`` is told how many people were looked at."""
        return await asyncio.to_thread(self._plan, self._now() + dt.timedelta(days=days), progress)

    async def go_on(self) -> None:
        """Do a step of the sweep that is under way, or begin one where the last began long ago.

        Raises:
            StoreUnavailable: nothing was erased.
        """
        if self._place is None and self._now() - self._began >= BETWEEN:
            self._place, self._began = Place(), self._now()
        if self._place is not None:
            _, self._place = await self.sweep(self._place)

    async def sweep_all(self) -> Swept:
        """Erase all that has been kept long enough, a portion at a time; return how much that was.

        Raises:
            StoreUnavailable: the rest was not erased.
        """
        whole, place = Swept(), Place()
        while True:
            swept, following = await self.sweep(place)
            whole += swept
            if following is None:
                return whole
            place = following

    async def sweep(self, place: Place) -> tuple[Swept, Place | None]:
        """Do one step; return what it erased, and where the next begins, None after the last."""
        swept, following = await self._step(place)
        for kind, count in asdict(swept).items():
            self._erased(kind, count)
        return swept, following

    async def _step(self, place: Place) -> tuple[Swept, Place | None]:
        if place.stage == "sightings":
            return await self._sweep_sightings()
        if place.stage == "people":
            return await self._sweep_people(place.person)
        if place.stage == "copies":
            return await self._sweep_copies(place.copy)
        before = self._now() - dt.timedelta(days=self._tools.retention.held_days)
        held = await self._committer.do(partial(_forget_held, before), patient=True)
        return Swept(held=held), Place(stage="held") if held == PORTION else None

    async def _sweep_sightings(self) -> tuple[Swept, Place]:
        gone = await self._do(_erase_sightings)
        return Swept(sightings=gone), Place(stage="sightings" if gone == STRANGERS else "people")

    async def _sweep_people(self, after: str) -> tuple[Swept, Place]:
        found, under_hold = await asyncio.to_thread(
            lambda: (self._store.kept_people(after=after, limit=PORTION), self._store.under_hold())
        )
        count = 0
        for each in found:
            if each.id not in under_hold and (at := self._erase_at(each)) is not None and at <= self._now():
                count += await self._do(partial(_erase_if_over, each.id))
        if len(found) < PORTION:
            return Swept(people=count), Place(stage="copies")
        return Swept(people=count), Place(stage="people", person=found[-1].id)

    async def _sweep_copies(self, after: tuple[float, str]) -> tuple[Swept, Place]:
        count, last = await self._committer.do(partial(_delete_old_copies, after), patient=True)
        return Swept(copies=count), Place(stage="copies", copy=last) if last else Place(stage="held")

    async def _do(self, operation: Callable[[Batch], T]) -> T:
        """Run an operation, and again while somebody of it is in hand."""
        for _ in range(TRIES):
            done = await self._committer.do(partial(_unless_in_hand, operation))
            if done is not None:
                return done[0]
        raise TooBusy

    def _plan(self, by: dt.datetime, progress: Callable[[int], None]) -> Plan:
        planned, sightings, unreadable, seen, after = list[Planned](), 0, 0, 0, FIRST
        under_hold = self._store.under_hold()
        while found := self._store.kept_people(after=after, limit=PORTION):
            for each in found:
                try:
                    at = self._erase_at(each)
                except Unsealable:
                    unreadable += 1
                    continue
                if each.expires is not None:
                    sightings += each.expires <= by
                elif at is not None and at <= by:
                    planned.append(Planned(person=each.id, at=at, held=each.id in under_hold))
            after, seen = found[-1].id, seen + len(found)
            progress(seen)
        copies, _ = self._store.to_delete(by)
        people = tuple(sorted(planned, key=lambda each: (each.at, each.person)))
        return Plan(by=by, people=people, sightings=sightings, copies=copies, unreadable=unreadable)

    def _erase_at(self, person: KeptPerson) -> dt.datetime | None:
        state = read_state(self._tools.sealer.open_for(person.wrapped, "state", person.state))
        return None if person.expires else erase_at(state, self._tools.retention)


def _unless_in_hand(operation: Callable[[Batch], T], batch: Batch) -> tuple[T] | None:
    """Return what an operation came to, by itself; None where it has to wait for the next transaction."""
    try:
        return (operation(batch),)
    except InHand:
        return None


def _find(person: Person, batch: Batch) -> str | None:
    return person_named(Draft(batch), person)


def _erase(people: Sequence[str], why: Why, batch: Batch) -> Gone:
    return erase(batch, people, why)


def _erase_sightings(batch: Batch) -> int:
    """Erase sightings of people on no scheme whose time is over; used assertions that are over go with them."""
    batch.tx.forget_assertions(batch.now)
    under_hold = batch.tx.under_hold()
    over = [person for person in batch.tx.expired(batch.now, limit=STRANGERS) if person not in under_hold]
    if over:
        erase(batch, over, Why(basis="retention", by="hub"))
    return len(over)


def _erase_if_over(person: str, batch: Batch) -> int:
    """Erase somebody if, as they are kept now, their time is over."""
    state = Draft(batch).load([person]).get(person)
    at = erase_at(state, batch.tools.retention) if state else None
    if at is None or at > batch.now or batch.tx.under_hold() & {person}:
        return 0
    return erase(batch, [person], Why(basis="retention", by="hub")).people


def _delete_old_copies(after: tuple[float, str], batch: Batch) -> tuple[int, tuple[float, str] | None]:
    kept_since = batch.now - dt.timedelta(days=batch.tools.retention.copies_days)
    found = batch.tx.copies_over(batch.now, kept_since=kept_since, after=after, limit=PORTION)
    under_hold = batch.tx.under_hold() if found else frozenset()
    over = {copy.id: copy.entry for copy in found if copy.person not in under_hold}
    if over:
        delete_copies(batch, over)
    return len(over), (found[-1].delete_by, found[-1].id) if len(found) == PORTION else None


def _forget_held(before: dt.datetime, batch: Batch) -> int:
    return batch.tx.forget_held(before, limit=PORTION)
