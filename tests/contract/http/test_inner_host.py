"""Where the inner port listens."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.fixtures.serving import Serving, free_port

MONITORING = "127.0.0.2"


class Watched(Serving):
    """A hub whose counts are told on another address than its own."""

    inner_port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"HUB_INNER_PORT": str(self.inner_port), "HUB_INNER_HOST": MONITORING}


def get(host: str, port: int) -> bytes:
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=60) as answer:
        return answer.read()


def test_inner_host(tmp_path: Path) -> None:
    """The counts are told on the inner address, and on no other one of the machine."""
    with Watched(tmp_path) as hub:
        told = get(MONITORING, hub.inner_port)
        with pytest.raises(OSError, match="refused"):
            get("127.0.0.1", hub.inner_port)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get("127.0.0.1", hub.port)

    assert b"hub_http_requests_total" in told
