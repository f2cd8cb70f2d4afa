"""Two worlds at a time: what differs in neither what a recipient may see nor the facts that are read for it may make
no difference to anything that it receives.

The hub of each world is whole: what an event changes, whom it concerns, what follows from it, what is decided,
projected, recorded and numbered, on a store; each world's transaction is undone when it was looked at. What a recipient
may see is worked out here from the rules, without the hub's own engine.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from hub.access.principal import Principal
from hub.directory.model import Recipient
from hub.identity.keys import keys_of_candidate
from hub.ledger.upkeep import Upkeep
from hub.pipeline import journey
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.identify import candidate, seal_of
from hub.pipeline.occasion import at, cases_said, occasion
from hub.pipeline.submission import Submission
from hub.pipeline.tools import Shelf, Tools
from hub.policy.decide import Policy
from hub.policy.facts import AGE, AGE_YEARS, AT, FACTS, RELATION, mask_of, situation
from hub.policy.model import Agreement, Line, Rule
from hub.policy.status import KNOWN_OF_ANYBODY
from hub.policy.transforms import NAMING_YOU, TRANSFORMS
from hub.register.enrich import enriched, own
from hub.register.situation import ages, situation_of
from hub.register.state import PersonState, minimal
from hub.routing.route import listening, route, route_addressed
from hub.sealing import Sealer
from hub.store.sqlite import SqliteStore
from schemas.catalogue import CATALOGUE, EventType
from schemas.labels import Category, Role
from schemas.leaves import Leaf, leaves_of
from tests.fixtures.agencies import SYSTEM_PERMISSIONS
from tests.fixtures.story import directory_of, everybody
from tests.fixtures.tables import with_tables
from tests.leaks.lives import KINDS, PATHS, PERSON, another_state, some_agreement, some_events, some_state
from tests.leaks.marked import Marking
from tests.property.agreements import how_given
from tests.property.events import leaves_in

FOR_ANYBODY = mask_of(
    "relation", ["referral", "tenancy", "stay", "treatment", "report", "own-order", "condition", "addressed"]
)
"""The ways of standing to somebody that there are for people on no scheme as well."""
TELLING = frozenset(
    {
        Category.MARKER,
        Category.STRANDS,
        Category.SCHEME_CONTACT,
        Category.MARKER_CONFIRMATIONS,
        Category.MATRIX_SCORE,
    }
)
"""What tells the status: whoever may not know it sees none of this, whatever the rules come to for somebody on none."""
RANDOM = re.compile(rb'("(?:id|entry)": ?)"([A-Za-z0-9_-]{43}|[0-9a-f]{32})"')
"""The ids of a copy and of its entry: of these alone the shape is compared, and that they never come again."""


Facts = tuple[tuple[int, int], ...]
"""Facts with the words of each that are asked and found."""


class Message(msgspec.Struct, frozen=True):
    """All that a recipient receives of one copy: its lane and number, its bytes, and beside them the ids in them."""

    lane: str
    number: int
    body: bytes
    ids: frozenset[bytes] = frozenset()

    @property
    def shape(self) -> tuple[str, int, bytes]:
        """Everything but the ids' letters."""
        return self.lane, self.number, RANDOM.sub(lambda m: m[1] + b"x" * len(m[2]), self.body)


class Told(msgspec.Struct):
    """What became of one world: each recipient's messages, and what each may see, fact by fact."""

    outcome: str
    heard: dict[str, list[Message]]
    sight: dict[str, list[Any]]


class _Undo(Exception):
    """Ends a world's transaction with nothing written."""


class Interference(AssertionError):
    """Somebody received something that depends on what it may not see."""


class Worlds:
    """One agreement and a hub under it."""

    def __init__(self, store: SqliteStore, agreements: Sequence[Agreement], seed: int, kinds: list[str]) -> None:
        """Make the hub."""
        self.seed, self.random, self.kinds = seed, random.Random(seed), kinds
        self._mark()
        self.now = dt.datetime.now(dt.UTC)
        self.agencies = everybody()
        self.tools = Tools(
            directory=directory_of(self.agencies),
            shelf=Shelf(agreements),
            sealer=Sealer(random.randbytes(32)),
            upkeep=Upkeep(math.inf),  # nothing is ever committed here, so there is no log
        )
        self._store, self._seen = store, Sight(agreements, self)
        self.accepted = 0

    def cases(self, steps: int) -> Iterator[int]:
        """Compare pair after pair; yield for how many recipients there was nothing that they may see in it.

        Raises:
            Interference: somebody could tell two such worlds apart.
        """
        self._mark()
        for _ in range(steps):
            yield self.case()

    def _mark(self) -> None:
        """Begin with markers that are not given out: there are only so many dates."""
        self.marking = Marking(self.random.randrange(2**32))
        self.identity = self.marking.identity(PERSON)

    def case(self) -> int:
        """Compare one pair of worlds; return for how many of those whom either concerns it is one and the same."""
        kind = self.random.choice(self.kinds)
        agency, event, varied = some_events(self.random, self.marking, kind)
        state, further = (some_state(self.random, self.identity, self.now) for _ in range(2))
        how = self.random.random()
        another = state if how < 0.55 else another_state(self.random, state, further)
        one = self.told(agency, event, state)
        other = self.told(agency, event if how > 0.75 else varied, another)
        self.accepted += one.outcome == other.outcome == "accepted"
        self._check_ids(one, other, again=self.told(agency, event, state) if self.random.random() < 0.05 else None)
        return sum(self._alike(name, one, other, event, varied) for name in one.sight.keys() | other.sight.keys())

    def _alike(self, name: str, one: Told, other: Told, event: Any, varied: Any) -> bool:
        for told in (one, other):
            if len(told.heard.get(name, ())) != len(told.sight.get(name, ())):
                raise Interference(f"{name} is told {told.heard.get(name)} and may see {told.sight.get(name)}")
        if one.sight.get(name) != other.sight.get(name):
            return False
        first, second = ([m.shape for m in told.heard.get(name, ())] for told in (one, other))
        if first != second:
            raise Interference(f"{name} can tell: {first} from {second}, of {event} and {varied}")
        return True

    def _check_ids(self, one: Told, other: Told, again: Told | None) -> None:
        """Check that no id comes again where what happens is the same or nearly so: each is made of chance."""
        for told in (other, again):
            ids = [{i for ms in each.heard.values() for m in ms for i in m.ids} for each in (one, told) if each]
            if len(ids) > 1 and ids[0] & ids[1]:
                raise Interference("an id is made of what is told")

    def told(self, agency: str, event: dict[str, Any], state: PersonState) -> Told:
        """Let one event happen to somebody; return what everybody received, and what each may see of it."""
        found = Told("", {}, {})
        facts: list[tuple[Fact, PersonState, PersonState]] = []

        def work(tx: Any) -> None:
            earlier = Draft(Batch(tx, self.tools, self.now))
            known = candidate(earlier, state)
            earlier.batch.people[state.id] = state
            earlier.batch.take_keys(state.id, keys_of_candidate(known, lambda k, v: seal_of(earlier, k, v)))
            earlier.batch.finish()
            batch = Batch(tx, self.tools, self.now)
            with _watching(facts):
                found.outcome = str(
                    journey.submit(batch, Submission(self._principal(agency), msgspec.json.encode(event))).state
                )
            batch.finish()
            found.heard = self._mailboxes(batch)
            raise _Undo

        with contextlib.suppress(_Undo):
            self._store.transact(work)
        self._seen.note(found, facts)
        return found

    def _mailboxes(self, batch: Batch) -> dict[str, list[Message]]:
        copies = {c.id: (c.lane, batch.keyring.open(c.person, "copy", c.body)) for c in batch.changes.copies}
        ids = {c: frozenset(m[2] for m in RANDOM.finditer(body)) for c, (_, body) in copies.items()}
        found: dict[str, list[Message]] = {}
        for row in batch.changes.mail:
            lane, body = copies[row.copy]
            found.setdefault(row.recipient, []).append(Message(lane, row.number, body, ids[row.copy]))
        return found

    def _principal(self, agency: str) -> Principal:
        return Principal(
            client_id=self.agencies.client_id(agency),
            agency=agency,
            recipients=(),
            permissions=tuple(SYSTEM_PERMISSIONS),
            expires=self.now + dt.timedelta(hours=1),
        )


@contextlib.contextmanager
def _watching(facts: list[tuple[Fact, PersonState, PersonState]]) -> Iterator[None]:
    """Take down every fact that the hub tells, as it tells it."""
    tells = journey.share

    def share(draft: Draft, fact: Fact, before: PersonState, after: PersonState) -> Any:
        facts.append((fact, before, after))
        return tells(draft, fact, before, after)

    journey.share = share
    try:
        yield
    finally:
        journey.share = tells


class Sight:
    """What each recipient may see of a fact, by a reading of the rules that shares nothing with the engine."""

    def __init__(self, agreements: Sequence[Agreement], worlds: Worlds) -> None:
        """Sort the rules by role and event type."""
        self._rules = [rule for written in agreements for rule in written.rules]
        self._worlds, self._policy = worlds, Policy(agreements)
        self._readers: dict[tuple[Role, str], Reader] = {}

    def note(self, told: Told, facts: list[tuple[Fact, PersonState, PersonState]]) -> None:
        """Note for each recipient what it may see, with the facts that are read for it; nothing where nothing is."""
        directory = self._worlds.tools.directory
        for fact, before, after in facts:
            args = (fact.event.type, fact.event.data, before, after, directory)
            routes = route_addressed(fact.addressed, *args) if fact.addressed else route(*args)
            scene = _Scene(fact, after, self._worlds)
            for name, relation in listening(routes, fact.event.type, directory).items():
                mine = told.sight.setdefault(name, [])
                sight = self._of(directory.recipients[name], relation, scene)
                if sight is not None:
                    mine.append(sight)

    def reader(self, role: Role, kind: str) -> Reader:
        """Return the rules that speak of a role and an event type."""
        found = self._readers.get((role, kind))
        if found is None:
            rules = [r for r in self._rules if role in r.roles and kind in r.types]
            found = self._readers[role, kind] = Reader(rules, role, kind)
        return found

    def _of(self, recipient: Recipient, relation: int, scene: _Scene) -> Any:
        role = recipient.role
        reader = self.reader(role, scene.fact.event.type)
        by = not self._policy.age_by_birthday(role)
        own_facts = {AT: at(recipient)} | ({AGE_YEARS: FACTS[AGE_YEARS].not_known} if by else {})
        facts = reader.facts(scene.known, own_facts | {RELATION: relation, AGE: scene.ages[by]})
        knows = reader.read(facts).knows_status
        if knows:
            form, leaves = "", scene.leaves
        elif relation & FOR_ANYBODY:
            form, known, its_ages, leaves = scene.for_anybody(recipient.id)
            facts = reader.facts(known, own_facts | {RELATION: relation & FOR_ANYBODY, AGE: its_ages[by]})
        else:
            return None
        reading = reader.read(facts, knows=knows)
        if not reading.told:
            return None
        key = (id(reading), form)
        if key not in scene.kept:
            scene.kept[key] = tuple(visible(leaves, reading, role))
        return scene.fact.event.type, scene.fact.event.time, facts, scene.kept[key]


class _Scene:
    """One fact with the state in which it is told: its leaves in each form, and the facts of the person."""

    def __init__(self, fact: Fact, state: PersonState, worlds: Worlds) -> None:
        self.fact, self._state, self._worlds = fact, state, worlds
        self._today = worlds.now.date()
        self._occasion = occasion(fact.event, worlds.now, worlds.tools.directory)
        said = situation_of(state, self._today, fact.event.data.subject, self._cases(fact.event.data))
        self.known = self._on_the_occasion(said)
        self.ages = ages(state, self._today, fact.event.data.subject)
        self.kept: dict[Any, Any] = {}
        self._strangers: dict[str, tuple[list[int], tuple[int, int], list[Any]]] = {}

    def _on_the_occasion(self, known: list[int]) -> list[int]:
        return [self._occasion.get(fact, value) for fact, value in enumerate(known)]

    def _cases(self, data: Any) -> tuple[Any, ...]:
        return cases_said(CATALOGUE[self.fact.event.type], data)

    @cached_property
    def leaves(self) -> list[Any]:
        """All that the event says and the register adds."""
        return list(leaves_in(enriched(self._state, self.fact.event.data, self._worlds.tools.directory)))

    def for_anybody(self, name: str) -> tuple[str, list[int], tuple[int, int], list[Any]]:
        """Return what there would be for a recipient if the person were on no scheme."""
        relation = next((r for r in self._state.open_relations if r.holder == name), None)
        form = "published" if relation is None else name
        if form not in self._strangers:
            data = self.fact.event.data if relation is None else own(self._state, self.fact.event.data, relation)
            kept, nothing = minimal(self._state), situation()
            said = situation_of(kept, self._today, data.subject, self._cases(data))
            known = [v if f.name in KNOWN_OF_ANYBODY else n for f, v, n in zip(FACTS, said, nothing, strict=True)]
            known = self._on_the_occasion(known)
            self._strangers[form] = (known, ages(kept, self._today, data.subject), list(leaves_in(data)))
        return form, *self._strangers[form]


class Reader:
    """The rules of one role and event type, read as a person would; what was read once is remembered."""

    def __init__(self, rules: list[Rule], role: Role, kind: str) -> None:
        """Note which facts the rules read."""
        self.rules, self.role, self.row = rules, role, CATALOGUE[kind]
        self.masks: dict[int, int] = {}
        for line in (line for rule in rules for lines in (rule.when, *rule.unless) for line in lines):
            self.masks[line.fact] = self.masks.get(line.fact, 0) | line.mask
        self._read: dict[tuple[Facts, bool], Reading] = {}
        self._readings: dict[tuple[tuple[str, ...], bool], Reading] = {}

    def facts(self, known: Sequence[int], own_facts: Mapping[int, int]) -> Facts:
        """Return the facts that are read, and of each only what some rule asks; some are the recipient's own."""
        return tuple((fact, own_facts.get(fact, known[fact]) & mask) for fact, mask in self.masks.items())

    def read(self, facts: Facts, *, knows: bool = True) -> Reading:
        """Return what the rules come to, for who may know the status or for who may not."""
        found = self._read.get((facts, knows))
        if found is None:
            holding = [rule for rule in self.rules if _holds(rule, dict(facts))]
            key = tuple(r.id for r in holding), knows
            found = self._readings.setdefault(key, Reading(holding, self.row, frozenset() if knows else TELLING))
            self._read[facts, knows] = found
        return found


def _holds(rule: Rule, known: dict[int, int]) -> bool:
    def met(lines: Sequence[Line]) -> bool:
        return all(known[line.fact] & line.mask for line in lines)

    return met(rule.when) and not any(met(lines) for lines in rule.unless)


class Reading:
    """What rules that hold together come to."""

    def __init__(self, holding: list[Rule], row: EventType, kept: frozenset[Category]) -> None:
        """Tell gifts from withholdings; beside these some categories are kept."""
        self._row, self._kept = row, kept
        self._gives = [r for r in holding if r.effect == "give"]
        self._withholds = [r for r in holding if r.effect == "withhold"]
        self._hows: dict[str, str | None] = {}

    @cached_property
    def knows_status(self) -> bool:
        """Whether it may be known that the person is on a scheme."""
        return self._may_know(Category.MARKER)

    @cached_property
    def told(self) -> bool:
        """Whether there is a message."""
        own = [r for r in self._gives if not r.accompanies]
        gate = self._may_know(self._row.topic) and (self._row.alike or self.knows_status)
        return gate and any(
            how_given(leaf, own, self._withholds) is not None
            for leaf in leaves_of(self._row.data)
            if not leaf.categories & self._kept
        )

    def how(self, path: str) -> str | None:
        """Return how a leaf is given: empty where as it is, None where not at all."""
        if path not in self._hows:
            kept = PATHS[path] & self._kept
            self._hows[path] = None if kept else how_given(Leaf(path, PATHS[path]), self._gives, self._withholds)
        return self._hows[path]

    @cached_property
    def choosy(self) -> bool:
        """Whether of licence conditions only those are given that name the recipient's role."""
        return any(self.how(path) == NAMING_YOU for path in PATHS if "conditions[]" in path)

    def _may_know(self, category: Category) -> bool:
        told = any(
            t.category == category or (t.path is not None and PATHS[t.path] == {category})
            for r in self._gives
            if not r.accompanies
            for t in r.targets
        )
        hidden = any(not r.targets or any(t.category == category for t in r.targets) for r in self._withholds)
        return told and not hidden and category not in self._kept


def visible(leaves: list[Any], reading: Reading, role: Role) -> Iterator[tuple[Any, bytes]]:
    """Yield each leaf that is given, by its place among what is given: how many others there are is not seen."""
    places: dict[Any, dict[int, int]] = {}
    for path, place, value, names_roles in leaves:
        how = reading.how(path)
        if how is None or (reading.choosy and "conditions[]" in path and role not in names_roles):
            continue
        transform = TRANSFORMS.get(how)
        shown = transform.apply(value) if transform else value
        if shown is msgspec.UNSET:
            continue
        yield (_among(places, place), how), msgspec.json.encode(shown)


def _among(places: dict[Any, dict[int, int]], place: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a place with the members of lists counted among those of which something is seen."""
    found: list[Any] = []
    for step in place:
        if isinstance(step, int):
            members = places.setdefault(tuple(found), {})
            found.append(members.setdefault(step, len(members)))
        else:
            found.append(step)
    return tuple(found)


def under_random_agreement(store: SqliteStore, seed: int) -> Worlds:
    """Return worlds under an agreement by chance."""
    drawn = random.Random(seed)
    kinds = drawn.sample(KINDS, 4)
    written = some_agreement(drawn, kinds)
    return Worlds(store, [replace(written, agreed=dt.date(2020, 1, 1), review=dt.date(2099, 1, 1))], seed, kinds)


def under(store: SqliteStore, agreements: Sequence[Agreement], seed: int, kinds: list[str] = KINDS) -> Worlds:
    """Return worlds under agreements, with events of some types."""
    return Worlds(store, agreements, seed, kinds)


def open_store(folder: Path) -> SqliteStore:
    """Return a store for worlds that are all undone."""
    return SqliteStore(with_tables(folder / "worlds.sqlite"))
