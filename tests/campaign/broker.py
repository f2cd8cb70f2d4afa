"""The second deployment at length: three workers on a cluster of three brokers and a database, of which one after the
other is killed or cut off while events flow. At the end of each stretch the accounts are made.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from deploy.nodes.cluster import Cluster
from deploy.nodes.postgresql import Postgres
from deploy.nodes.rabbitmq4 import rabbitmq4_root
from tests.campaign.finding import Finding
from tests.campaign.mishaps import Mishaps, Mortals
from tests.faults.accounts import Harm, harm, settled
from tests.faults.flow import Desk, Flow
from tests.faults.steady import BEGINNING, DESKS, PEOPLE, PUBLISHERS, Load
from tests.fixtures.workforce import Workforce

WORKERS = 3
KILLS = int(os.environ.get("CAMPAIGN_BROKER_KILLS", "120"))
NODE_KILLS = int(os.environ.get("CAMPAIGN_NODE_KILLS", "30"))
SEED = int(os.environ.get("CAMPAIGN_SEED", "1"))
STRETCH = 20
"""Mishaps between two accounts: what is compared at the end of a stretch must go into memory."""
SETTLES_IN = 300.0
"""Seconds in which all that was sent comes to its end when nothing befalls the hub any more."""
SETTINGS = {"HUB_WORKER_LEASE_SECONDS": "2", "HUB_RESEND_AFTER_SECONDS": "7200"}
KEPT = Path("build") / "campaign"
"""Where the logs go of a stretch after which the accounts are not as they must be."""
DONE = {
    "kills": ("kills", "how often a worker was killed by SIGKILL, at random or at a named point of an event's way"),
    "node_kills": ("kills", "how often one of the three brokers was killed by SIGKILL and started again"),
    "stops": (
        "stops",
        "how often a worker was stopped by SIGSTOP at such a point, and went on later",
    ),
    "cuts": ("cuts", "how often all connections with the broker were closed from its side"),
    "database_restarts": ("restarts", "how often PostgreSQL was stopped and started"),
    "database_kills": ("kills", "how often PostgreSQL was killed by SIGKILL and started"),
}
FOUND = {
    "events": ("events", "that the broker had confirmed"),
    "copies": ("copies", "that came to two recipients' desks at the broker, each counted once"),
    "again": ("copies", "that came once more under the same delivery id, which is no harm"),
}
HARM = {
    "lost": "events confirmed and not in the record, copies owed and not told, copies told and never at a desk",
    "doubled": "events in the record twice, copies told twice under delivery ids of their own",
    "unexpected": "copies that a hub to which nothing happens would not have made",
    "out_of_order": "events taken, or copies at a desk, after a later one of the same person and lane",
    "broken": "mailboxes whose numbers have a gap or stand twice",
    "early": "copies at a desk before they were in the record",
    "held": "events put aside for an operator, though nothing was wrong with them",
}


def findings() -> Iterator[Finding]:
    """Let all that befall a hub on RabbitMQ 4 where that can be had here, otherwise on this machine's own."""
    yield from _findings("broker", _root())


def findings_of_own() -> Iterator[Finding]:
    """Do the same on the version of RabbitMQ that is installed on this machine."""
    yield from _findings("broker_own", Path("/"))


def _root() -> Path:
    try:
        return rabbitmq4_root()
    except RuntimeError as why:
        print(why)  # noqa: T201 - who reads the figures sees beside them why they are of another version
        return Path("/")


def _findings(name: str, root: Path) -> Iterator[Finding]:
    with Cluster(3, root=root) as cluster, Postgres() as postgres:
        version = cluster.nodes[0].management.get("overview")["rabbitmq_version"]
        yield Finding(f"{name}.version", version, "version", "RabbitMQ on each of the three nodes")
        total: Counter[str] = Counter()
        for n, wanted in enumerate(stretches()):
            total += asyncio.run(Stretch(cluster, postgres, SEED + n).run(wanted))
    for figure, (unit, what) in {**DONE, **FOUND}.items():
        yield Finding(f"{name}.{figure}", total[figure], unit, what)
    for figure, what in HARM.items():
        yield Finding(f"{name}.{figure}", total[figure], what.split()[0], what)


def stretches() -> Iterator[dict[str, int]]:
    """Yield what is to happen in each stretch, spread evenly: for three nodes one of each further kind."""
    wanted = {"kills": KILLS, "node_kills": NODE_KILLS, **dict.fromkeys(list(DONE)[2:], -(-NODE_KILLS // 3))}
    count = max(1, -(-sum(wanted.values()) // STRETCH))
    for n in range(count):
        yield {kind: of * (n + 1) // count - of * n // count for kind, of in wanted.items()}


class Stretch:
    """A new hub on a new database and a new virtual host, until its accounts are made."""

    def __init__(self, cluster: Cluster, postgres: Postgres, seed: int) -> None:
        """Take the nodes."""
        self._cluster, self._postgres, self._seed = cluster, postgres, seed

    async def run(self, wanted: dict[str, int]) -> Counter[str]:
        """Let it happen, and return what happened and what it came to, by the figures' names."""
        first, *others = self._cluster.nodes
        vhost, database = await asyncio.to_thread(first.vhost), self._postgres.database()
        with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
            workforce = await asyncio.to_thread(lambda: Workforce(Path(folder), first, vhost, database, others=others))
            try:
                found = await self._befallen(workforce, wanted)
            except BaseException:
                self._keep(workforce)
                raise
            finally:
                workforce.close()
            if any(found[figure] for figure in HARM):
                self._keep(workforce)
        first.drop(vhost)
        self._postgres.drop(database)
        return found

    async def _befallen(self, workforce: Workforce, wanted: dict[str, int]) -> Counter[str]:
        mortals = Mortals(workforce, WORKERS, SETTINGS)
        await asyncio.to_thread(mortals.start)
        async with Flow(workforce) as flow:
            load = Load({agency: await flow.feed(agency) for agency in PUBLISHERS})
            desks = [await flow.desk(recipient) for recipient in DESKS]
            for _ in range(BEGINNING):
                await load.send(PEOPLE)
                await settled(workforce, load, desks, SETTLES_IN)
            mishaps = Mishaps(mortals, self._cluster, self._postgres, load, self._seed)
            async with load.flowing():
                await mishaps.befall(wanted)
            await settled(workforce, load, desks, SETTLES_IN)
            return mishaps.count + _figures(load, desks, await harm(workforce, load, desks))

    def _keep(self, workforce: Workforce) -> None:
        """Keep what the workers said, and what is left in the record's tables of what is on its way."""
        kept = KEPT / f"seed-{self._seed}"
        shutil.rmtree(kept, ignore_errors=True)
        for worker in workforce.workers:
            (kept / worker.folder.name).mkdir(parents=True)
            shutil.copy(worker.log, kept / worker.folder.name)


def _figures(load: Load, desks: list[Desk], harm: Harm) -> Counter[str]:
    came = [Counter(delivery for _, delivery in desk.copies) for desk in desks]
    return Counter(
        {
            "events": sum(map(len, load.sent.values())),
            "copies": sum(map(len, came)),
            "again": sum(of.total() - len(of) for of in came),
            **msgspec.structs.asdict(harm),
            "out_of_order": harm.overtaken + harm.out_of_order,
        }
    )
