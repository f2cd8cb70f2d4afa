"""Messages as the national systems of prisons and probation write them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def received(
    prison_number: str, prison: str, at: dt.datetime, *, code: str = "N", reason: str = "ADMISSION"
) -> dict[str, Any]:
    """Return the message of a reception, wrapped as the national topic delivers it."""
    detail = {
        "nomsNumber": prison_number,
        "reason": reason,
        "source": "PRISON",
        "nomisMovementReasonCode": code,
        "details": f"ACTIVE IN:ADM-{code}",
    }
    detail |= {"currentLocation": "IN_PRISON", "prisonId": prison, "currentPrisonStatus": "UNDER_PRISON_CARE"}
    return _wrapped(
        "prison-offender-events.prisoner.received",
        at,
        detail,
        ("NOMS", prison_number),
        "A prisoner has been received into prison",
    )


def released(prison_number: str, prison: str, at: dt.datetime, *, code: str) -> dict[str, Any]:
    """Return the message of somebody leaving prison; the code says whether it is a release."""
    detail = {
        "nomsNumber": prison_number,
        "reason": "RELEASED",
        "details": f"Movement reason code {code}",
        "nomisMovementReasonCode": code,
    }
    detail |= {"currentLocation": "OUTSIDE_PRISON", "prisonId": prison, "currentPrisonStatus": "NOT_UNDER_PRISON_CARE"}
    return _wrapped(
        "prison-offender-events.prisoner.released",
        at,
        detail,
        ("NOMS", prison_number),
        "A prisoner has been released from prison",
    )


def dates_changed(prison_number: str, at: dt.datetime) -> dict[str, Any]:
    """Return the message that release dates changed; it never carries them."""
    return _bare(
        "calculate-release-dates.prisoner.changed",
        at,
        {"prisonerId": prison_number, "source": "CRDS"},
        ("NOMS", prison_number),
        "Release dates changed",
    )


def marked(crn: str, code: str, at: dt.datetime) -> dict[str, Any]:
    """Return the message of a marker set on a probation case, with its zone name and its old-fashioned dates."""
    detail = {
        "registerTypeCode": code,
        "registrationId": "2500427774",
        "registrationLevelCode": "",
        "registrationCategoryCode": "",
    }
    detail |= {"registrationDate": f"{at.astimezone(LONDON):%a %b %d} 00:00:00 GMT {at.astimezone(LONDON):%Y}"}
    return _bare(
        "probation-case.registration.added",
        at,
        detail,
        ("CRN", crn),
        "A new registration has been added to the probation case",
        zone="[Europe/London]",
    )


def recall_decided(crn: str, prison_number: str, at: dt.datetime) -> dict[str, Any]:
    """Return the message that an offender manager's recommendation to recall was upheld."""
    detail = {"contactOutcome": "DECISION_TO_RECALL", "recommendationUrl": "https://recall.example/1"}
    message = _bare(
        "prison-recall.recommendation.managementOversight",
        at,
        detail,
        ("CRN", crn),
        "Management oversight of a recall recommendation",
    )
    message["personReference"]["identifiers"].append({"type": "NOMS", "value": prison_number})
    return message


def _bare(
    kind: str, at: dt.datetime, detail: dict[str, Any], who: tuple[str, str], description: str, zone: str = ""
) -> dict[str, Any]:
    return {
        "eventType": kind,
        "version": 1,
        "description": description,
        "occurredAt": at.astimezone(LONDON).isoformat(timespec="milliseconds") + zone,
        "additionalInformation": detail,
        "personReference": {"identifiers": [{"type": who[0], "value": who[1]}]},
    }


def _wrapped(
    kind: str, at: dt.datetime, detail: dict[str, Any], who: tuple[str, str], description: str
) -> dict[str, Any]:
    message = _bare(kind, at, detail, who, description)
    message["publishedAt"] = f"{at.astimezone(LONDON):%Y-%m-%dT%H:%M:%S}.652815760{at.astimezone(LONDON):%z}"
    return {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": "",
        "Message": json.dumps(message),
        "Timestamp": at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "MessageAttributes": {"eventType": {"Type": "String", "Value": kind}},
    }
