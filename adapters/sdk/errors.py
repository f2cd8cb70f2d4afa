"""What can go wrong between an adapter and the hub: final answers, and those worth asking again.

A class's docstring is its message. No message holds a value from an event, nor an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar


class HubTrouble(Exception):
    """The hub could not be used."""

    remedy: ClassVar[str] = "Tell the hub's operator the time of it."

    def __init__(self, detail: str = "") -> None:
        """Take what is known besides the sentence: a status or a kind of failure, and no value."""
        self.detail = detail
        super().__init__(self.explain())

    @classmethod
    def code(cls) -> str:
        """Return the class's name in kebab case, as it stands in logs and ``.reason`` files."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def explain(self) -> str:
        """Return the text for a person: what happened and what to do next."""
        title = (self.__doc__ or "").strip().splitlines()[0]
        return " ".join(part for part in (title, self.detail and f"({self.detail})", self.remedy) if part)


class Unavailable(HubTrouble):
    """The hub cannot be reached or cannot answer at present."""

    remedy = "It is asked again by itself."

    def __init__(self, detail: str = "", *, after: float | None = None) -> None:
        """Keep the seconds after which the hub asked to be tried again, where it said so."""
        self.after = after
        super().__init__(detail)


class MalformedAnswer(Unavailable):
    """The hub's answer is not what the contract says."""


class NotAdmitted(HubTrouble):
    """The hub does not accept this system's key or client identifier."""

    remedy = "Check the identifier and that the hub's operator has registered this key's public half."


class UnusableAddress(HubTrouble):
    """The hub's address cannot be used."""

    remedy = "Give https://…, or amqp+https://… where the hub has a broker; plain ones are for this machine alone."


class Refused(HubTrouble):
    """The hub refused what was sent."""

    remedy = "Mend what is named and send it again."

    def __init__(self, problem: str, fields: Sequence[str] = (), status: int = 400) -> None:
        """Keep the refusal's code and, for each thing wrong, ``path: rule``."""
        self.problem = problem
        self.fields = tuple(fields)
        self.status = status
        super().__init__("; ".join((problem, *fields)))
