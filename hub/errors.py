"""Every refusal and fault of the hub: one class, one sentence, and what to do next.

A class's docstring is its message, ``remedy`` says what to do next and ``status`` is the HTTP
status of its problem answer (RFC 9457). No message ever holds a value from an event: problems
name a field and a rule, nothing else.
"""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: the path of the field and the rule it broke, never the value."""

    field: str
    rule: str


class HubError(Exception):
    """The hub could not do what was asked."""

    status: ClassVar[int] = 500
    remedy: ClassVar[str] = "Tell the hub's operator the time and the request identifier."

    def __init__(self, *problems: Problem) -> None:
        """Keep the problems; the sentence comes from the class."""
        self.problems = problems
        super().__init__(self.explain())

    @classmethod
    def code(cls) -> str:
        """Return the class's name in kebab case: the problem type, the metric label, the log word."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """Return the one sentence that says what happened."""
        return (cls.__doc__ or HubError.__doc__ or "").strip().splitlines()[0]

    def explain(self) -> str:
        """Return the text for a person: what happened, where, and what to do next."""
        where = "; ".join(f"{p.field}: {p.rule}" for p in self.problems)
        return " ".join(part for part in (self.title(), where and f"({where})", self.remedy) if part)


class Refused(HubError):
    """The hub refused what was sent."""

    status = 400
    remedy = "Mend what is named and send it again."


class Malformed(Refused):
    """The body is not well-formed JSON in UTF-8."""


class WrongMediaType(Refused):
    """The content type is not one that this address takes."""

    status = 415
    remedy = "Send application/cloudevents+json or application/cloudevents-batch+json."


class TooLarge(Refused):
    """The body is larger than the hub takes."""

    status = 413
    remedy = "Send smaller events or fewer in one batch."


class UnknownType(Refused):
    """The hub knows no event of this type and version."""

    status = 422
    remedy = "Use a type and version of the published catalogue."


class Invalid(Refused):
    """The event does not fit its schema."""

    status = 422


class NotYours(Refused):
    """This is not yours to assert."""

    status = 403
    remedy = "Events are published by the agency whose fact they are, under its own source."


class DifferentContent(Refused):
    """An event with this source and id was accepted before with different content."""

    status = 409
    remedy = "Give each event an id of its own; to mend an earlier event send a correction."


class Unauthenticated(Refused):
    """The caller's identity could not be established."""

    status = 401
    remedy = "Ask for a new token with a new signed assertion."


class NotPermitted(Refused):
    """The caller's token does not carry the permission that this address needs."""

    status = 403
    remedy = "Ask the hub's operator which permissions your system is registered with."


class Unproven(Refused):
    """The message does not say whose it is, or not in the way that the broker checks."""

    status = 403
    remedy = "Publish to your own intake exchange, with your client identifier as user_id."


class SmuggledRoutes(Refused):
    """The message asks the broker for further routes."""

    status = 403
    remedy = "Leave out the headers CC and BCC: the hub works out who is concerned."


class Unroutable(Refused):
    """No intake queue takes messages with this routing key."""

    status = 422
    remedy = "Use the event's type as the routing key."


class Suspended(Refused):
    """Your agency's part in the sharing is suspended."""

    status = 403
    remedy = "Ask the hub's operator; what you send now is kept for them and not shared."


class OtherDoor(Refused):
    """This recipient's copies come by the other door."""

    status = 409
    remedy = "Receive them there, or change the recipient's door."


class DoorClosing(Refused):
    """This recipient's door is being closed; what waits behind it goes first."""

    status = 409
    remedy = "Ask again when GET /doors shows the door http."


class NoBroker(Refused):
    """This hub has no broker."""

    status = 409
    remedy = "Receive over HTTP."


class SecondPerson(Refused):
    """A version comes into force when somebody else than its proposer says so."""

    status = 409
    remedy = "Let a second person sign it, with a key of their own."


class NotSigned(Refused):
    """The step is not the one that was signed."""

    status = 409
    remedy = "Take the step without a signature to see what is to be signed now, and sign that."


class OutOfTurn(Refused):
    """The version is not where this step can be taken."""

    status = 409
    remedy = "See where it stands with 'hub policy versions'."


class BadQuestion(Refused):
    """The question cannot be answered as it is asked."""

    status = 422
    remedy = "Mend what is named and ask again."


class NotFound(Refused):
    """There is nothing here that you may see."""

    status = 404
    remedy = "Check the address and the identifiers."


class Erased(Refused):
    """What this was about has been erased."""

    status = 410
    remedy = "What remains is that it happened, when, and to whom it was told; a proof made earlier still verifies."


class OnHold(Refused):
    """A legal hold stops this: nothing of this person may be erased."""

    status = 409
    remedy = "See 'hub hold list'; whoever set it can lift it."


class Fault(HubError):
    """The hub itself failed."""

    status = 503
    remedy = "Nothing was disclosed; send again later."


class StoreUnavailable(Fault):
    """The store cannot be written at present."""


class UnfitVersion(StoreUnavailable):
    """A published version of an agreement is not what its name says, so nothing is decided."""

    remedy = "Nothing was disclosed. Compare the store with its backup and the record; see docs/agreement-versions.md."


class LogBroken(StoreUnavailable):
    """The log over the record is not what was signed, so it does not go on and nothing is disclosed."""

    remedy = "Nothing was signed. Run 'hub ledger check' to see what differs; see docs/formats/checkpoint.md."


class LogStale(StoreUnavailable):
    """What was recorded has not come under a signed checkpoint for too long, so nothing is disclosed."""


class NotLogged(Refused):
    """The entry is not in the log."""

    status = 409
    remedy = "What was recorded before there was a log cannot be proved by it."


class LeaseLost(Fault):
    """This worker was given up for dead while it did not answer; others do its work."""

    remedy = "Nothing of it was written; the worker joins anew by itself."


class TooBusy(Fault):
    """More is waiting than the hub takes at once."""

    remedy = "Send again after the time in Retry-After."


class Misconfigured(HubError):
    """The hub will not start with this configuration."""

    remedy = "Mend the setting that is named; see docs/configuration.md."


class DocumentInvalid(HubError):
    """The document cannot be used as it is written."""

    status = 422
    remedy = "Mend each line that is named; nothing of this document is in force until then."


class TooIntricate(HubError):
    """So many cases differ in these agreements that it cannot be worked out when a rule holds."""

    status = 422
    remedy = "Write rules with fewer exceptions that ask for several facts at once."
