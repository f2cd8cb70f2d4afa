"""Short ways to write down what happened in a life, hour by hour."""

import datetime as dt

from msgspec import UNSET

from hub.directory.model import Directory, Recipient, Scheme, SchemeContactEntry, spread
from hub.register.apply import apply
from hub.register.state import PersonState
from schemas.catalogue import CATALOGUE
from schemas.envelope import envelope_of
from schemas.events.occurrence import Youth
from schemas.labels import Role
from schemas.record.case import Case, Condition, Licence
from schemas.record.custody import Address, Custody, Release
from schemas.record.enforcement import Breach, BreachPack, OrderProgress, Recall
from schemas.record.need import Health, Referral, Risk
from schemas.record.person import Person
from schemas.record.scheme import MarkerConfirmation, Membership

START = dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)
DOE = Person(surname="Doe", forename="Jo", date_of_birth=dt.date(1990, 1, 1))


def hour(number):
    return START + dt.timedelta(hours=number)


def happens(number, kind, subject=DOE, **blocks):
    """An event that happened some hours after the start."""
    data = CATALOGUE[kind].data(subject=subject, **{**needed(kind), **blocks})
    return envelope_of(kind, data, event_id=f"e{number}", source="https://source.example", time=hour(number))


def needed(kind):
    """The least that each family cannot be without."""
    if kind.startswith("custody.") or kind == "release.released":
        return {"custody": Custody(in_custody=kind != "release.released")}
    if kind.startswith("breach."):
        return {"breach": Breach(stage=kind.partition(".")[2], of_what="community-order")}
    return {"release": Release()} if kind == "release.temporary" else {}


LATER = hour(10_000)


def lived(*events, state=None, at=LATER):
    """The state after some events, taken in this order."""
    state = state or PersonState(id="p1")
    for event in events:
        state = apply(state, event, at)
    return state


def adopted(number, scheme="north", **facts):
    return happens(number, "ppo.adopted", memberships=[member(scheme, **facts)])


def deselected(number, scheme="north", **facts):
    return happens(number, "ppo.deselected", memberships=[member(scheme, **facts)])


def member(scheme="north", **facts):
    return Membership(**{"scheme": scheme, "kind": "PPO", **facts})


def received(number, establishment="BMI", subject=DOE, **facts):
    return happens(
        number,
        "custody.received",
        subject=subject,
        custody=Custody(in_custody=True, establishment=establishment, **facts),
    )


def transferred(number, establishment):
    return happens(number, "custody.transferred", custody=Custody(in_custody=True, establishment=establishment))


def expected(number, establishment="BMI", **facts):
    return happens(number, "custody.expected", custody=Custody(in_custody=False, establishment=establishment, **facts))


def detained(number, station="steelhouse"):
    return happens(number, "custody.detained", custody=Custody(in_custody=True, station=station))


def released(number, kind=UNSET, **facts):
    return happens(number, "release.released", release=Release(kind=kind, **facts))


def date_set(number, date, **facts):
    return happens(number, "release.date-set", release=Release(date=date, **facts))


def recall(number, word, stage, **facts):
    return happens(number, f"recall.{word}", recall=Recall(stage=stage, **facts))


def referred(number, holder="charity", kind="referral", state="open", subject=DOE, **facts):
    referral = Referral(holder=holder, kind=kind, state=state, **facts)
    return happens(number, "referral.changed", subject=subject, referrals=[referral])


def allocated(number, reference="C1", supervised_by="officer", **facts):
    return happens(number, "case.allocated", cases=[Case(reference=reference, supervised_by=supervised_by, **facts)])


def supervision(number, word, reference="C1", **facts):
    return happens(number, f"release.supervision-{word}", cases=[Case(reference=reference, **facts)])


def packed(number, kind="breach.presented", court="crown"):
    pack = BreachPack(court=court, order_reference="O1", requirement_breached="to comply", statement_declared_free=True)
    stage = kind.partition(".")[2]
    return happens(number, kind, breach=Breach(stage=stage, of_what="community-order", pack=pack))


def progress(number, court="crown"):
    return happens(number, "order.progress", order_progress=OrderProgress(court=court, order_reference="O1"))


def marker(number, holder, state):
    said = MarkerConfirmation(holder=holder, state=state, at=hour(number))
    return happens(number, "ppo.marker-confirmed", marker_confirmations=[said])


def youth(number, subject=DOE, **facts):
    return happens(number, "youth.involved", subject=subject, youth=Youth(**{"yot": "party", **facts}))


def risk(number, level, **facts):
    return happens(number, "risk.assessed", risk=Risk(level=level, **facts))


def consent(number, word):
    return happens(number, "consent.changed", health=Health(consent=word))


def address(number, standing="confirmed", **facts):
    release = Release(address=Address(standing=standing), **facts)
    return happens(number, "release.address-changed", release=release)


def conditions(number, *roles, **facts):
    licence = Licence(conditions=[Condition(code="c", wording="w", names_roles=list(roles))], **facts)
    return happens(number, "release.licence-conditions-set", licence=licence)


def recipient(name, role, listens=("*",), **places):
    sets = {word: frozenset(names) for word, names in places.items() if word != "national"}
    national = places.get("national", False)
    return Recipient(id=name, role=role, agency="agency", name=name, listens=spread(listens), national=national, **sets)


RECIPIENTS = (
    recipient("coordinator", Role.COORDINATOR, schemes=["north"]),
    recipient("coordinator-south", Role.COORDINATOR, schemes=["south"]),
    recipient("reception-bmi", Role.PRISON_RECEPTION, establishments=["BMI"]),
    recipient("healthcare-bmi", Role.PRISON_HEALTHCARE, establishments=["BMI"]),
    recipient("reception-hew", Role.PRISON_RECEPTION, establishments=["HEW"]),
    recipient("custody-desk", Role.CUSTODY_OFFICER, stations=["steelhouse"]),
    recipient("neighbourhood-e1", Role.NEIGHBOURHOOD_POLICING, areas=["E1"]),
    recipient("neighbourhood-w2", Role.NEIGHBOURHOOD_POLICING, areas=["W2"]),
    recipient("housing-e1", Role.COUNCIL_HOUSING, areas=["E1"]),
    recipient("officer", Role.NATIONAL_OFFENDER_MANAGER),
    recipient("enforcement", Role.ENFORCEMENT, works_with=["officer"]),
    recipient("sentencer", Role.SENTENCER, courts=["crown"]),
    recipient("charity", Role.VOLUNTARY),
    recipient("hostel", Role.HOSTEL),
    recipient("treatment", Role.DRUG_TREATMENT),
    recipient("ppu", Role.PUBLIC_PROTECTION_UNIT, national=True),
)


def directory(*more, without=()):
    """Everybody in this area, with some more and without some."""
    people = {r.id: r for r in (*RECIPIENTS, *more) if r.id not in without}
    schemes = {
        name: Scheme(
            id=name,
            name=f"{name} scheme",
            kind="PPO",
            area="E1",
            contact=SchemeContactEntry(name=f"Coordinator of {name}", telephone="0100"),
        )
        for name in ("north", "south")
    }
    establishments = {"BMI": "HMP Birmingham", "HEW": "HMP Hewell"}
    return Directory(agencies={}, recipients=people, systems={}, schemes=schemes, establishments=establishments)
