"""The broker's HTTP API while the broker is slow."""

import http.server
import threading

import pytest

from deploy.nodes.management import Management

PATIENCE = 1.0
"""Seconds, in which a busy machine answers all the same."""


class Slow(http.server.BaseHTTPRequestHandler):
    """A broker that does the first thing that it is asked for long after nobody waits any more."""

    def answer(self):
        self.server.asked.append(self.command)
        if len(self.server.asked) == 1:
            self.server.over.wait()
        self.send_response(204)
        self.end_headers()

    def __getattr__(self, name):
        """Every method is answered alike."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        """Say nothing."""


class Listening(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """The one who asked is gone."""


@pytest.fixture
def slow():
    with Listening(("127.0.0.1", 0), Slow) as server:
        server.asked, server.over = [], threading.Event()
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.over.set()
        server.shutdown()
        serving.join()


@pytest.fixture
def management(slow):
    return Management(f"http://127.0.0.1:{slow.server_port}", "admin", "secret", seconds=PATIENCE)


@pytest.mark.parametrize("what", ["put", "delete"])
def test_what_may_be_done_twice_is_asked_for_again(slow, management, what):
    """A cluster that just started may let nobody know whether it made a virtual host: it is asked again."""
    getattr(management, what)("vhosts", "area")

    assert len(slow.asked) > 1
    assert {what.upper()} == set(slow.asked)


def test_an_action_is_asked_for_once(slow, management):
    """What would be done twice is not asked for again."""
    with pytest.raises(TimeoutError):
        management.post("definitions")

    assert ["POST"] == slow.asked
