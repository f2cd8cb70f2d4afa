"""What messages leave out is looked up: in a file, or at a service of the agency's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from adapters.national.message import UNDECODABLE, NotUnderstood

T = TypeVar("T")
Subject = Literal["release-dates", "breach-notices", "movements"]
"""What can be looked up."""
SECONDS = 20.0


class LookUpFailed(Exception):
    """A look-up could not be asked; the message is kept aside and may be given again."""


class LookUp(Protocol):
    """One kind of look-up."""

    async def find(self, key: str) -> dict[str, Any] | None:
        """Return what is known under a key, or None; raises ``LookUpFailed``."""


class FileLookUp:
    """A JSON object by key in a file, read again each time, so that it may be replaced while we run."""

    def __init__(self, path: Path) -> None:
        """Take the file."""
        self._path = path

    async def find(self, key: str) -> dict[str, Any] | None:
        """Look in the file; see ``LookUp``."""
        try:
            known = msgspec.json.decode(self._path.read_bytes(), type=dict[str, dict[str, Any]])
        except (OSError, *UNDECODABLE):
            raise LookUpFailed from None
        return known.get(key)


class HttpLookUp:
    """A service that answers ``GET`` with a JSON object, or 404 where it knows nothing.

    ``template`` holds ``{key}``, for instance ``https://dates.example/people/{key}``.
    """

    def __init__(self, template: str, session: aiohttp.ClientSession, token: str | None = None) -> None:
        """Take the address, an open session, and the bearer token where the service needs one."""
        if "{key}" not in template:
            raise ValueError("the look-up's address has no {key} in it")
        self._template = template
        self._session = session
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    async def find(self, key: str) -> dict[str, Any] | None:
        """Ask the service; see ``LookUp``."""
        address = self._template.replace("{key}", quote(key, safe=""))
        limit = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with self._session.get(
                address, headers=self._headers, timeout=limit, allow_redirects=False
            ) as answer:
                if answer.status == 404:
                    return None
                if answer.status != 200:
                    raise LookUpFailed
                return msgspec.json.decode(await answer.read(), type=dict[str, Any])
        except (aiohttp.ClientError, TimeoutError, OSError, *UNDECODABLE):
            raise LookUpFailed from None


def answer_as(kind: type[T], answer: dict[str, Any] | None, subject: Subject) -> T:
    """Return a look-up's answer as its type; raises ``NotUnderstood`` where there is none or of another form."""
    if answer is None:
        raise NotUnderstood(subject, "the look-up has no answer")
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError:
        raise NotUnderstood(subject, "the look-up's answer is not of the form that docs/adapters.md gives") from None
