"""Who may not know a fact receives the same bytes whether it is so or not: presence, content, numbers, heads and
sizes.
"""

import datetime as dt
import random

import msgspec
import pytest

from schemas.catalogue import CATALOGUE
from schemas.events.occurrence import Occurrence
from schemas.labels import Category as C
from schemas.labels import Role
from schemas.record.case import Case, Condition, Licence
from schemas.record.custody import Address, Custody, Release
from schemas.record.enforcement import Breach, BreachPack, OrderProgress, Recall
from schemas.record.need import CarePlan, Engagement, Health, Housing, Referral, Risk
from schemas.record.person import Associate, Child, Victim
from schemas.record.scheme import Contact, Score
from tests.fixtures.chapters import adopted, member
from tests.fixtures.people import only_number, person
from tests.fixtures.story import Story
from tests.leaks.protocol import MAY_NOT_KNOW_THE_STATUS, MAY_SEE, ON_THE_SCHEME
from tests.leaks.watching import alike, first_difference, told_twice

OUTSIDE = sorted(MAY_NOT_KNOW_THE_STATUS | ON_THE_SCHEME)
WATCHERS = [(role, n) for role in OUTSIDE for n in "12"]
WORK = {
    "voluntary-1": "referral",
    "mentor-1": "referral",
    "contracted-provider-1": "referral",
    "council-housing-1": "tenancy",
    "housing-association-1": "referral",
    "hostel-1": "stay",
    "drug-treatment-1": "treatment",
    "gp-1": "treatment",
    "mental-health-1": "treatment",
    "school-1": "stay",
    "sentencer-1": "own-order",
    "programme-staff-1": "referral",
    "childrens-services-1": "referral",
    "prison-healthcare-1": "treatment",
}
DAY = dt.date(2026, 11, 20)
PACK = BreachPack(
    court="north-court",
    order_reference="ORDER-7",
    requirement_breached="to comply with supervision",
    statement="missed twice",
    statement_declared_free=True,
    scheme_requirement="to work with the scheme",
    clinical_note="a clinical note",
    intelligence_note="a source said",
)

LIFE = (
    (
        "custody.received",
        "prisons",
        {
            "custody": Custody(in_custody=True, establishment="BMI", reason="sentence"),
            "health": Health(immediate_safety=["open plan"]),
        },
    ),
    ("custody.received", "prisons", {"custody": Custody(in_custody=True, establishment="BMI", reason="remand")}),
    ("custody.transferred", "prisons", {"custody": Custody(in_custody=True, establishment="ONI")}),
    ("custody.returned", "prisons", {"custody": Custody(in_custody=True)}),
    ("custody.to-hospital", "prisons", {"custody": Custody(in_custody=True, left_because="hospital")}),
    ("custody.detained", "police", {"custody": Custody(in_custody=True, station="northgate")}),
    ("custody.expected", "courts", {"custody": Custody(in_custody=False, establishment="BMI")}),
    ("custody.discharged", "prisons", {"custody": Custody(in_custody=False, left_because="discharged-at-court")}),
    ("release.date-set", "prisons", {"release": Release(date=DAY, area="N1")}),
    (
        "release.date-changed",
        "prisons",
        {
            "release": Release(
                date=DAY + dt.timedelta(days=3), previous_date=DAY, area="S1", change_reason="recalculated"
            )
        },
    ),
    (
        "release.address-changed",
        "probation",
        {
            "release": Release(address=Address(lines="1 Some Street", standing="confirmed"), area="N1"),
            "children": [Child(at_address="lives")],
        },
    ),
    (
        "release.gate-meeting-arranged",
        "probation",
        {"release": Release(date=DAY, met_by="mentor-1", hour=dt.time(9), place="the gate")},
    ),
    (
        "release.released",
        "prisons",
        {"custody": Custody(in_custody=False), "release": Release(kind="conditional", area="N1", date=DAY)},
    ),
    ("release.cancelled", "prisons", {}),
    (
        "release.licence-conditions-set",
        "probation",
        {
            "licence": Licence(
                conditions=[
                    Condition(code="1", wording="see the drug team", names_roles=[Role.DRUG_TREATMENT, Role.HOSTEL])
                ]
            )
        },
    ),
    (
        "release.supervision-began",
        "probation",
        {
            "cases": [
                Case(
                    reference="CASE-1",
                    supervised_by="national-offender-manager-1",
                    kind="licence",
                    attendance_required=True,
                )
            ]
        },
    ),
    ("release.supervision-ended", "probation", {"cases": [Case(reference="CASE-1")]}),
    (
        "case.allocated",
        "probation",
        {
            "cases": [
                Case(
                    reference="CASE-2",
                    supervised_by="responsible-officer-1",
                    kind="community-order",
                    testing_required=True,
                )
            ]
        },
    ),
    ("recall.requested", "probation", {"recall": Recall(stage="requested", reasons="missed")}),
    ("recall.decided", "probation", {"recall": Recall(stage="authorised")}),
    ("recall.at-large", "probation", {"recall": Recall(stage="unlawfully-at-large", thought_in_area="N1")}),
    ("recall.rescinded", "probation", {"recall": Recall(stage="rescinded")}),
    (
        "breach.presented",
        "probation",
        {
            "breach": Breach(stage="presented", of_what="community-order", pack=PACK),
            "risk": Risk(level="high", conclusion="high risk"),
        },
    ),
    (
        "breach.concluded",
        "probation",
        {"breach": Breach(stage="concluded", of_what="community-order", outcome="fined")},
    ),
    (
        "order.progress",
        "probation",
        {
            "order_progress": OrderProgress(
                court="north-court", order_reference="ORDER-7", attended=3, ordered_tests=["negative"]
            )
        },
    ),
    ("risk.assessed", "probation", {"risk": Risk(level="high", detail="detail")}),
    ("risk.assessed", "police", {"risk": Risk(level="low")}),
    (
        "engagement.reported",
        "health",
        {
            "engagement": Engagement(attending=True, engaging=True, service="clinic"),
            "health": Health(programme="a programme"),
        },
    ),
    ("consent.changed", "health", {"health": Health(consent="given")}),
    ("consent.changed", "health", {"health": Health(consent="withdrawn")}),
    (
        "health.summarised",
        "health",
        {"health": Health(diagnosis="a diagnosis", medication=["a medicine"], programme="a programme")},
    ),
    ("care-plan.updated", "probation", {"care_plan": CarePlan(goals=["a job"], clinical_lines=["a clinical line"])}),
    ("housing.assessed", "council", {"housing": Housing(need="a room")}),
    ("victim.contacted", "probation", {"victims": [Victim(name="Vera", wishes="none")]}),
    ("referral.changed", "probation", {"referrals": [Referral(holder="mentor-1", kind="referral", state="closed")]}),
    (
        "referral.changed",
        "probation",
        {"referrals": [Referral(holder="hostel-1", kind="stay", state="open", whom_to_call=Contact(name="Olive"))]},
    ),
)


async def declared(story, who):
    """Every partner has work with the person."""
    for holder, kind in WORK.items():
        referral = Referral(
            holder=holder,
            kind=kind,
            state="open",
            reference=f"ref-{holder}",
            whom_to_call=Contact(name="Olive Officer", telephone="1"),
        )
        await story.tell("referral.changed", who, by="probation", referrals=[referral])


def life(seed, *, length=18, numbers_only=0.4):
    """A life in an order of its own, in which prisons often know the number alone."""
    drawn = random.Random(seed)
    steps = [(*step, drawn.random() < numbers_only) for step in drawn.sample(LIFE, length)]

    async def tell(story, who, first, last):
        for kind, agency, blocks, bare in steps[first:last]:
            subject = (
                msgspec.structs.replace(who, surname=msgspec.UNSET, forename=msgspec.UNSET, date_of_birth=msgspec.UNSET)
                if bare
                else who
            )
            await story.tell(kind, subject, by=agency, **blocks)
            if drawn.random() < 0.1:
                await story.later(days=1)

    return tell


def on_scheme(seed, *, is_member, at=0, ends=None):
    """A life in which the person is adopted at some step, or somebody else is."""
    length = 18

    async def tale(story, who):
        tell = life(seed, length=length)
        adoptee = who if is_member else person(77)
        await declared(story, who)
        await tell(story, who, 0, at)
        await adopted(story, adoptee)
        await tell(story, who, at, length if ends is None else ends)
        if ends is not None:
            await story.tell("ppo.deselected", adoptee, memberships=[member()])
            await tell(story, who, ends, length)
        await story.later(days=30)

    return tale


@pytest.mark.parametrize(("seed", "at", "ends"), [(2, 0, None), (3, 9, None), (4, 3, 12), (6, 6, None)])
async def test_the_status(tmp_path, seed, at, ends):
    """Whether somebody is on a scheme, comes onto one or leaves it, no role that may not know it can tell: all that
    it receives is byte for byte the same.
    """
    one, other = (on_scheme(seed, is_member=m, at=at, ends=ends) for m in (True, False))

    heard = await told_twice(tmp_path, (one, other), (person(1), person(1)), WATCHERS)

    assert sum(body.count(b'"delivery"') for bodies, _ in heard.values() for body in bodies[:1]) > 20
    apart = [f"{name}: {first_difference(*both)}" for name, both in heard.items() if both[0] != both[1]]
    assert not apart, "\n".join(apart)


CHANGED = (
    ("health.summarised", "health", "health", lambda word: Health(diagnosis=word), {C.CLINICAL}),
    (
        "engagement.reported",
        "health",
        "health",
        lambda word: Health(treatment_notes=word, consent="given"),
        {C.CLINICAL},
    ),
    (
        "care-plan.updated",
        "probation",
        "care_plan",
        lambda word: CarePlan(goals=["a job"], clinical_lines=[word]),
        {C.CLINICAL},
    ),
    (
        "breach.presented",
        "probation",
        "breach",
        lambda word: Breach(stage="presented", of_what="bail", pack=msgspec.structs.replace(PACK, clinical_note=word)),
        {C.CLINICAL, C.BREACH_PAPERS},
    ),
    (
        "breach.presented",
        "probation",
        "breach",
        lambda word: Breach(
            stage="presented", of_what="bail", pack=msgspec.structs.replace(PACK, intelligence_note=word)
        ),
        {C.INTELLIGENCE, C.BREACH_PAPERS},
    ),
    (
        "breach.presented",
        "probation",
        "breach",
        lambda word: Breach(
            stage="presented", of_what="bail", pack=msgspec.structs.replace(PACK, scheme_requirement=word)
        ),
        {C.MARKER, C.BREACH_PAPERS},
    ),
    ("risk.assessed", "police", "risk", lambda word: Risk(level="high", intelligence=word), {C.INTELLIGENCE}),
    ("risk.assessed", "probation", "risk", lambda word: Risk(level="high", detail=word), {C.RISK_DETAIL}),
    ("ppo.scored", "schemes", "score", lambda word: Score(total=7, rationale=word), {C.MATRIX_SCORE}),
    (
        "recall.requested",
        "probation",
        "recall",
        lambda word: Recall(stage="requested", reasons=word),
        {C.RECALL_REASONS},
    ),
    (
        "recall.at-large",
        "probation",
        "recall",
        lambda word: Recall(stage="unlawfully-at-large", likely_whereabouts=word),
        {C.WHEREABOUTS},
    ),
    (
        "release.date-set",
        "prisons",
        "release",
        lambda word: Release(date=DAY, area="N1", change_reason=word),
        {C.DATE_CHANGE_REASON},
    ),
    (
        "release.address-changed",
        "probation",
        "release",
        lambda word: Release(area="N1", address=Address(lines=word)),
        {C.ADDRESS},
    ),
    ("victim.contacted", "probation", "victims", lambda word: [Victim(wishes=word)], {C.VICTIM}),
    (
        "release.address-changed",
        "probation",
        "children",
        lambda word: [Child(at_address="lives", name=word)],
        {C.CHILD_FILE},
    ),
    ("risk.assessed", "probation", "associates", lambda word: [Associate(name=word)], {C.FAMILY}),
)


@pytest.mark.parametrize("row", CHANGED, ids=lambda row: f"{row[0]}-{'-'.join(sorted(row[4]))}")
async def test_a_leaf(tmp_path, row):
    """Where two events differ in one leaf alone, whoever may not see it receives the same bytes; and somebody who
    may does not.
    """
    kind, agency, block, made, categories = row

    async def bodies(folder, word):
        async with Story(folder) as story:
            who = person(1)
            await declared(story, who)
            await adopted(story, who, partners=["drug-treatment-1"])
            await story.tell(
                "case.allocated",
                who,
                by="probation",
                cases=[Case(reference="C", supervised_by="national-offender-manager-1", kind="licence")],
            )
            await story.tell(
                "custody.received", only_number(1), by="prisons", custody=Custody(in_custody=True, establishment="BMI")
            )
            needed = (
                {"risk": Risk(level="high")}
                if kind == "risk.assessed"
                else {"engagement": Engagement(attending=True)}
                if kind.startswith("engagement")
                else {}
            )
            needed |= {"release": Release(area="N1")} if kind.startswith("release") else {}
            await story.tell(kind, who, by=agency, **{**needed, block: made(word)})
            return {name: [alike(c.body) for c in copies] for name, copies in (await story.everybody()).items()}

    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = (
        await bodies(tmp_path / "one", "one text"),
        await bodies(tmp_path / "other", "a longer text than the other"),
    )

    differ = {name.rsplit("-", 1)[0] for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    may = frozenset.intersection(*(MAY_SEE[c] for c in categories))
    assert bool(may) == bool(differ)
    assert differ <= {str(role) for role in may}


def test_events_of_the_story_are_of_the_catalogue():
    """Every event of the stories can be written as its type says."""
    assert all(isinstance(CATALOGUE[kind].data(subject=person(1), **blocks), Occurrence) for kind, _, blocks in LIFE)
