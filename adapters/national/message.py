"""A domain event as it arrives: in an SNS notification or bare, its members found whatever their case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from adapters.national.times import NotATime, day_of, moment_of

T = TypeVar("T")
LARGEST: Final = 1024 * 1024
UNDECODABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class NotUnderstood(Exception):
    """Something in a message is not as expected: the field, and the rule that it breaks. Never a value."""

    def __init__(self, field: str, rule: str) -> None:
        """Keep both for the ``.reason`` file."""
        self.field = field
        self.rule = rule
        super().__init__(f"{field}: {rule}")


class DomainEvent(msgspec.Struct, frozen=True):
    """One message. Members' names are folded: producers disagree on ``CRN``, ``Crn`` and ``crn``."""

    type: str
    body: Mapping[str, Any]
    information: Mapping[str, Any]

    def text(self, *names: str) -> str | None:
        """Return the first of some members of ``additionalInformation``, or of the message, that says anything."""
        for where in (self.information, self.body):
            for name in names:
                value = where.get(name.casefold())
                if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                    return str(value).strip()
        return None

    def needed(self, *names: str) -> str:
        """Return what ``text`` returns; raises ``NotUnderstood`` where that is nothing."""
        found = self.text(*names)
        if found is None:
            raise NotUnderstood(f"additionalInformation.{names[0]}", "missing")
        return found

    def code(self, *names: str) -> str | None:
        """Return a code in capitals, or None."""
        found = self.text(*names)
        return None if found is None else found.upper()

    def moment(self) -> dt.datetime:
        """Return when it happened, in UTC; raises ``NotUnderstood``."""
        for name in ("occurredAt", "eventDatetime"):
            if found := self.body.get(name.casefold()):
                return self._time(name, found, moment_of)
        raise NotUnderstood("occurredAt", "missing")

    def day(self, name: str) -> dt.date | None:
        """Return a day that the information gives, or None where it gives none; raises ``NotUnderstood``."""
        found = self.text(name)
        return None if found is None else self._time(f"additionalInformation.{name}", found, day_of)

    def references(self) -> list[tuple[str, str]]:
        """Return the types, in capitals, and values of ``personReference.identifiers``."""
        reference = _folded(self.body.get("personreference"))
        members = reference.get("identifiers")
        listed = [_folded(member) for member in members] if isinstance(members, list) else []
        return [
            (str(each["type"]).strip().upper(), str(each["value"]))
            for each in listed
            if {"type", "value"} <= each.keys()
        ]

    @staticmethod
    def _time(field: str, value: object, read: Callable[[str], T]) -> T:
        try:
            return read(str(value))
        except NotATime as error:
            raise NotUnderstood(field, "not a time in a known form") from error


def read_message(raw: bytes) -> DomainEvent:
    """Return the domain event in some bytes; raises ``NotUnderstood``."""
    if len(raw) > LARGEST:
        raise NotUnderstood("message", "larger than 1 MiB")
    outer = _object(raw.removeprefix(b"\xef\xbb\xbf"), "message")
    if "message" not in outer:
        return _event(outer, None)
    if outer.get("type", "Notification") != "Notification":
        raise NotUnderstood("Type", "not a notification")
    inner = outer["message"]
    if not isinstance(inner, str):
        raise NotUnderstood("Message", "not a JSON string")
    attribute = _folded(_folded(outer.get("messageattributes")).get("eventtype")).get("value")
    return _event(_object(inner.encode("utf-8", "replace"), "Message"), attribute)


def _event(body: Mapping[str, Any], attribute: object) -> DomainEvent:
    kind = body.get("eventtype") or attribute
    if not isinstance(kind, str) or not kind.strip():
        raise NotUnderstood("eventType", "missing")
    return DomainEvent(kind.strip(), body, _folded(body.get("additionalinformation")))


def _object(raw: bytes, field: str) -> Mapping[str, Any]:
    try:
        value = msgspec.json.decode(raw)
    except UNDECODABLE:
        raise NotUnderstood(field, "not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise NotUnderstood(field, "not a JSON object")
    return _folded(value)


def _folded(value: object) -> Mapping[str, Any]:
    """Return an object with its names folded, or an empty one for anything else."""
    return {str(name).casefold(): member for name, member in value.items()} if isinstance(value, dict) else {}
