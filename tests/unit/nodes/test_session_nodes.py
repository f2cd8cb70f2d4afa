"""The session's own PostgreSQL and RabbitMQ, as every test gets them."""

import contextlib
from pathlib import Path

import pika
from sqlalchemy import create_engine, text

from deploy.nodes.place import Place

LISTENING = "0A"
DEFAULT_PORTS = {5672, 5671, 15672, 15692, 25672, 4369, 5432}


def opened_by(pid):
    """What a process has open; others use the node meanwhile, so that some of it is closed before it is looked at."""
    with contextlib.suppress(FileNotFoundError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                yield str(link.readlink())


def listening(place):
    """The ports on which a place's processes listen."""
    sockets = {opened for pid in place.processes() for opened in opened_by(pid)}
    rows = [row.split() for table in ("tcp", "tcp6") for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return {int(row[1][-4:], 16) for row in rows if row[3] == LISTENING and f"socket:[{row[9]}]" in sockets}


def test_a_database_is_empty_and_takes_tables(empty_database):
    """Every test that asks gets a database with nothing in it, as a role that may change it and is no superuser."""
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        tables = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
        connection.execute(text("CREATE TABLE seen (id integer)"))
        superuser = connection.scalar(text("SHOW is_superuser"))
    engine.dispose()

    assert (0, "off") == (tables, superuser)


def test_a_virtual_host_takes_a_message(vhost):
    """Every test that asks gets a virtual host of its own, in which the administrator may do everything."""
    with pika.BlockingConnection(pika.URLParameters(vhost.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("letters", durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        channel.basic_publish("", "letters", b"a letter")
        _, _, body = channel.basic_get("letters")

    assert b"a letter" == body


def test_every_feature_is_enabled(broker):
    """The node has every feature of its version, so that quorum queues may dead-letter at least once."""
    disabled = [flag["name"] for flag in broker.management.get("feature-flags") if flag["state"] != "enabled"]

    assert [] == disabled


def test_no_default_port_is_ours(broker, postgres):
    """No node listens where a machine's own PostgreSQL, RabbitMQ or epmd would."""
    ports = listening(Place(broker.address.folder)) | listening(Place(postgres.address.folder))

    assert {broker.address.port, broker.address.management_port, postgres.address.port} <= ports
    assert set() == ports & DEFAULT_PORTS
