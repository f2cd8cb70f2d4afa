"""What each national message means, trap by trap."""

import datetime as dt

import msgspec
import pytest

from adapters.national.message import NotUnderstood, read_message
from adapters.national.table import TABLE, meaning_of
from adapters.national.verdict import Aside, Context, NotForTheHub, Say
from schemas.catalogue import CATALOGUE
from schemas.labels import AgencyKind

RECEIVED = "prison-offender-events.prisoner.received"
SEARCH_RECEIVED = "prisoner-offender-search.prisoner.received"
RELEASED = "prison-offender-events.prisoner.released"
ADDED = "probation-case.registration.added"
OVERSIGHT = "prison-recall.recommendation.management-oversight"
NOMS = [("NOMS", "A1234BC")]
CRN = [("CRN", "X123456")]


def mean(raw, answer=None):
    return meaning_of(read_message(raw), Context("bham-north", answer))


def brief(verdict):
    """Return an event's type and data in plain values, without the subject."""
    assert isinstance(verdict, Say), verdict
    data = msgspec.to_builtins(verdict.data)
    data.pop("subject")
    return verdict.kind, data


def moved(reason, code, prison="BMI", **more):
    codes = {} if code is None else {"nomisMovementReasonCode": code}
    return {"nomsNumber": "A1234BC", "reason": reason, "prisonId": prison, **codes, **more}


RECEPTIONS = {
    "new": (RECEIVED, "ADMISSION", "N", "custody.received", "unknown"),
    "licence revoked": (RECEIVED, "ADMISSION", "L", "custody.received", "recall"),
    "recalled from curfew": (RECEIVED, "ADMISSION", "B", "custody.received", "recall"),
    "recalled from a training order": (RECEIVED, "ADMISSION", "Y", "custody.received", "recall"),
    "recalled from an intermittent sentence": (RECEIVED, "ADMISSION", "24", "custody.received", "recall"),
    "a code in lower case": (RECEIVED, "admission", "l", "custody.received", "recall"),
    "no code": (RECEIVED, "ADMISSION", None, "custody.received", "unknown"),
    "readmission": (SEARCH_RECEIVED, "READMISSION", None, "custody.received", "unknown"),
    "transferred": (RECEIVED, "TRANSFERRED", "INT", "custody.transferred", None),
    "back from a temporary absence": (RECEIVED, "TEMPORARY_ABSENCE_RETURN", "ET", "custody.returned", None),
    "back from court": (RECEIVED, "RETURN_FROM_COURT", "CRT", "custody.returned", None),
}


@pytest.mark.parametrize(("kind", "reason", "code", "expected", "why"), RECEPTIONS.values(), ids=RECEPTIONS)
def test_receptions(message, kind, reason, code, expected, why):
    """A reception is new, a transfer or a return by its reason, and a recall by its movement code."""
    said, data = brief(mean(message(kind, moved(reason, code), NOMS)))

    assert expected == said
    assert (True, "BMI", why) == tuple(data["custody"].get(f) for f in ("in_custody", "establishment", "reason"))


def test_probable_cause_is_never_read(message):
    """A stale cause of recall does not make a recall of a new reception."""
    _, data = brief(mean(message(RECEIVED, moved("ADMISSION", "N", probableCause="RECALL"), NOMS)))

    assert "unknown" == data["custody"]["reason"]


RELEASES = {
    "death": ("RELEASED", "DEC", "custody.died", "died"),
    "death under another reason": ("RELEASED_TO_HOSPITAL", "DEC", "custody.died", "died"),
    "absconded": ("RELEASED", "UAL", "recall.at-large", "absconded"),
    "absconded from curfew": ("RELEASED", "UAL_ECL", "recall.at-large", "absconded"),
    "hospital, HO": ("RELEASED", "HO", "custody.to-hospital", "hospital"),
    "hospital, HP": ("RELEASED", "HP", "custody.to-hospital", "hospital"),
    "hospital, HQ": ("RELEASED", "HQ", "custody.to-hospital", "hospital"),
    "hospital by reason": ("RELEASED_TO_HOSPITAL", "XX", "custody.to-hospital", "hospital"),
    "deported, DD": ("RELEASED", "DD", "custody.deported", "deported"),
    "deported, DE": ("RELEASED", "DE", "custody.deported", "deported"),
    "deported, DL": ("RELEASED", "DL", "custody.deported", "deported"),
    "out": ("RELEASED", "NCS", "release.released", None),
    "temporary": ("TEMPORARY_ABSENCE_RELEASE", "ET", "release.temporary", None),
}


@pytest.mark.parametrize(("reason", "code", "expected", "because"), RELEASES.values(), ids=RELEASES)
def test_leaving(message, reason, code, expected, because):
    """The movement code decides how somebody left, and the reason only where the code does not."""
    said, data = brief(mean(message(RELEASED, moved(reason, code), NOMS)))

    assert (expected, because) == (said, data["custody"].get("left_because"))
    assert (because == "hospital") == data["custody"]["in_custody"]


KINDS = {"curfew": ("HD", "curfew"), "conditional": ("CR", "conditional"), "early": ("ECSL", "early-scheme")}


@pytest.mark.parametrize(("code", "kind"), KINDS.values(), ids=KINDS)
def test_the_kind_of_release_by_its_code(message, code, kind):
    """A code that says what sort of release it is, says it to the hub."""
    assert kind == brief(mean(message(RELEASED, moved("RELEASED", code), NOMS)))[1]["release"]["kind"]


def test_another_code_says_nothing_of_the_kind(message):
    """A release under a code that nobody explained is a release, and no more is guessed."""
    assert "release" not in brief(mean(message(RELEASED, moved("RELEASED", "NCS"), NOMS)))[1]


def test_a_temporary_release_is_awaited_back(message):
    """Out on temporary release is not out for good."""
    _, data = brief(mean(message(RELEASED, moved("TEMPORARY_ABSENCE_RELEASE", "ET"), NOMS)))

    assert "yes" == data["custody"]["expected_back"]
    assert {"kind": "temporary", "date": "2026-03-02"} == data["release"]


NO_RELEASE = {"merge": ("RELEASED", "MRG"), "court": ("SENT_TO_COURT", "CRT"), "transfer": ("TRANSFERRED", "INT")}


@pytest.mark.parametrize(("reason", "code"), NO_RELEASE.values(), ids=NO_RELEASE)
def test_what_is_no_release_is_not_told(message, reason, code):
    """A merge on paper, a day at court and the first half of a transfer are understood and not told."""
    assert isinstance(mean(message(RELEASED, moved(reason, code), NOMS)), NotForTheHub)


REGISTRATIONS = {
    "PPO set": ("added", "APPO", "ppo.adopted", "PPO", {"adopted_on": "2023-06-19"}),
    "IOM set": ("added", "IIOM", "ppo.adopted", "IOM", {"adopted_on": "2023-06-19"}),
    "PPO restated": ("updated", "APPO", "ppo.adopted", "PPO", {"adopted_on": "2023-06-19"}),
    "PPO taken off": ("deregistered", "APPO", "ppo.deselected", "PPO", {"ended_on": "2024-06-12"}),
    "IOM deleted": ("deleted", "IIOM", "ppo.deselected", "IOM", {"ended_on": "2024-06-12"}),
}


@pytest.mark.parametrize(("change", "code", "expected", "kind", "facts"), REGISTRATIONS.values(), ids=REGISTRATIONS)
def test_registrations(message, change, code, expected, kind, facts):
    """The two codes of a scheme become membership of the scheme served here, dated as the marker is."""
    information = {
        "registerTypeCode": code,
        "registrationDate": "Mon Jun 19 00:00:00 BST 2023",
        "deregistrationDate": "Wed Jun 12 00:00:00 BST 2024",
    }
    said, data = brief(mean(message(f"probation-case.registration.{change}", information, CRN)))
    (membership,) = data["memberships"]

    assert expected == said
    assert {"scheme": "bham-north", "kind": kind, **facts}.items() <= membership.items()


@pytest.mark.parametrize("code", ["RHRH", "MAPP", "AVIS", "", "PPO"])
def test_other_markers_are_not_ours(message, code):
    """Another marker is not taken for a scheme's; without a code there is nothing to tell by."""
    verdict = mean(message(ADDED, {"registerTypeCode": code}, CRN))

    assert isinstance(verdict, NotForTheHub if code else Aside)


def test_a_reference_type_in_lower_case(message):
    """One producer writes the reference's type in lower case, and the number so too."""
    verdict = mean(message(ADDED, {"registerTypeCode": "APPO"}, [("crn", "x123456")]))

    assert [("crn", "X123456")] == [(i.kind, i.value) for i in verdict.data.subject.identifiers]


RECALLS = {
    "to recall": (OVERSIGHT, "DECISION_TO_RECALL", Say),
    "to recall, the other spelling": ("prison-recall.recommendation.managementOversight", "DECISION_TO_RECALL", Say),
    "not to recall": (OVERSIGHT, "DECISION_NOT_TO_RECALL", NotForTheHub),
    "no outcome": (OVERSIGHT, None, Aside),
    "another outcome": (OVERSIGHT, "PERHAPS", Aside),
    "considered": ("prison-recall.recommendation.consideration", None, NotForTheHub),
    "considered and decided": ("prison-recall.recommendation.consideration", "DECISION_TO_RECALL", Say),
    "deleted": ("prison-recall.recommendation.deleted", None, Aside),
}


@pytest.mark.parametrize(("kind", "outcome", "expected"), RECALLS.values(), ids=RECALLS)
def test_recall_recommendations(message, kind, outcome, expected):
    """Probation's decision to recall is a request; not to recall, and to consider it, are no fact of a recall."""
    verdict = mean(message(kind, {} if outcome is None else {"contactOutcome": outcome}, CRN))

    assert isinstance(verdict, expected)
    if isinstance(verdict, Say):
        assert ("recall.requested", {"recall": {"stage": "requested"}}) == brief(verdict)


def test_licences(message):
    """A licence that comes into force begins supervision, and going out of force ends that case and no other."""
    both = [("CRN", "X123456"), ("NOMS", "A1234BC")]
    begun = brief(mean(message("create-and-vary-a-licence.licence.activated", {"licenceId": "77"}, both)))
    ended = brief(mean(message("create-and-vary-a-licence.licence.inactivated", {"licenceId": 77}, both)))

    case = {"reference": "licence-77", "kind": "licence"}
    assert ("release.supervision-began", {"cases": [case]}) == begun
    assert ("release.supervision-ended", {"cases": [{**case, "ended_on": "2026-03-02"}]}) == ended


MERGES = {
    "prisoners": (
        "prison-offender-events.prisoner.merged",
        {"nomsNumber": "B0007BB", "removedNomsNumber": "A0007AA", "reason": "MERGE"},
        [("NOMS", "A0007AA")],
        ("identity.merged", "B0007BB", "A0007AA"),
    ),
    "cases": (
        "probation-case.merge.completed",
        {"sourceCRN": "X000001", "targetCRN": "X000002"},
        [("CRN", "X000001")],
        ("identity.merged", "X000002", "X000001"),
    ),
    "cases apart again": (
        "probation-case.unmerge.completed",
        {"reactivatedCRN": "X000001", "unmergedCRN": "X000002"},
        [],
        ("identity.unmerged", "X000002", "X000001"),
    ),
    "a case's prison number": (
        "probation-case.prison-identifier.added",
        {},
        [("CRN", "X000001"), ("NOMS", "A1234BC")],
        ("identity.merged", "X000001", "A1234BC"),
    ),
}


@pytest.mark.parametrize(("kind", "information", "references", "expected"), MERGES.values(), ids=MERGES)
def test_merges(message, kind, information, references, expected):
    """What is kept and removed stands in the information, whatever description and reference say."""
    lie = "A prisoner has been merged from B0007BB to A0007AA"
    said, data = brief(mean(message(kind, information, references, description=lie)))

    assert expected == (said, data["merge"]["kept"]["value"], data["merge"]["removed"]["value"])


ASIDE = {
    "a booking moved: one person or two": (
        "prison-offender-events.prisoner.booking.moved",
        {"bookingId": 1, "movedFromNomsNumber": "A0007AA", "movedToNomsNumber": "B0007BB"},
        "eventType",
    ),
    "merged with itself": (
        "prison-offender-events.prisoner.merged",
        {"nomsNumber": "A0007AA", "removedNomsNumber": "a0007aa"},
        "additionalInformation.removedNomsNumber",
    ),
    "nobody": (RECEIVED, {"reason": "ADMISSION", "prisonId": "BMI"}, "personReference"),
    "a number of another form": (
        RECEIVED,
        {**moved("ADMISSION", "N"), "nomsNumber": "12345"},
        "additionalInformation.nomsNumber",
    ),
    "two numbers that disagree": (
        RECEIVED,
        {**moved("ADMISSION", "N"), "nomsNumber": "A1234BC", "prisonerNumber": "B7654CB"},
        None,
    ),
    "no prison": (RECEIVED, moved("ADMISSION", "N", prison=None), "additionalInformation.prisonId"),
    "outside for a prison": (RECEIVED, moved("ADMISSION", "N", prison="OUT"), "additionalInformation.prisonId"),
    "a prison of another form": (RECEIVED, moved("ADMISSION", "N", prison="B1"), "additionalInformation.prisonId"),
    "a reason that nobody knows": (RECEIVED, moved("BEAMED_IN", "N"), "additionalInformation.reason"),
    "a release without its code may be a death": (
        RELEASED,
        moved("RELEASED", None),
        "additionalInformation.nomisMovementReasonCode",
    ),
    "a type that nobody knows": ("prison-offender-events.prisoner.promoted", {}, "eventType"),
    "a hearing's result": ("public.events.hearing.hearing-resulted", {}, "hearing"),
    "dates that are not looked up": (
        "calculate-release-dates.prisoner.changed",
        {"prisonerId": "A1234BC"},
        "release-dates",
    ),
    "a notice that is not looked up": ("probation-case.breach-notice.created", {}, "breach-notices"),
    "a movement that is not looked up": (
        "EXTERNAL_MOVEMENT_RECORD-INSERTED",
        {"bookingId": 1, "movementSeq": 2},
        "movements",
    ),
}


@pytest.mark.parametrize(("kind", "information", "field"), ASIDE.values(), ids=ASIDE)
def test_what_is_not_said_plainly_is_kept_aside(message, kind, information, field):
    """The field is named, and no value."""
    verdict = mean(message(kind, information))

    assert isinstance(verdict, Aside)
    if field is not None:
        assert field == verdict.field
    assert not {"A1234BC", "B7654CB", "12345", "BEAMED_IN"} & set(f"{verdict.field} {verdict.rule}".split())


def test_reference_and_information_that_disagree_are_kept_aside(message):
    """Two prison numbers for one movement would join two people."""
    verdict = mean(message(RECEIVED, moved("ADMISSION", "N"), [("NOMS", "B7654CB")]))

    assert isinstance(verdict, Aside)


DATES = [
    "calculate-release-dates.prisoner.changed",
    "prison-offender-events.prisoner.sentence-dates-changed",
    "SENTENCE_DATES-CHANGED",
    "release-date-adjustments.adjustment.inserted",
    "release-date-adjustments.adjustment.deleted",
]


@pytest.mark.parametrize("kind", DATES)
def test_release_dates_are_looked_up(message, kind):
    """A date comes from the look-up alone: set without a former one, changed with it, and no news when the same."""
    raw = message(kind, {"offenderNo": "A1234BC", "bookingId": 5})
    first = mean(raw, {"release_date": "2026-04-01"})
    changed = mean(raw, {"release_date": "2026-04-08", "previous_release_date": "2026-04-01", "kind": "conditional"})
    same = mean(raw, {"release_date": "2026-04-08", "previous_release_date": "2026-04-08"})

    assert ("release.date-set", {"release": {"date": "2026-04-01"}}) == brief(first)
    expected = {"date": "2026-04-08", "previous_date": "2026-04-01", "kind": "conditional"}
    assert ("release.date-changed", {"release": expected}) == brief(changed)
    assert isinstance(same, NotForTheHub)


def test_a_booking_needs_the_look_up_to_say_whose(message):
    """Dates of a booking are said of the person whom the look-up names; without a name they are kept aside."""
    raw = message("SENTENCE_DATES-CHANGED", None, occurredAt=None, eventDatetime="2026-03-02T09:30:00", bookingId=5)
    named = mean(raw, {"release_date": "2026-04-01", "prison_number": "A1234BC"})

    assert ["A1234BC"] == [i.value for i in named.data.subject.identifiers]
    assert isinstance(mean(raw, {"release_date": "2026-04-01"}), Aside)


def test_a_look_up_about_somebody_else_is_kept_aside(message):
    """An answer that names another prison number than the message is not believed."""
    raw = message("calculate-release-dates.prisoner.changed", {"prisonerId": "A1234BC"})

    assert isinstance(mean(raw, {"release_date": "2026-04-01", "prison_number": "B7654CB"}), Aside)


MOVEMENTS = {
    ("IN", "ADM", "L"): "custody.received",
    ("IN", "TRN", "INT"): "custody.transferred",
    ("IN", "CRT", "CRT"): "custody.returned",
    ("IN", "TAP", "ET"): "custody.returned",
    ("OUT", "REL", "CR"): "release.released",
    ("OUT", "REL", "DEC"): "custody.died",
    ("OUT", "TAP", "ET"): "release.temporary",
}


@pytest.mark.parametrize(("movement", "expected"), MOVEMENTS.items(), ids=str)
def test_legacy_movements(message, movement, expected):
    """A legacy movement, looked up, means what the newer message of that movement means."""
    direction, kind, code = movement
    raw = message("EXTERNAL_MOVEMENT_RECORD-INSERTED", None, bookingId=5, movementSeq=2)
    answer = {"prison_number": "A1234BC", "direction": direction, "type": kind, "reason_code": code, "prison": "BMI"}

    assert expected == mean(raw, answer).kind


def test_the_movements_own_time_counts(message):
    """A legacy movement happened when the look-up says, in local time."""
    raw = message("EXTERNAL_MOVEMENT_RECORD-INSERTED", None, bookingId=5, movementSeq=2)
    answer = {"prison_number": "A1234BC", "direction": "IN", "type": "ADM", "prison": "BMI"}
    verdict = mean(raw, {**answer, "occurred_at": "2026-06-01T10:00:00"})

    assert dt.datetime(2026, 6, 1, 9, 0, tzinfo=dt.UTC) == verdict.time


def test_breach_notices_are_looked_up(message):
    """A notice is an allegation of the breach that the look-up names; a deleted one withdraws it."""
    answer = {"of_what": "licence", "became_aware_on": "2026-02-20"}
    created = brief(
        mean(message("probation-case.breach-notice.created", None, CRN, detailUrl="https://x.example/n/9"), answer)
    )
    deleted = brief(
        mean(message("probation-case.breach-notice.deleted", None, CRN, detailUrl="https://x.example/n/9"), answer)
    )

    assert ("breach.alleged", "alleged") == (created[0], created[1]["breach"]["stage"])
    assert ("breach.withdrawn", "withdrawn") == (deleted[0], deleted[1]["breach"]["stage"])


@pytest.mark.parametrize("kind", ["exclusion.updated", "restriction.updated", "deleted.gdpr"])
def test_restricted_records(message, kind):
    """Whichever way access to a record changed, it is taken to be restricted."""
    assert ("record.restricted", {"restriction": {"restricted": True}}) == brief(
        mean(message(f"probation-case.{kind}", {}, CRN))
    )


def test_a_notification_means_what_its_message_means(message, notification):
    """The wrapper changes nothing, and gives the type where the message has none."""
    raw = message(RECEIVED, moved("ADMISSION", "N"), NOMS)
    without = message(None, moved("ADMISSION", "N"), NOMS)

    assert mean(raw) == mean(notification(raw)) == mean(notification(without, RECEIVED))


NOT_MESSAGES = {
    "not JSON": (b"{", "message"),
    "not UTF-8": (b'{"eventType":"\xff"}', "message"),
    "a list": (b"[]", "message"),
    "too deep": (b'{"a":' + b"[" * 100_000, "message"),
    "too large": (b" " * (1 << 20) + b"{}", "message"),
    "no type": (b'{"version":1}', "eventType"),
    "a subscription to confirm": (b'{"Type":"SubscriptionConfirmation","Message":"{}"}', "Type"),
    "an object for a message": (b'{"Type":"Notification","Message":{}}', "Message"),
    "a message that is not JSON": (b'{"Type":"Notification","Message":"hello"}', "Message"),
}


@pytest.mark.parametrize(("raw", "field"), NOT_MESSAGES.values(), ids=NOT_MESSAGES)
def test_what_is_no_message_is_refused(raw, field):
    """What cannot be read is refused with the part that cannot, and nothing of it."""
    with pytest.raises(NotUnderstood) as refused:
        read_message(raw)

    assert field == refused.value.field


def test_a_time_that_cannot_be_read_is_kept_aside(message):
    """An event without a time, or with one in no known form, is not dated by guess."""
    for when in (None, "soon"):
        verdict = mean(message(RECEIVED, moved("ADMISSION", "N"), NOMS, occurredAt=when))
        assert ("occurredAt", True) == (verdict.field, isinstance(verdict, Aside))


def test_each_agency_asserts_its_own_facts_only(message):
    """Whatever a row can say, the catalogue allows to the agency whose feed it is."""
    said = {
        "prison": {
            "custody.received", "custody.transferred", "custody.returned", "custody.died", "custody.to-hospital",
            "custody.deported", "recall.at-large", "release.released", "release.temporary", "release.date-set",
            "release.date-changed", "identity.merged",
        },
        "probation": {
            "ppo.adopted", "ppo.deselected", "release.supervision-began", "release.supervision-ended",
            "recall.requested",
            "breach.alleged", "breach.withdrawn", "identity.merged", "identity.unmerged", "record.restricted",
        },
    }  # fmt: skip
    wrong = [
        (f, kind) for f, kinds in said.items() for kind in kinds if AgencyKind(f) not in CATALOGUE[kind].asserted_by
    ]

    assert [] == wrong
    assert {"prison", "probation"} == {row.feed for row in TABLE}
