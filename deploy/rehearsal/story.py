"""A made-up but realistic few days, act by act. Every person in it is invented.

Jordan Blake is on Birmingham's scheme, Casey Moore on none, Robin Price is de-selected at the
end. Days are counted back from today, so that what is told ahead is told ahead of today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from adapters.sdk.publisher import Publisher
from deploy.rehearsal import national
from deploy.rehearsal.stage import Stage
from schemas.catalogue import CATALOGUE
from schemas.envelope import envelope_of

JORDAN = {"prison-number": "A4567BD", "crn": "X345678", "pnc": "2012/0034567E"}
CASEY = {"prison-number": "A9876CX"}
ROBIN = {"prison-number": "A1122EF", "crn": "X556677", "pnc": "2009/0771204B"}
PRISON = "BMI"
LIST = """surname,forename,date of birth,pnc,prison number,crn,kind,strands,adopted on
Blake,Jordan,12/03/1994,12/34567E,A4567BD,X345678,PPO,catch and convict; rehabilitate and resettle,{adopted}
Price,Robin,04/11/1985,2009/771204B,A1122EF,X556677,PPO,rehabilitate and resettle,{adopted}
Quill,Drew,21/06/1991,2003/0000009A,A3344GH,X778899,PPO,catch and convict,{adopted}
"""
"""The third row has a PNC ID whose check letter does not fit: it is refused, and the others go in."""
CLINICAL = "Opioid dependence"
MENTAL = "Methadone 60 ml daily"


class Telling:
    """What the acts of the story do with the stage."""

    def __init__(self, stage: Stage, now: dt.datetime) -> None:
        """Take the stage; ``now`` is the day on which the story ends."""
        self.stage, self.now = stage, now
        self._numbered = 0

    def day(self, before: float, hour: int = 9) -> dt.datetime:
        """Return a moment so many days before now."""
        moment = (self.now - dt.timedelta(days=before)).replace(hour=hour, minute=15, second=0, microsecond=0)
        return min(moment, self.now)

    @property
    def present(self) -> dt.datetime:
        """Return the present moment: what happens today happens in the order of the acts."""
        return dt.datetime.now(dt.UTC)

    def drop(self, message: Any) -> None:  # noqa: ANN401 - as the national systems write it
        """Give the national adapter one message."""
        self._numbered += 1
        self.stage.drop(f"{self._numbered:03}", message)

    async def publish(self, client: str, kind: str, data: dict[str, Any], at: dt.datetime) -> None:
        """Publish an event as one of the partners' systems; raises ``RuntimeError`` when the hub refuses it."""
        event = envelope_of(
            kind,
            msgspec.convert(data, type=CATALOGUE[kind].data),
            event_id=str(uuid4()),
            source=f"urn:rehearsal:{client}",
            time=at,
        )
        async with (
            self.stage.connect(client) as door,
            Publisher(door, self.stage.folder / f"{client}.outbox") as publisher,
        ):
            (outcome,) = await publisher.publish(event)
        if outcome.state == "refused":
            raise RuntimeError(f"{kind} of {client} was refused: {outcome.problem} {outcome.fields}")


class Act(msgspec.Struct, frozen=True):
    """One act: when it plays in the story, what a bystander should know, and what is done."""

    days_before: float
    caption: str
    play: Callable[[Telling], Awaitable[None]]


def subject(numbers: dict[str, str], **details: str) -> dict[str, Any]:
    """Return the subject block of an event."""
    return {**details, "identifiers": [{"kind": kind, "value": value} for kind, value in numbers.items()]}


async def _partners_work(t: Telling) -> None:
    at = t.day(9)
    jordan = subject(JORDAN, surname="Blake", forename="Jordan", date_of_birth="1994-03-12")
    casey = subject(CASEY, surname="Moore", forename="Casey", date_of_birth="1988-07-30")
    for person, reference in ((jordan, "T-2041"), (casey, "T-3307")):
        tenancy = {"holder": "council.housing", "kind": "tenancy", "state": "open", "reference": reference}
        await t.publish("council-tenancies", "referral.changed", {"subject": person, "referrals": [tenancy]}, at)
    treatment = {"holder": "turning-tide.workers", "kind": "treatment", "state": "open", "reference": "TT-118"}
    await t.publish("treatment-records", "referral.changed", {"subject": jordan, "referrals": [treatment]}, at)
    mentoring = {"holder": "new-start.mentors", "kind": "referral", "state": "open", "reference": "NS-7"}
    await t.publish("probation-cases", "referral.changed", {"subject": jordan, "referrals": [mentoring]}, at)
    await t.publish("treatment-records", "consent.changed", {"subject": jordan, "health": {"consent": "given"}}, at)


async def _adoption(t: Telling) -> None:
    path = Path(t.stage.folder) / "scheme-list" / "birmingham.csv"
    path.write_text(LIST.format(adopted=f"{t.day(2):%d/%m/%Y}"))
    await t.stage.scheme_list(path)


async def _marker(t: Telling) -> None:
    t.drop(national.marked(JORDAN["crn"], "APPO", t.day(2, 11)))
    t.drop(national.marked(JORDAN["crn"], "RHRH", t.day(2, 12)))


async def _case(t: Telling) -> None:
    at = t.day(2, 14)
    officer = {"name": "Maya Osei", "telephone": "0121 496 0188"}
    case = {
        "reference": "C-5512",
        "supervised_by": "probation.offender-manager",
        "officer": officer,
        "kind": "community-order",
        "statutory": True,
        "attendance_required": True,
    }
    release = {"area": "ladywood", "address": {"lines": "14 Canal Row", "postcode": "B16 8AA", "standing": "confirmed"}}
    await t.publish("probation-cases", "case.allocated", {"subject": subject(JORDAN), "cases": [case]}, at)
    await t.publish("probation-cases", "release.address-changed", {"subject": subject(JORDAN), "release": release}, at)
    await t.publish(
        "probation-cases",
        "risk.assessed",
        {"subject": subject(JORDAN), "risk": {"level": "high", "detail": "Carries knives"}},
        at,
    )
    health = {"diagnosis": CLINICAL, "medication": [MENTAL], "immediate_safety": ["Open self-harm plan"]}
    await t.publish("treatment-records", "health.summarised", {"subject": subject(JORDAN), "health": health}, at)


async def _reception(t: Telling) -> None:
    t.drop(national.received(JORDAN["prison-number"], PRISON, t.day(0.2)))
    t.drop(national.received(CASEY["prison-number"], PRISON, t.day(0.2)))


async def _hand_over(t: Telling) -> None:
    health = {"diagnosis": CLINICAL, "handover_summary": f"{MENTAL}; last dose Tuesday"}
    person = subject(JORDAN, surname="Blake", forename="Jordan", date_of_birth="1994-03-12")
    await t.publish("treatment-records", "health.summarised", {"subject": person, "health": health}, t.present)


async def _date_set(t: Telling) -> None:
    await _dates(t, None, t.now.date() + dt.timedelta(days=60))


async def _date_changed(t: Telling) -> None:
    await _dates(t, t.now.date() + dt.timedelta(days=60), t.now.date() + dt.timedelta(days=20))


async def _dates(t: Telling, previous: dt.date | None, date: dt.date) -> None:
    answer = {"release_date": f"{date}", "kind": "conditional"} | (
        {"previous_release_date": f"{previous}"} if previous else {}
    )
    t.stage.look_up("release-dates.json", {JORDAN["prison-number"]: answer})
    t.drop(national.dates_changed(JORDAN["prison-number"], t.present))


async def _breach(t: Telling) -> None:
    pack = {
        "court": "birmingham-crown",
        "order_reference": "T20267001",
        "order_made_on": f"{t.day(200):%Y-%m-%d}",
        "offence_of_order": "Burglary",
        "requirement_breached": "To comply with supervision",
        "scheme_requirement": "To attend the PPO scheme's weekly review",
        "statement": "Two appointments were missed without a reason.",
        "statement_declared_free": True,
        "clinical_note": CLINICAL,
        "missed": [{"on": f"{t.day(20):%Y-%m-%d}"}, {"on": f"{t.day(13):%Y-%m-%d}"}],
    }
    person = subject(JORDAN, surname="Blake", forename="Jordan", date_of_birth="1994-03-12")
    await t.publish(
        "probation-cases",
        "breach.presented",
        {"subject": person, "breach": {"stage": "presented", "of_what": "community-order", "pack": pack}},
        t.present,
    )


async def _release(t: Telling) -> None:
    conditions = [
        {
            "code": "C1",
            "wording": "To comply with supervision",
            "scheme_wording": "To attend the PPO scheme's office each week",
        }
    ]
    licence = {"begins": f"{t.now:%Y-%m-%d}", "conditions": conditions}
    await t.publish(
        "probation-cases", "release.licence-conditions-set", {"subject": subject(JORDAN), "licence": licence}, t.present
    )
    t.drop(national.released(JORDAN["prison-number"], PRISON, t.present, code="CR"))


async def _recall(t: Telling) -> None:
    t.drop(national.recall_decided(JORDAN["crn"], JORDAN["prison-number"], t.present))


async def _at_large(t: Telling) -> None:
    authorised = {"stage": "authorised", "kind": "standard", "reasons": "Did not return to the approved address"}
    await t.publish("ministry-cases", "recall.decided", {"subject": subject(JORDAN), "recall": authorised}, t.present)
    wanted = {
        "stage": "unlawfully-at-large",
        "likely_whereabouts": "With a cousin near the canal",
        "thought_in_area": "ladywood",
    }
    await t.publish("ministry-cases", "recall.at-large", {"subject": subject(JORDAN), "recall": wanted}, t.present)


async def _return(t: Telling) -> None:
    t.drop(national.received(JORDAN["prison-number"], PRISON, t.present, code="L"))


async def _not_understood(t: Telling) -> None:
    t.drop('{"eventType": "prison-offender-events.prisoner.teleported", "version": 1}')
    t.drop("this is no JSON at all")
    t.drop(national.released(ROBIN["prison-number"], PRISON, t.present, code="MRG"))


async def _second_reception(t: Telling) -> None:
    t.drop(national.received(ROBIN["prison-number"], PRISON, t.present))


async def _deselection(t: Telling) -> None:
    ended = {
        "scheme": "birmingham",
        "kind": "PPO",
        "ended_on": f"{t.now:%Y-%m-%d}",
        "end_reason": "A year without offending",
    }
    await t.publish("probation-cases", "ppo.deselected", {"subject": subject(ROBIN), "memberships": [ended]}, t.present)


STORY: tuple[Act, ...] = (
    Act(9, "Partners say with whom they work: two tenancies, a treatment, a mentor.", _partners_work),
    Act(2, "The scheme adopts three people from its own list; one row has a wrong PNC ID and is refused.", _adoption),
    Act(
        2, "The national probation marker says the same of Jordan Blake, with another marker that is not ours.", _marker
    ),
    Act(2, "Probation allocates the case and says the address; treatment warns of an open self-harm plan.", _case),
    Act(0.2, "HMP Birmingham receives Jordan Blake, and Casey Moore who is on no scheme.", _reception),
    Act(0, "Treatment hands over to the prison's healthcare: clinical facts, among themselves.", _hand_over),
    Act(0, "A release date is set, sixty days ahead: too early for the neighbourhood team to hear.", _date_set),
    Act(0, "The date moves to twenty days ahead: now they hear at once.", _date_changed),
    Act(0, "Breach papers go to court: the bench reads them and cannot tell the status.", _breach),
    Act(0, "Jordan Blake is released on licence.", _release),
    Act(0, "Probation asks for a recall.", _recall),
    Act(0, "The recall is authorised; Jordan Blake is unlawfully at large.", _at_large),
    Act(0, "A prison receives Jordan Blake again: a return on recall.", _return),
    Act(
        0,
        "Three messages that are not understood, or are no release: kept aside or counted, never guessed.",
        _not_understood,
    ),
    Act(0, "Robin Price is received: another alert.", _second_reception),
    Act(0, "Robin Price is de-selected: whoever holds the marker is told to remove it.", _deselection),
)
