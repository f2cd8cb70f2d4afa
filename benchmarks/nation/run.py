"""The figures of the simulated days."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import random
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

from benchmarks.measure import Figure
from benchmarks.nation.country import directory
from benchmarks.nation.day import Day
from benchmarks.nation.members import Members
from benchmarks.nation.people import Population
from benchmarks.nation.play import FEW, MANY, NEVER, Desk, Desks, Feeds
from benchmarks.nation.told import Press, Stay
from benchmarks.nation.truth import Coordinators, Truth
from benchmarks.nation.writing import Writer
from hub.access.principal import Principal
from hub.bootstrap import initialise, migrate_store, open_store, secret_path, utc_now
from hub.config import read_config
from hub.directory.load import load_directory
from hub.pipeline.tools import Shelf, Tools
from hub.policy.load import load_agreements
from hub.sealing import Sealer, load_secret
from hub.service import Hub

DAYS = 7
SEED = 20_080_401
SETTLING_SECONDS = 1.0
"""How long the desks get to read what came last."""
LOG_SECONDS = 1.0
"""Between two looks at what the log has not taken in; without a log nothing is disclosed."""
POLICIES = Path(__file__).parents[2] / "policies"
OPERATOR = Principal("office", "office", (), ("hub:operate", "held:settle"), NEVER)


def nation() -> list[Figure]:
    """Play some days; it takes about three minutes."""
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as folder:
        return asyncio.run(_nation(Path(folder)))


class Played(msgspec.Struct, kw_only=True):
    """What some days came to."""

    stays: list[Stay]
    events: int
    seconds: float
    asked: set[str]
    """The ids of the events of which the hub asked a coordinator whom they are about."""
    milliseconds: dict[str, float]
    """For the events upon which a desk was warned: how long it took."""
    early: set[str]
    """Of those events, where the desk was warned by an announcement before the reception."""
    wrong: int
    """Warnings about somebody who is not there, or about two people as one."""


async def _nation(folder: Path) -> list[Figure]:
    country = _Country()
    data = folder / "data"
    (folder / "directory.yaml").write_bytes(msgspec.json.encode(directory()))
    settings = {"HUB_DATA": str(data), "HUB_DIRECTORY": str(folder / "directory.yaml"), "HUB_POLICIES": str(POLICIES)}
    config = read_config(settings)
    initialise(data)
    migrate_store(config)
    sealer, store = Sealer(load_secret(secret_path(data))), open_store(config)
    tools = Tools(directory=load_directory(config.directory), shelf=Shelf(load_agreements([POLICIES])), sealer=sealer)
    hub = Hub(tools, store, utc_now)
    await hub.start(ticking=False)
    keeping = asyncio.create_task(hub.ledger.keep(LOG_SECONDS))
    try:
        coordinators = Coordinators(hub, store, sealer, OPERATOR, country.truth)
        return _figures(await _play(country, hub, coordinators))
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await hub.stop()


class _Country:
    """People, and what is told of them."""

    def __init__(self) -> None:
        rng, today = random.Random(SEED), dt.datetime.now(dt.UTC)
        self._begins = today.replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=DAYS)
        people, press = Population(rng, today.date()), Press()
        self._writer = Writer(rng, people)
        self._members = Members(rng, people, self._writer, press)
        self.truth = Truth()
        self.before = sorted(self._members.before(self._begins), key=lambda told: told.at)
        outside = [m for m in self._members.all if not m.held_at]
        rng.shuffle(outside)
        self.days = [
            Day(self._begins + dt.timedelta(days=n), self._members, people, self._writer, press) for n in range(DAYS)
        ]
        for day in self.days:
            day.happen(outside)
        self.about = {told.id: told.about for told in (*self.before, *(t for day in self.days for t in day.told))}
        for one in {each.number: each for each in self.about.values()}.values():
            self.truth.add(one, self._writer.issued.get(one.number, ()))


async def _play(country: _Country, hub: Hub, coordinators: Coordinators) -> Played:
    feeds = Feeds(hub)
    await feeds.publish(country.before, MANY)
    await coordinators.answer(country.about)
    gc.collect()
    gc.freeze()
    async with Desks(hub) as desks:
        await asyncio.sleep(SETTLING_SECONDS)
        for each in desks:
            each.warnings.clear()
        told = [told for day in country.days for told in day.told]
        began = time.perf_counter()
        await feeds.publish(told, FEW)
        seconds = time.perf_counter() - began
        await asyncio.sleep(SETTLING_SECONDS)
    gc.unfreeze()
    asked = {event for _, event in await coordinators.questions()}
    return _matched(country, desks, feeds, Played(
        stays=[stay for day in country.days for stay in day.stays], events=len(told), seconds=seconds, asked=asked,
        milliseconds={}, early=set(), wrong=0,
    ))  # fmt: skip


def _matched(country: _Country, desks: list[Desk], feeds: Feeds, played: Played) -> Played:
    """Find for each arrival the warning about it, and count those that are about nobody who came."""
    due = {(stay.prison, stay.person): stay for stay in played.stays}
    there = {presence for day in country.days for presence in day.presences}
    for each in desks:
        for warning in each.warnings:
            who = country.truth.who(warning.subject)
            presence = (warning.prison, next(iter(who), 0))
            if len(who) != 1 or presence not in there:
                played.wrong += 1
            elif stay := due.get(presence):
                if warning.held:
                    played.milliseconds.setdefault(stay.told_by, (warning.at - feeds.sent[stay.told_by]) * 1000)
                else:
                    played.early.add(stay.told_by)
    return played


def _figures(played: Played) -> list[Figure]:
    receptions = [stay for stay in played.stays if not stay.adopted_after]
    adoptions = [stay for stay in played.stays if stay.adopted_after]
    warned = played.milliseconds.keys() | played.early
    missed = [stay for stay in receptions if stay.told_by not in warned]
    asked = [stay for stay in missed if stay.told_by in played.asked]
    took = [played.milliseconds[s.told_by] for s in receptions if s.told_by in played.milliseconds]
    percent = statistics.quantiles(took, n=100)
    of = f"of {len(receptions)} receptions of scheme members in {DAYS} simulated days"
    times = DAYS * 86_400 / played.seconds
    mistakes = Counter(mistake for stay in missed for mistake in stay.mistakes)
    return [
        Figure(
            "nation.flagged_at_reception_share", 1 - len(missed) / len(receptions), "share",
            f"{of}: the desk of that prison was warned upon the reception or before it",
        ),
        Figure("nation.flag_p50_ms", percent[49], "ms", "from the reception's sending to the warning at the desk"),
        Figure("nation.flag_p99_ms", percent[98], "ms", f"the same; a day was played {times:,.0f} times as fast"),
        Figure(
            "nation.asked_of_a_coordinator_share", len(asked) / len(receptions), "share",
            f"{of}: not flagged, and held as a question to the coordinator",
        ),
        Figure(
            "nation.flagged_upon_adoption_share",
            sum(stay.told_by in warned for stay in adoptions) / len(adoptions), "share",
            f"of {len(adoptions)} members who were adopted while in prison: the desk was warned upon the adoption",
        ),
        Figure("nation.wrong_flags", played.wrong, "warnings", "about somebody who did not come, or two people as one"),
        Figure("nation.events_per_second", played.events / played.seconds, "1/s", f"{played.events:,} events played"),
        *(
            Figure(f"nation.missed_{mistake.lower().replace(' ', '_')}", many, "receptions", "not flagged, so written")
            for mistake, many in sorted(mistakes.items())
        ),
    ]  # fmt: skip
