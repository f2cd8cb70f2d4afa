"""What it costs to find whom an event concerns, with a hundred recipients registered and with a hundred thousand.

An event concerns ten of them in either directory: four at the prison, three of the area's police, the coordinator,
and the supervisor with a team. The people asked about are spread over every place, so that the large directory is
asked all over and not in one warm corner. What then differs is how far down the machine's caches an answer lies; so it
is measured as a hub asks, between one telling and the next, and beside that back to back.
"""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure, ratio, take_turns
from hub.directory.model import Directory, Recipient, Scheme, SchemeContactEntry, spread
from hub.pipeline.disclosing import Fact
from hub.pipeline.draft import Batch, Draft
from hub.pipeline.share import share
from hub.pipeline.tools import Shelf, Tools
from hub.policy.load import load_agreements
from hub.register.state import CustodyState, PersonState, ReleaseState
from hub.routing.route import listening, route
from hub.sealing import Sealer
from hub.store.port import Transaction
from hub.store.sqlite import SqliteStore
from schemas.catalogue import CATALOGUE
from schemas.envelope import envelope_of
from schemas.events.occurrence import Occurrence
from schemas.labels import Role
from schemas.record.case import Case
from schemas.record.custody import Custody
from schemas.record.person import Person
from schemas.record.scheme import Membership

KIND = "custody.received"
FEW, MANY = 100, 100_000
PEOPLE = 10_000
ROUNDS = 120
TELLINGS = 20
POLICIES = Path(__file__).parents[1] / "policies"
NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
LISTENS = ("custody.*", "release.*", "recall.*", "ppo.alert")
_PRISON = (Role.PRISON_RECEPTION, Role.PRISON_OFFENDER_MANAGEMENT, Role.PRISON_SECURITY, Role.PRISON_RESETTLEMENT)
_POLICE = (Role.POLICE_OFFENDER_MANAGER, Role.NEIGHBOURHOOD_POLICING, Role.INTELLIGENCE)
TOWN = 10
"""Recipients of one town: those above, a coordinator, a supervisor and its court team."""


def routing() -> list[Figure]:
    """Measure; it takes about twenty seconds."""
    countries = {n: _Country(n) for n in (FEW, MANY)}
    alone = take_turns({str(n): here.ask for n, here in countries.items()}, ROUNDS)
    at_work, telling = _between_tellings(countries)
    what = f"whom {KIND} concerns and who of them listens ({TOWN} recipients)"
    among = f"out of {MANY:,} subscribed recipients, to the same out of {FEW}"
    return [
        _ratio("routing.cost_ratio_100000_to_100_subscriptions", at_work, f"{what}, asked between tellings, {among}"),
        _ratio("routing.cost_ratio_asked_back_to_back", alone, f"{what}, asked again and again, {among}"),
        _ratio("routing.telling_cost_ratio_100000_to_100_subscriptions", telling, f"all of one telling, {among}"),
        *(
            Figure(f"routing.{n}_subscriptions_us", statistics.median(at_work[str(n)]), "us", f"{what}, out of {n:,}")
            for n in (FEW, MANY)
        ),
    ]


def _ratio(name: str, taken: dict[str, list[float]], what: str) -> Figure:
    return Figure(name, ratio(taken[str(MANY)], taken[str(FEW)]), "ratio", what)


class _Country:
    """A directory of so many recipients, and people who are spread over all its towns."""

    def __init__(self, recipients: int) -> None:
        self.towns = recipients // TOWN
        self.directory = _directory(self.towns)
        _ = self.directory.by_place  # made once, when a hub starts
        self.people = itertools.cycle([self._somebody(n * 7919 % self.towns, n) for n in range(PEOPLE)])
        shelf = Shelf(load_agreements([POLICIES]))
        self.tools = Tools(directory=self.directory, shelf=shelf, sealer=Sealer(bytes(32)))

    def _somebody(self, town: int, n: int) -> tuple[PersonState, Occurrence]:
        return _person(n, town), _event(n, town)

    def ask(self) -> None:
        """Ask about the next person."""
        self.route(*next(self.people))

    def route(self, state: PersonState, data: Occurrence) -> None:
        heard = listening(route(KIND, data, state, state, self.directory), KIND, self.directory)
        assert len(heard) == TOWN

    def tell(self, tx: Transaction) -> tuple[float, float]:
        """Ask and tell of some people in turn; return the microseconds of one asking, and of one telling."""
        batch, asking, telling = Batch(tx, self.tools, NOW), 0, 0
        for state, data in itertools.islice(self.people, TELLINGS):
            began = time.perf_counter_ns()
            self.route(state, data)
            asked = time.perf_counter_ns()
            event = envelope_of(KIND, data, event_id="e", source="urn:benchmark", time=NOW)
            assert len(share(Draft(batch), Fact(event=event, reference="r"), state, state).told) == TOWN
            asking += asked - began
            telling += time.perf_counter_ns() - asked
        return asking / TELLINGS / 1000, telling / TELLINGS / 1000


def _between_tellings(countries: dict[int, _Country]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the microseconds of one asking, and of one telling, with the other work of a hub in between."""
    asking: dict[str, list[float]] = {str(n): [] for n in countries}
    telling: dict[str, list[float]] = {str(n): [] for n in countries}
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as folder:
        store = SqliteStore(Path(folder) / "hub.sqlite")
        for round_ in range(-1, ROUNDS):
            for n, here in countries.items():
                one, other = store.transact(here.tell)  # nothing is written
                if round_ >= 0:  # in the first, what is made once is made
                    asking[str(n)].append(one)
                    telling[str(n)].append(other)
        store.close()
    return asking, telling


def _directory(towns: int) -> Directory:
    recipients = {r.id: r for n in range(towns) for r in _town(n)}
    contact = SchemeContactEntry(name="A. Coordinator", telephone="0100 000001")
    return Directory(
        agencies={},
        systems={},
        recipients=recipients,
        schemes={
            f"scheme-{n}": Scheme(id=f"scheme-{n}", name=f"Scheme {n}", kind="PPO", area=f"area-{n}", contact=contact)
            for n in range(towns)
        },
        establishments={},
    )


def _town(n: int) -> Iterator[Recipient]:
    """Yield the recipients of one town."""
    manager = f"probation-{n}"

    def recipient(name: str, role: Role, **places: frozenset[str]) -> Recipient:
        heard = spread(LISTENS)
        return Recipient(id=name, role=role, agency=f"agency-{n}", name=name.title(), listens=heard, **places)  # type: ignore[arg-type]

    for role in _PRISON:
        yield recipient(f"{role}-{n}", role, establishments=frozenset([f"P{n}"]))
    for role in _POLICE:
        yield recipient(f"{role}-{n}", role, areas=frozenset([f"area-{n}"]))
    yield recipient(f"court-team-{n}", Role.COURT_TEAM, works_with=frozenset([manager]))
    yield recipient(f"coordinator-{n}", Role.COORDINATOR, schemes=frozenset([f"scheme-{n}"]))
    yield recipient(manager, Role.NATIONAL_OFFENDER_MANAGER)


def _person(n: int, town: int) -> PersonState:
    return PersonState(
        id=f"{n:032x}",
        memberships=(Membership(scheme=f"scheme-{town}", kind="PPO"),),
        cases=(Case(reference=f"C-{n}", supervised_by=f"probation-{town}", kind="licence"),),
        custody=CustodyState(standing="held", establishment=f"P{town}", since=NOW),
        release=ReleaseState(area=f"area-{town}"),
    )


def _event(n: int, town: int) -> Occurrence:
    custody = Custody(in_custody=True, establishment=f"P{town}", reason="recall")
    return CATALOGUE[KIND].data(
        subject=Person(surname=f"Surname {n}", date_of_birth=NOW.date().replace(year=1990)), custody=custody
    )
