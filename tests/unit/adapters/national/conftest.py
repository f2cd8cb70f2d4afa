"""National messages as they arrive, all of made-up people."""

import msgspec
import pytest


def bare(kind, information=None, references=(), **members):
    body = {"eventType": kind, "version": 1, "occurredAt": "2026-03-02T09:30:00.123456789Z", **members}
    if information is not None:
        body["additionalInformation"] = information
    if references:
        body["personReference"] = {"identifiers": [{"type": t, "value": v} for t, v in references]}
    return {name: member for name, member in body.items() if member is not None}


def encoded(kind, information=None, references=(), **members):
    return msgspec.json.encode(bare(kind, information, references, **members))


def wrapped(message, kind=None):
    """Wrap a message as the notification service does."""
    attributes = {} if kind is None else {"eventType": {"Type": "String", "Value": kind}}
    outer = {
        "Type": "Notification",
        "MessageId": "11111111-2222-3333-4444-555555555555",
        "TopicArn": "",
        "Message": message.decode() if isinstance(message, bytes) else message,
        "Timestamp": "2026-03-02T09:31:00.000Z",
        "MessageAttributes": attributes,
    }
    return msgspec.json.encode(outer)


@pytest.fixture
def message():
    return encoded


@pytest.fixture
def notification():
    return wrapped
