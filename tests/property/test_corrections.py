"""Whatever the agreement, the person and the event: exactly those who have something wrong are told that it is."""

from __future__ import annotations

import contextlib
import copy
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.keys import keys_of_candidate
from hub.intake.read import read_event
from hub.ledger.entry import decode_entry
from hub.ledger.recorded import parts
from hub.ledger.wrong import REGISTERS, categories_of
from hub.pipeline import journey
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.identify import candidate, seal_of
from hub.pipeline.identities import SPECIAL
from hub.pipeline.submission import Submission
from schemas.disclosed import leaves_in
from schemas.withdrawal import WITHDRAWN
from tests.leaks.lives import some_events, some_state
from tests.leaks.worlds import Worlds, open_store, under_random_agreement
from tests.property.events import leaves_in as said_in

seeds = st.integers(0, 10**9)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Where events are told and undone."""
    opened = open_store(Path(tmp_path_factory.mktemp("corrections")))
    yield opened
    opened.close()


class _Undo(Exception):
    """Ends a transaction with nothing written."""


class Happened(msgspec.Struct):
    """What an event was told as, and what became of a second one: each recipient's copies."""

    outcome: str
    had: dict[str, tuple[str, dict, dict]]
    """Of who was told the first: its delivery, its leaves, and of each leaf of it the leaf of the event."""
    withheld: dict[str, frozenset[str]]
    got: dict[str, list[dict]]
    """The bodies of what everybody got then."""


def happen(worlds: Worlds, agency, first, second, state) -> Happened:
    """Let an event be told and received, and then another; everything is undone."""
    found = Happened("", {}, {}, {})
    roles = {r.id: r.role for r in worlds.tools.directory.recipients.values()}
    principal = worlds._principal(agency)  # noqa: SLF001 - the worlds are the tests' own

    def submitted(tx, event):
        batch = Batch(tx, worlds.tools, worlds.now)
        outcome = journey.submit(batch, Submission(principal, msgspec.json.encode(event)))
        batch.finish()
        bodies = {c.id: msgspec.json.decode(batch.keyring.open(c.person, "copy", c.body)) for c in batch.changes.copies}
        return outcome.state, batch, bodies

    def work(tx):
        earlier = Draft(Batch(tx, worlds.tools, worlds.now))
        known = candidate(earlier, state)
        earlier.batch.people[state.id] = state
        earlier.batch.take_keys(state.id, keys_of_candidate(known, lambda k, v: seal_of(earlier, k, v)))
        earlier.batch.finish()
        outcome, batch, bodies = submitted(tx, first)
        if outcome == "accepted":
            for row in batch.changes.entries:
                entry = decode_entry(row.content)
                for part in parts(entry, roles) if entry.event == first["type"] else ():
                    found.withheld[part.recipient] = frozenset(part.auditor.withheld)
                    if part.view is not None:
                        sources = dict(zip(part.leaves(), part.by_source(), strict=True))
                        given = leaves_in(bodies[part.view.copy]["data"]["given"])
                        found.had[part.recipient] = (part.view.copy, given, sources)
            received = Batch(tx, worlds.tools, worlds.now)
            received.changes.received = [(m.recipient, m.copy, worlds.now) for m in batch.changes.mail]
            received.finish()
            outcome, batch, bodies = submitted(tx, second)
            for row in batch.changes.mail:
                found.got.setdefault(row.recipient, []).append(bodies[row.copy])
        found.outcome = outcome
        raise _Undo

    with contextlib.suppress(_Undo):
        worlds._store.transact(work)  # noqa: SLF001 - as above
    return found


def own(event):
    """Return what a publisher says: the values of each leaf by its path."""
    found = {}
    for path, _, value, _ in said_in(read_event(msgspec.json.encode(event)).envelope.data):
        found.setdefault(path, []).append(value)
    return found


def block(path):
    return path.partition(".")[0].removesuffix("[]")


class Seen(msgspec.Struct):
    """How many recipients of each kind the search has met, so that it cannot be of nothing."""

    told: int = 0
    not_told: int = 0


def compare(worlds: Worlds, kind, seen: Seen):
    """Correct one event, and hold what everybody is told against what the two events say."""
    agency, one, other = some_events(worlds.random, worlds.marking, kind)
    state = some_state(worlds.random, worlds.identity, worlds.now)
    second = {**copy.deepcopy(other), "id": one["id"] + "-again", "time": one["time"]}
    plain = happen(worlds, agency, one, second, state)
    corrected = happen(worlds, agency, one, {**second, "corrects": one["id"]}, state)
    if plain.outcome != "accepted" or corrected.outcome != "accepted":
        return
    before, after = own(one), own(other)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    for name, (delivery, leaves, sources) in corrected.had.items():
        mine = corrected.got.get(name, [])
        told = [body for body in mine if body["type"] == kind]
        erased = [b for b in mine if b["type"] == WITHDRAWN and b["data"]["given"]["withdrawn"]["delivery"] == delivery]
        now = [leaves_in(body["data"]["given"]) for body in plain.got.get(name, []) if body["type"] == kind]
        seen.told += bool(told or erased)
        seen.not_told += not (told or erased)
        assert len(told) + len(erased) <= 1
        assert all(delivery == body["data"]["handling"].get("corrects") for body in told), (worlds.seed, name)
        if told or erased:
            # Something that it had, or would have now, stands in a block in which something is otherwise.
            had = set(sources.values()) | {path for each in now for path in each}
            assert {block(p) for p in had} & {block(p) for p in changed}, (worlds.seed, name)
            if told:
                assert [leaves_in(told[0]["data"]["given"])] == now, (worlds.seed, name)
                assert now != [leaves], (worlds.seed, name)
        else:
            assert not _wrong(corrected, name, now, before, after), (worlds.seed, name, changed)


def _wrong(happened, name, now, before, after):
    """Return what a recipient certainly has wrong, leaf by leaf, by what was said; transformed leaves left out."""
    _, given, sources = happened.had[name]
    plain = {path for path, source in sources.items() if path == source}
    otherwise = {p for p in plain if p in after and block(p) != "subject" and before.get(p) != after[p]}
    gone = {p for p in plain if p not in after and block(p) not in REGISTERS | {"subject"} and p in before}
    gone = {p for p in gone if not now or p not in now[0]}
    categories = categories_of_any()
    more = {
        path
        for leaves in now
        for path in leaves.keys() - given.keys()
        if path in after and path not in before and not categories.get(path, frozenset()) & happened.withheld[name]
    }
    naming = {p for p in otherwise if p.startswith("licence.conditions")}  # who is named gets some of them alone
    return {p for p in otherwise - naming if not now or now[0].get(p) != given[p]} | gone | more


def categories_of_any():
    return {p: words for kind in ("custody.received", "breach.presented") for p, words in categories_of(kind).items()}


@settings(max_examples=6)
@given(seeds)
def test_exactly_those_who_have_something_wrong(store, seed):
    """A correction comes to each who has something that is otherwise now, names that copy, and comes to nobody else."""
    worlds, seen = under_random_agreement(store, seed), Seen()
    worlds.kinds = [kind for kind in worlds.kinds if kind not in SPECIAL] or ["custody.received"]
    for _ in range(15):
        compare(worlds, worlds.random.choice(worlds.kinds), seen)


def test_the_search_is_of_something(store):
    """Among some agreements there are many who are told, and many who are not."""
    seen = Seen()
    for seed in range(6):
        worlds = under_random_agreement(store, seed)
        worlds.kinds = [kind for kind in worlds.kinds if kind not in SPECIAL] or ["custody.received"]
        for _ in range(10):
            compare(worlds, random.Random(seed).choice(worlds.kinds), seen)

    assert seen.told > 20
    assert seen.not_told > 20
