"""A hub beside a real broker: what it declares, the tokens that it gives, and strangers' clients that try things."""

import asyncio
import contextlib
import json
import shutil

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError
from pamqp.exceptions import PAMQPException
from yarl import URL

from deploy.nodes.rabbitmq import VirtualHost
from hub.access.keys import SigningKeys
from hub.access.tokens import LIFETIME, issue_token
from hub.api.access import Access
from hub.bootstrap import build_hub, initialise, keys_path, utc_now
from hub.broker.declare import depth
from hub.broker.keepers import Keepers
from hub.broker.link import Link
from hub.broker.topology import LANES, intake_queue
from hub.config import Config
from schemas.broker import intake_exchange
from schemas.envelope import SINGLE
from tests.fixtures.agencies import POLICIES, Agencies
from tests.fixtures.area import PARTITIONS, trust

PUBLIC_URL = "https://hub.example"
RECEPTION, DESK = "prison-reception-1", "custody-officer-1"
"""A recipient of the agency ``prisons``, and one of ``police``."""


class Place:
    """The hub's side of one virtual host, and whoever else connects to it."""

    def __init__(self, config, hub, link, keepers, broker):
        self.config, self.hub, self.link, self.keepers, self.broker = config, hub, link, keepers, broker
        self.access = Access(
            SigningKeys.load(keys_path(config.data)), issuer=PUBLIC_URL, audience=PUBLIC_URL, public_url=PUBLIC_URL
        )
        self.vhost = VirtualHost(config.virtual_host, config.broker[0])
        self.stack = contextlib.AsyncExitStack()

    @property
    def version(self):
        """The broker's version, major and minor."""
        return tuple(map(int, self.broker.management.get("overview")["rabbitmq_version"].split(".")[:2]))

    @property
    def old(self):
        """Whether the broker is of the 3.x series, which is laxer in several things."""
        return self.version < (4,)

    async def token(self, agency, *, lifetime=LIFETIME):
        """Return a token as the hub gives it, good for a shorter time where a test asks."""
        hub, now = self.hub, self.hub.now()
        system = hub.directory.systems[f"{agency}-system"]
        jti, until = f"{agency}-{now.isoformat()}", now + lifetime
        scopes = await hub.standing.admit(system, system.permissions, jti, expires=until, until=until)
        principal = self.access.verify(self.access.grant(system, system.permissions, scopes, now), now)
        return issue_token(principal, self.access.keys, PUBLIC_URL, PUBLIC_URL, now, lifetime)

    async def connect(self, agency, token=None):
        """Connect as an agency's system would."""
        url = URL(self.config.broker[0]).with_user(f"{agency}-system").with_password(token or await self.token(agency))
        return await self.stack.enter_async_context(await aio_pika.connect(url, timeout=30))

    async def channel(self, agency, token=None):
        """Connect, and return the broker's channel with confirms."""
        return await raw(await self.connect(agency, token))

    async def admin(self):
        """Return a channel on which everything is allowed."""
        return await raw(await self.stack.enter_async_context(await aio_pika.connect(self.config.broker[0])))

    async def open_door(self, recipient):
        """Open the broker's door of a recipient; return the names of its queues by lane."""
        await self.hub.standing.ask(recipient, "amqp")
        door = await until(lambda: self.door(recipient, "open"))
        return {lane: f"{door.queue}.{lane}" for lane in LANES}

    async def door(self, recipient, state):
        rows = await self.hub.standing.rows()
        return next((row for row in rows if (row.recipient, row.state) == (recipient, state)), None)

    async def depth(self, queue):
        """Return how many messages are ready in a queue."""
        return await depth((await self.link.lines()).consuming, queue)

    async def taken(self):
        """Return how many messages each intake queue has, leaving out those that have none."""
        names = [intake_queue(lane, n) for lane in LANES for n in range(PARTITIONS)] + ["intake.unroutable"]
        found = {name: await self.depth(name) for name in names}
        return {name: count for name, count in found.items() if count}


async def until(ask, seconds=60):
    """Ask again until there is an answer, and return it."""
    end = asyncio.get_running_loop().time() + seconds
    while not (answer := await ask()):
        assert asyncio.get_running_loop().time() < end, "in vain"
        await asyncio.sleep(0.05)
    return answer


async def raw(connection):
    channel = connection.channel(publisher_confirms=True, on_return_raises=True)
    await channel.initialize()
    return await channel.get_underlay_channel()


async def first(channel, queue):
    """Return the first message of a queue."""
    got = asyncio.Queue()
    await channel.basic_consume(queue, got.put, timeout=30)
    return await asyncio.wait_for(got.get(), 30)


def event_by(agency, kind="custody.received", *, user=None, **properties):
    """Return where and how an agency publishes an event; for tests of the broker its body does not matter."""
    user_id = f"{agency}-system" if user is None else user
    message = aio_pika.Message(b"", content_type=SINGLE, delivery_mode=2, user_id=user_id, **properties)
    return {
        "body": json.dumps({"type": kind}).encode(),
        "exchange": intake_exchange(agency),
        "routing_key": kind,
        "mandatory": True,
        "timeout": 30,
        "properties": message.properties,
    }


@contextlib.contextmanager
def refused(kind):
    """Expect the broker to refuse in this way."""
    with pytest.raises((AMQPError, PAMQPException)) as raised:
        yield
    assert kind == raised.type.__name__, repr(raised.value)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The secret, the signing key and the directory of every hub in these tests."""
    home = tmp_path_factory.mktemp("home")
    initialise(home / "data")
    Agencies().write(home / "directory.yaml")
    return home


@pytest.fixture(scope="session")
def keys(home):
    return SigningKeys.load(keys_path(home / "data"))


@pytest.fixture(scope="session")
def trusting(broker, keys):
    """The session's broker, which trusts the hub's key."""
    trust(broker, keys)
    return broker


def config_for(home, folder, broker, vhost, **settings):
    """Return the settings of a hub on the embedded store, beside a broker."""
    if not (folder / "data").exists():
        shutil.copytree(home / "data", folder / "data")
    given = {
        "data": folder / "data",
        "directory": home / "directory.yaml",
        "policies": (POLICIES,),
        "broker": (vhost.url,),
        "broker_public_url": f"amqp://127.0.0.1:{broker.address.port}/{vhost.name}",
        "broker_management": (broker.management.url,),
        "partitions": PARTITIONS,
        "resend_after_seconds": 1,
    }
    return Config(**(given | settings))


@contextlib.asynccontextmanager
async def placed(config, broker, *, keeping=True, clock=utc_now):
    """Run a hub with its link to the broker and those who keep it, without intake and dispatch."""
    hub = build_hub(config, clock)
    link = Link(config.broker, name="test", ca=config.broker_ca)
    keepers = Keepers(hub, link, config)
    await hub.start(ticking=False)
    link.start()
    if keeping:
        keepers.start()
    place = Place(config, hub, link, keepers, broker)
    async with place.stack:
        try:
            async with asyncio.timeout(60):
                await link.lines()
            yield place
        finally:
            await keepers.stop()
            await link.stop()
            await hub.stop()


@pytest.fixture
async def place(tmp_path, home, trusting, vhost):
    async with placed(config_for(home, tmp_path, trusting, vhost), trusting) as place:
        yield place
