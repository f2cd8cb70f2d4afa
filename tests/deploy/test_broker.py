"""A real broker that reads the deployment's own rabbitmq.conf: who it lets in, and whose word on keys it takes."""

from __future__ import annotations

import http.server
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pika
import pytest

from deploy.nodes.rabbitmq import Broker
from deploy.nodes.rabbitmq4 import ROOT, rabbitmq4_root
from hub.access.certificates import make_certificates
from hub.access.keys import SigningKeys
from schemas.broker import AUDIENCE
from tests.fixtures.serving import free_port

ITS_OWN = ("listeners.", "management.", "prometheus.", "cluster_formation.", "definitions.", "log.")
"""What a private node has otherwise: its ports, its neighbours, its log."""
ONLY_4 = {"anonymous_login_user", "default_queue_type"}
"""What RabbitMQ 3.10 does not know yet."""
SCOPE = f"{AUDIENCE}.read:hub/trial {AUDIENCE}.write:hub/trial {AUDIENCE}.configure:hub/trial"


class Hub:
    """The address at which a hub publishes its keys, and nothing else of it."""

    def __init__(self, keys: SigningKeys, certificates: Path, stem: str, port: int) -> None:
        """Publish some keys over TLS."""
        self.keys = keys
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = msgspec.json.encode(hub.keys.jwks())
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / f"{stem}.pem", certificates / f"{stem}.key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def token(keys, scope=SCOPE, audience=AUDIENCE):
    now = int(time.time())
    claims = {"aud": ["https://hub.example", audience], "sub": "prison", "client_id": "prison", "exp": now + 600}
    return keys.sign({**claims, "iat": now, "scope": scope}, "at+jwt")


@contextmanager
def connected(node, user, password):
    address = pika.ConnectionParameters(
        "127.0.0.1",
        node.address.port,
        "hub",
        pika.PlainCredentials(user, password),
        socket_timeout=30,
        stack_timeout=60,
    )
    with pika.BlockingConnection(address) as connection:
        yield connection.channel()


def let_in(node, user, password):
    try:
        with connected(node, user, password) as channel:
            channel.queue_declare("trial", durable=True, arguments={"x-queue-type": "quorum"})
    except pika.exceptions.AMQPError:
        return False
    return True


@pytest.fixture(params=["3", "4"])
def root(request):
    """Where the broker's programs are: Debian's own, or those of the next Debian where somebody has fetched it."""
    if request.param == "4" and not ROOT.exists():
        pytest.skip("no Debian with RabbitMQ 4 was made on this machine")
    return rabbitmq4_root() if request.param == "4" else Path("/")


def test_broker(root, folder, broker_settings):
    """The hub comes with its password and agencies with its tokens, whose keys the broker fetches from it over TLS.

    A key that is new is asked for. Nobody else is let in, and nobody else's word on keys is taken.
    """
    keys, strangers = SigningKeys.generate(folder / "keys"), SigningKeys.generate(folder / "strangers-keys")
    make_certificates(folder / "strangers", ("localhost",), (), datetime.now(UTC))
    password = (folder / "secrets" / "HUB_BROKER").read_text().split("@")[0].rpartition(":")[2]
    port = free_port()
    published = Hub(keys, folder / "tls", "hub", port)
    settings = {
        name: value.replace("/run/secrets/server", str(folder / "tls" / "broker"))
        .replace("/run/secrets", str(folder / "tls"))
        .replace("hub:8443", f"localhost:{port}")
        for name, value in broker_settings.items()
        if not name.startswith(ITS_OWN) and (root != Path("/") or name not in ONLY_4)
    }
    try:
        with Broker(root=root, settings=settings) as node:
            node.control("import_definitions", str(folder / "secrets" / "definitions.json"))

            assert let_in(node, "hub", password)
            assert not let_in(node, "hub", "wrong")
            assert not let_in(node, "guest", "guest")
            assert let_in(node, "prison", token(keys))
            assert not let_in(node, "prison", token(keys, audience="another"))
            assert not let_in(node, "prison", token(keys, scope="events:publish"))
            assert not let_in(node, "prison", token(strangers))

            published.keys = newer = SigningKeys.generate(folder / "keys")

            assert let_in(node, "prison", token(newer))

            published.close()
            published = Hub(strangers, folder / "strangers", "server", port)

            assert not let_in(node, "prison", token(strangers))
            assert let_in(node, "prison", token(newer))
    finally:
        published.close()
