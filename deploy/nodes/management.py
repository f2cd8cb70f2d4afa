"""A broker's HTTP API: milliseconds where ``rabbitmqctl`` costs seconds."""

from __future__ import annotations

import urllib.error
import urllib.request
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import msgspec
import stamina

ANSWER_SECONDS = 60.0
"""RabbitMQ itself waits for up to 45 seconds until a new virtual host runs on every node of a cluster."""
ATTEMPTS = 3
"""How often it is asked for what comes to the same when it is done twice."""


class Management:
    """The API of one node, as a user with a password."""

    def __init__(self, url: str, user: str, password: str, *, seconds: float = ANSWER_SECONDS) -> None:
        """Say where it is, who asks, and for how long an answer is waited for."""
        self.url, self._seconds = url, seconds
        self._authorization = "Basic " + b64encode(f"{user}:{password}".encode()).decode()

    def get(self, *path: str) -> Any:  # noqa: ANN401 - as the broker answers
        """Return what stands at a path, given segment by segment."""
        return self._call("GET", path, None)

    @stamina.retry(on=TimeoutError, attempts=ATTEMPTS, timeout=None)
    def put(self, *path: str, **body: object) -> None:
        """Make or change what stands at a path; asked again when no answer comes.

        Raises:
            TimeoutError: it never answered.
            RuntimeError: it refuses.
        """
        self._call("PUT", path, body)

    def post(self, *path: str, **body: object) -> Any:  # noqa: ANN401 - as the broker answers
        """Ask for an action; return its answer."""
        return self._call("POST", path, body)

    @stamina.retry(on=TimeoutError, attempts=ATTEMPTS, timeout=None)
    def delete(self, *path: str) -> None:
        """Remove what stands at a path, asked again when no answer comes; what is not there is no error.

        Raises:
            TimeoutError: it never answered.
            RuntimeError: it refuses.
        """
        self._call("DELETE", path, None)

    def _call(self, method: str, path: tuple[str, ...], body: object) -> Any:  # noqa: ANN401 - as the broker answers
        segments = "/".join(quote(segment, safe="") for segment in ("api", *path))
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/{segments}",
            method=method,
            data=None if body is None else msgspec.json.encode(body),
            headers={"Authorization": self._authorization, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._seconds) as answer:  # noqa: S310 - the same
                said = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                if method == "DELETE" and error.code == 404:
                    return None
                if error.code >= 500:  # a new virtual host that does not run everywhere in time: it is there, ask again
                    raise TimeoutError(f"{method} {segments}: {error.code}") from None
                raise RuntimeError(f"{method} {segments}: {error.code} {error.read().decode()}") from None
        return msgspec.json.decode(said) if said else None
