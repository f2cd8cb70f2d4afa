"""What is true, which the hub is not told: whose each number and name is; and what a coordinator would answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from benchmarks.nation.people import Individual
from hub.access.principal import Principal
from hub.pipeline.holding import AMBIGUOUS
from hub.pipeline.keyring import Keyring
from hub.register.state import PersonState
from hub.sealing import Sealer
from hub.service import Hub
from hub.store.port import HeldItem, Store, Transaction

MOST = 100_000
_STATE = msgspec.msgpack.Decoder(PersonState)


class Truth:
    """Whose each number is, whoever writes it."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._by_number: dict[str, int] = {}
        self._by_name: dict[tuple[str, str, str], set[int]] = {}

    def add(self, one: Individual, issued: Iterable[str] = ()) -> None:
        """Take in somebody, with further numbers that were given them by mistake."""
        for number in (one.pnc, one.cro, one.prison_number, one.crn, *issued):
            self._by_number[number] = one.number
        for surname in {one.surname, one.alias} - {""}:
            name = (surname, one.forename, one.born.isoformat())
            self._by_name.setdefault(name, set()).add(one.number)

    def who(self, subject: Mapping[str, Any]) -> set[int]:
        """Return whose numbers stand in a description, or where none is known, whose name and date of birth."""
        numbers = [each["value"] for each in subject.get("identifiers", ())]
        people = {self._by_number[n] for n in numbers if n in self._by_number}
        name = tuple(str(subject.get(part, "")) for part in ("surname", "forename", "date_of_birth"))
        return people or self._by_name.get(name, set())  # type: ignore[arg-type]


class Coordinators:
    """Those who are asked when the hub cannot tell people apart, and answer what is true."""

    def __init__(self, hub: Hub, store: Store, sealer: Sealer, operator: Principal, truth: Truth) -> None:
        """Take the hub, and what opens its register."""
        self._hub, self._store, self._sealer, self._operator, self._truth = hub, store, sealer, operator, truth

    async def questions(self) -> list[tuple[HeldItem, str]]:
        """Return what is asked, oldest first, each with the id of its event."""
        found = []
        for item in reversed(await self._hub.quarantine.items(self._operator, why=AMBIGUOUS, limit=MOST)):
            shown = await self._hub.quarantine.show(self._operator, item.id, "an answer for the benchmark")
            found.append((item, str(msgspec.json.decode(shown.text or "{}")["id"])))
        return found

    async def answer(self, about: Mapping[str, Individual]) -> int:
        """Answer everything; ``about`` says of whom each event is. Return how many questions there were."""
        questions = await self.questions()
        for item, event in questions:
            candidates = self._store.transact(lambda tx, item=item: self._kept(tx, item.candidates))  # type: ignore[misc]
            right = [i for i, plain in candidates.items() if about[event].number in self._person(plain)]
            who = right[0] if right else None
            await self._hub.quarantine.settle(self._operator, item.id, person=who, new=who is None, reason="known")
        return len(questions)

    def _kept(self, tx: Transaction, ids: Sequence[str]) -> dict[str, bytes]:
        keyring = Keyring(tx, self._sealer)
        return {i: keyring.open(tx.kept_as(i), "state", sealed) for i, sealed in tx.people(ids).items()}

    def _person(self, plain: bytes) -> set[int]:
        state = _STATE.decode(plain)
        numbers = [{"value": identifier.value} for identifier in state.identifiers]
        if numbers:
            return self._truth.who({"identifiers": numbers})
        names = [{"surname": n.surname, "forename": n.forename, "date_of_birth": n.date_of_birth} for n in state.names]
        return set().union(*map(self._truth.who, names))
