"""The prison that a message names."""

from __future__ import annotations

import re
from typing import Final

from adapters.national.message import DomainEvent, NotUnderstood

NOWHERE: Final = frozenset({"OUT", "TRN"})
"""Not places: the national system's words for outside, and for being moved."""
_FORM: Final = re.compile(r"[A-Z]{2,3}", re.ASCII)


def establishment(event: DomainEvent) -> str | None:
    """Return the code of the prison, or None where the message names none.

    Raises:
        NotUnderstood: it is of another form.
    """
    code = event.code("prisonId")
    if code is None or code in NOWHERE:
        return None
    if not _FORM.fullmatch(code):
        raise NotUnderstood("additionalInformation.prisonId", "not the form of an establishment code")
    return code
