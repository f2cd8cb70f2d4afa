"""What needs a broker that the test may stop: encryption, restarts, alarms."""

import asyncio
import contextlib
import datetime as dt
import ssl
from functools import partial

import pytest
from prometheus_client import CollectorRegistry
from yarl import URL

from deploy.nodes.rabbitmq import Broker
from deploy.nodes.rabbitmq_settings import Tls
from hub.access.certificates import make_certificates
from hub.access.keys import SigningKeys
from hub.api.app import make_app
from hub.api.handlers import jwks
from hub.api.settings import Settings
from hub.api.wire import serve
from hub.bootstrap import keys_path
from hub.broker.link import BrokerUnavailable, Link, NotTaken
from hub.broker.topology import COPY_KEY, DELIVERIES
from tests.contract.broker.conftest import RECEPTION, config_for, placed, refused, until
from tests.contract.broker.test_copies import copy_for
from tests.fixtures.serving import free_port

# The library leaves connections that were lost, or never came up, to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """Two authorities, each with a certificate for ``localhost``."""
    folders = [tmp_path_factory.mktemp(name) for name in ("ours", "another")]
    for folder in folders:
        make_certificates(folder, ["localhost"], [], dt.datetime.now(dt.UTC))
    return folders


@pytest.fixture(scope="module")
def hub_port():
    return free_port()


@pytest.fixture(scope="module")
def encrypting(authorities, hub_port):
    """A broker of this module's own with a certificate of ``ours``, that reads keys from ``hub_port``."""
    ours, _ = authorities
    reading = {
        "auth_oauth2.jwks_url": f"https://localhost:{hub_port}{jwks.PATH}",
        "auth_oauth2.https.peer_verification": "verify_peer",
        "auth_oauth2.https.hostname_verification": "wildcard",
        "auth_oauth2.https.cacertfile": str(ours / "ca.pem"),
        "auth_oauth2.algorithms.1": "RS256",
    }
    tls = Tls(ours / "ca.pem", ours / "server.pem", ours / "server.key")
    with Broker(tls=tls, settings=reading) as broker:
        yield broker


@pytest.fixture
def area(encrypting):
    vhost = encrypting.vhost()
    yield vhost
    encrypting.drop(vhost)


def encrypted(broker, vhost, host="localhost"):
    url = URL(vhost.url).with_scheme("amqps").with_host(host).with_port(broker.address.tls_port)
    return str(url)


@contextlib.asynccontextmanager
async def linked(*addresses, ca=None):
    link = Link(addresses, name="test", ca=ca)
    link.start()
    try:
        yield link
    finally:
        await link.stop()


async def test_a_certificate_of_our_authority(authorities, encrypting, area):
    """A broker whose certificate our authority signed is spoken to, encrypted."""
    async with linked(encrypted(encrypting, area), ca=authorities[0] / "ca.pem") as link:
        assert (await asyncio.wait_for(link.lines(), 60)).publishing.transport.connection.url.scheme == "amqps"


@pytest.mark.parametrize("ca", ["another", "this machine's"])
async def test_a_certificate_of_somebody_else(authorities, encrypting, area, ca):
    """A broker whose certificate another authority signed is told nothing, not even a password."""
    async with linked(encrypted(encrypting, area), ca=authorities[1] / "ca.pem" if ca == "another" else None) as link:
        assert "SSLCertVerificationError" == await until(lambda: told(link))
        assert not link.up
        with pytest.raises(BrokerUnavailable):
            await link.publish(DELIVERIES, COPY_KEY, copy_for("any"))


async def told(link):
    return link.fault


async def test_a_certificate_for_another_name(authorities, encrypting, area):
    """A certificate of our authority for another machine is not believed."""
    async with linked(encrypted(encrypting, area, "127.0.0.1"), ca=authorities[0] / "ca.pem") as link:
        assert "SSLCertVerificationError" == await until(lambda: told(link))
        assert not link.up


async def test_one_of_several_nodes(authorities, encrypting, area):
    """Addresses are tried in turn, and one that answers is enough."""
    dead = "amqps://admin:x@localhost:1/area"
    async with linked(dead, encrypted(encrypting, area), ca=authorities[0] / "ca.pem") as link:
        await asyncio.wait_for(link.lines(), 60)


async def test_an_alarm(tmp_path, home, encrypting, area):
    """A broker that is short of memory takes nothing: the link says so, though nobody publishes, what is published
    meanwhile arrives afterwards, and whoever reads from it goes on.
    """
    config = config_for(home, tmp_path, encrypting, area)
    async with placed(config, encrypting) as place:
        queue = (await place.open_door(RECEPTION))["urgent"]
        await asyncio.to_thread(encrypting.control, "set_vm_memory_high_watermark", "0.00001")
        try:
            await until(lambda: blocked(place.link))
            sending = asyncio.create_task(place.link.publish(DELIVERIES, COPY_KEY, copy_for(queue)))
            await asyncio.sleep(0.5)
            assert not sending.done()
            assert 0 == await asyncio.wait_for(place.depth(queue), 20)
        finally:
            await asyncio.to_thread(encrypting.control, "set_vm_memory_high_watermark", "0.6")
        await asyncio.wait_for(sending, 60)

        assert 1 == await place.depth(queue)
        await until(lambda: free(place.link))


async def blocked(link):
    return link.blocked


async def free(link):
    return link.up and not link.blocked


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_broker_that_goes_and_comes(tmp_path, home, encrypting, area, end):
    """A broker that stops or is killed, and comes again, has everything that it confirmed; the link comes by itself."""
    async with placed(config_for(home, tmp_path, encrypting, area), encrypting) as place:
        queue = (await place.open_door(RECEPTION))["urgent"]
        await place.link.publish(DELIVERIES, COPY_KEY, copy_for(queue))
        await asyncio.to_thread(encrypting.write_down)
        lines = await place.link.lines()
        await asyncio.to_thread(getattr(encrypting, end))
        await asyncio.wait_for(lines.lost.wait(), 60)
        with pytest.raises(BrokerUnavailable):
            await place.link.publish(DELIVERIES, COPY_KEY, copy_for(queue))
        await asyncio.to_thread(encrypting.start)
        await until(partial(taken, place.link, queue), 60)

        assert 2 == await place.depth(queue)


async def taken(link, queue):
    """Tell whether the broker took a copy: right after a start its queues have no leader, and refuse."""
    try:
        await link.publish(DELIVERIES, COPY_KEY, copy_for(queue))
    except (BrokerUnavailable, NotTaken):
        return False
    return True


async def test_the_broker_reads_the_published_keys(tmp_path, home, authorities, encrypting, area, hub_port):
    """A broker that knows where the hub publishes its keys takes up a new one by itself, and forgets one that was
    dropped as soon as it meets a newer.
    """
    config = config_for(home, tmp_path, encrypting, area)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authorities[0] / "server.pem", authorities[0] / "server.key")
    async with placed(config, encrypting) as place:
        app = make_app(place.hub, place.access, Settings(registry=CollectorRegistry()))
        runner = await serve(app, "127.0.0.1", hub_port, tls=context)
        try:
            first = await place.token("prisons")
            await place.connect("prisons", first)
            place.access.renew(SigningKeys.generate(keys_path(config.data)))
            await place.connect("prisons")
            await place.connect("prisons", first)
            (keys_path(config.data) / "000001.pem").unlink()
            place.access.renew(SigningKeys.generate(keys_path(config.data)))
            await place.connect("prisons")
            with refused("ProbableAuthenticationError"):
                await place.connect("prisons", first)
        finally:
            await runner.cleanup()
