"""Brokers of other kinds: several nodes that are one, and the next version."""

import pika
import pytest

from deploy.nodes.cluster import Cluster
from deploy.nodes.place import until
from deploy.nodes.rabbitmq import Broker
from deploy.nodes.rabbitmq4 import ROOT, rabbitmq4_root

QUORUM = {"x-queue-type": "quorum"}


def put(url, body):
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare("letters", durable=True, arguments=QUORUM)
        channel.confirm_delivery()
        channel.basic_publish("", "letters", body)


def arrives(url, body):
    """Whether a client gets the letter that tries again, as it must while a queue chooses its next leader."""
    try:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            return body == connection.channel().basic_get("letters", auto_ack=True)[2]
    except pika.exceptions.AMQPError:
        return False


def test_cluster_goes_on_without_one_node():
    """What one node confirmed is had from another when the first is dead, and the dead one joins again."""
    with Cluster() as cluster:
        first, second, _ = cluster.nodes
        vhost = first.vhost()
        put(vhost.url, b"a letter")
        first.kill()
        arrived = until(lambda: arrives(f"{second.url}/{vhost.name}", b"a letter"), 60)
        first.start()
        joined = until(cluster.whole, 60)

    assert arrived
    assert joined


@pytest.mark.skipif(not ROOT.exists(), reason="no Debian with RabbitMQ 4 was made on this machine")
def test_next_version_is_private_too():
    """RabbitMQ 4 runs as a private node, loses nothing when it is killed, and leaves nothing behind."""
    with Broker(root=rabbitmq4_root()) as node:
        version = node.management.get("overview")["rabbitmq_version"]
        vhost = node.vhost()
        put(vhost.url, b"a letter")
        node.write_down()
        node.kill()
        node.start()
        arrived = until(lambda: arrives(vhost.url, b"a letter"), 60)

    assert (True, "4") == (arrived, version.partition(".")[0])
    assert not node.address.folder.exists()
