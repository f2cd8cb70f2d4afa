"""Nodes of a test's own, which it may stop and kill."""

import ssl
import time
from datetime import UTC, datetime

import jwt
import pika
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import create_engine, text

from deploy.nodes.place import until
from deploy.nodes.postgresql import Postgres
from deploy.nodes.rabbitmq import Broker
from deploy.nodes.rabbitmq_settings import RESOURCE, Tls
from hub.access.certificates import make_certificates

ENDS_AND_STARTS = (("kill", "start"), ("restart",))


class Signer:
    """Whoever gives tokens: a key pair, and what a broker must know of it."""

    def __init__(self, kid):
        self.kid = kid
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, vhost):
        claims = {"aud": [RESOURCE], "scope": f"{RESOURCE}.read:{vhost.name}/*/*", "exp": int(time.time()) + 600}
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self.kid})


def admitted(node, vhost, token):
    """Whether whoever has the token is let into a virtual host."""
    credentials = pika.PlainCredentials("anybody", token)
    try:
        pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", node.address.port, vhost.name, credentials)
        ).close()
    except pika.exceptions.ProbableAuthenticationError:
        return False
    return True


def put(node, vhost):
    """Put a letter into a new queue, and have the broker write the queue's name to its disk: it confirms without."""
    with pika.BlockingConnection(pika.URLParameters(vhost.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("letters", durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        channel.basic_publish("", "letters", b"a letter")
    node.write_down()


def arrives(vhost):
    """Whether somebody who tries again, as the queue has no leader at first, gets the letter."""
    try:
        with pika.BlockingConnection(pika.URLParameters(vhost.url)) as connection:
            return b"a letter" == connection.channel().basic_get("letters", auto_ack=True)[2]
    except pika.exceptions.AMQPError:
        return False


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with a certificate for this machine and the authority that signed it."""
    folder = tmp_path_factory.mktemp("authority")
    make_certificates(folder, ["localhost"], [], datetime.now(UTC))
    return folder


@pytest.fixture(scope="module")
def first():
    return Signer("first")


@pytest.fixture(scope="module")
def node(authority, first):
    """A node for this module alone, with a key for tokens and a door for TLS."""
    tls = Tls(authority / "ca.pem", authority / "server.pem", authority / "server.key")
    with Broker(keys={first.kid: first.pem}, tls=tls) as node:
        yield node


@pytest.fixture
def room(node):
    """A virtual host of the module's own node."""
    vhost = node.vhost()
    yield vhost
    node.drop(vhost)


def test_token_is_checked_with_the_key_it_names(node, room, first):
    """A token is good when a key that the broker trusts signed it, and only under that key's id."""
    impostor = Signer(first.kid)

    assert (True, False) == (admitted(node, room, first.token(room)), admitted(node, room, impostor.token(room)))


def test_added_key_is_trusted_now_and_after_a_start(node, room):
    """A key that is added while the broker runs is trusted from then on, also by the next start."""
    second = Signer("second")
    before = admitted(node, room, second.token(room))
    node.add_key(second.kid, second.pem)
    now = admitted(node, room, second.token(room))
    node.kill()
    node.start()

    assert (False, True, True) == (before, now, admitted(node, room, second.token(room)))


def test_tls_door_shows_its_certificate(node, room, authority):
    """A client that trusts the authority reaches the broker by AMQPS."""
    context = ssl.create_default_context(cafile=authority / "ca.pem")
    parameters = pika.ConnectionParameters(
        "localhost",
        node.address.tls_port,
        room.name,
        pika.PlainCredentials("admin", node.address.identity.password),
        ssl_options=pika.SSLOptions(context, "localhost"),
    )
    with pika.BlockingConnection(parameters) as connection:
        assert connection.is_open


def test_connections_of_one_virtual_host_are_closed(node, room):
    """The broker closes the connections of one virtual host and leaves the others alone."""
    other = node.vhost()
    closed, kept = (pika.BlockingConnection(pika.URLParameters(vhost.url)) for vhost in (room, other))
    node.close_connections(room)

    with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
        closed.process_data_events(60)
    kept.process_data_events(0)
    kept.close()
    node.drop(other)


@pytest.mark.parametrize("steps", ENDS_AND_STARTS, ids=" and ".join)
def test_confirmed_message_outlives_its_broker(node, room, steps):
    """A message that was confirmed is there again at the same address, however the broker ended."""
    put(node, room)
    for step in steps:
        getattr(node, step)()

    assert until(lambda: arrives(room), 60)


@pytest.mark.parametrize("steps", ENDS_AND_STARTS, ids=" and ".join)
def test_committed_row_outlives_its_server(own_postgres, steps):
    """What was committed is there again at the same address, however the server ended."""
    engine = create_engine(own_postgres.database())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE letters AS SELECT 'a letter' AS body"))
    engine.dispose()
    for step in steps:
        getattr(own_postgres, step)()
    with engine.begin() as connection:
        body = connection.scalar(text("SELECT body FROM letters"))
    engine.dispose()

    assert "a letter" == body


@pytest.mark.parametrize("durable", [True, False])
def test_durability_is_a_choice(durable):
    """A commit waits for the disk unless the test said that it need not."""
    with Postgres(durable=durable) as node:
        engine = create_engine(node.database())
        with engine.begin() as connection:
            waits = connection.scalar(text("SHOW fsync"))
        engine.dispose()

    assert ("on" if durable else "off") == waits
