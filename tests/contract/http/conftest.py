"""A real hub behind a real server on a free port, a client of every kind, and all that was logged."""

import asyncio
import contextlib
import datetime as dt
import itertools
import json
import shutil
from pathlib import Path

import aiohttp
import pytest
import structlog
from prometheus_client import CollectorRegistry

from adapters.sdk.credentials import AgencyKey
from hub.access.keys import SigningKeys
from hub.access.tokens import LIFETIME, Principal, issue_token
from hub.api.access import Access
from hub.api.app import make_app
from hub.api.settings import Settings
from hub.api.wire import serve
from hub.bootstrap import build_hub, initialise, keys_path
from hub.config import Config
from schemas.catalogue import CATALOGUE
from schemas.envelope import BATCH, SINGLE

HERE = Path(__file__).parent
POLICIES = Path(__file__).parents[3] / "policies"
SYSTEMS = ("scheme", "prison", "police", "charity", "operator", "idle")
PUBLIC_URL = "https://hub.example"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MARKER = "Zzyzx-7731"
SHUTDOWN_SECONDS = 5
"""How long a door that closes waits for what is under way."""

PERSON = {
    "surname": "Example",
    "forename": "Erin",
    "date_of_birth": "1981-04-05",
    "identifiers": [{"kind": "pnc", "value": "1981/0000034U"}],
}


async def until(ask, seconds=30):
    """Ask again until there is an answer, and return it."""
    async with asyncio.timeout(seconds):
        while not (answer := await ask()):  # noqa: ASYNC110 - what is awaited happens at the server
            await asyncio.sleep(0.02)
    return answer


class Door:
    """The server's address, its hub, and a session that speaks to it as any system."""

    person = PERSON
    marker = MARKER

    def __init__(self, hub, runner, access, keys, session):
        self.hub, self.runner, self.access, self.keys, self.session = hub, runner, access, keys, session
        self.host, self.port = runner.addresses[0][:2]
        self.url = f"http://{self.host}:{self.port}"
        self.tokens = {}
        self._ids = itertools.count(1)

    def principal(self, name, **changes):
        system = self.hub.directory.systems[f"{name}-system"]
        given = {
            "client_id": system.client_id,
            "agency": system.agency,
            "recipients": tuple(sorted(system.recipients)),
            "permissions": tuple(sorted(system.permissions)),
            "expires": self.hub.now() + LIFETIME,
        }
        return Principal(**(given | changes))

    def token(self, name, *, keys=None, issuer=PUBLIC_URL, audience="hub", ago=dt.timedelta(), **changes):
        now = self.hub.now() - ago
        principal = self.principal(name, **({"expires": now + LIFETIME} | changes))
        return issue_token(principal, keys or self.access.keys, issuer, audience, now)

    def bearer(self, name):
        if name not in self.tokens:
            self.tokens[name] = self.token(name)
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    async def ask(self, method, path, *, by=None, headers=None, **request):
        """Send one request; return status, headers and body."""
        given = (self.bearer(by) if by else {}) | (headers or {})
        async with self.session.request(method, self.url + path, headers=given, **request) as answer:
            return answer.status, answer.headers, await answer.read()

    async def get(self, path, by=None, **request):
        return await self.ask("GET", path, by=by, **request)

    async def post(self, path, value, by=None, **request):
        return await self.ask("POST", path, by=by, json=value, **request)

    async def publish(self, by, *bodies, media=None):
        """Publish one event, or several as a batch."""
        bodies = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
        body = bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"
        headers = {"Content-Type": media or (SINGLE if len(bodies) == 1 else BATCH)}
        return await self.ask("POST", "/events", by=by, data=body, headers=headers)

    async def copies(self, by, recipient, **query):
        status, _, body = await self.get(f"/mailboxes/{recipient}/copies", by, params=query)
        assert 200 == status, body
        return json.loads(body)["copies"]

    def assertion(self, name, audience=f"{PUBLIC_URL}/oauth/token", **options):
        now = options.pop("now", self.hub.now())
        return self.keys[name].client_assertion(f"{name}-system", audience, now, **options)

    async def ask_token(self, **form):
        given = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE} | form
        return await self.ask("POST", "/oauth/token", data={k: v for k, v in given.items() if v is not None})

    def event(self, kind, source, data, **changes):
        """Return an event's members; every one has a new id."""
        return {
            "specversion": "1.0",
            "id": f"event-{next(self._ids)}",
            "source": source,
            "type": kind,
            "time": self.hub.now().isoformat(),
            "dataschema": CATALOGUE[kind].dataschema,
            "data": data,
        } | changes

    def received(self, person=None, **changes):
        data = {"subject": person or PERSON, "custody": {"in_custody": True, "establishment": "BMI"}}
        return self.event("custody.received", "urn:prison", data, **changes)

    def adopted(self, person=None, **changes):
        membership = {"scheme": "made-up-ppo", "kind": "PPO", "lead": True}
        data = {"subject": person or PERSON, "memberships": [membership]}
        return self.event("ppo.adopted", "urn:scheme", data, **changes)


@pytest.fixture(scope="session")
def agency_keys():
    return {name: AgencyKey.generate() for name in SYSTEMS}


@pytest.fixture(scope="session")
def home(tmp_path_factory, agency_keys):
    """What a new hub needs, made once: secret, signing key, store, directory."""
    home = tmp_path_factory.mktemp("home")
    initialise(home / "data")
    shutil.copy(HERE / "directory.yaml", home)
    for name, key in agency_keys.items():
        (home / f"{name}-system.json").write_text(json.dumps(key.public_jwk()))
    asyncio.run(once(config_of(home, home)))
    return home


def config_of(home, folder):
    return Config(data=folder / "data", directory=home / "directory.yaml", policies=(POLICIES,))


async def once(config):
    """Open a hub and close it, so that its store is made."""
    hub = build_hub(config)
    await hub.start()
    await hub.stop()


@pytest.fixture
def opened(tmp_path, home, agency_keys):
    """Open a hub's door, with other limits where a test needs them."""

    @contextlib.asynccontextmanager
    async def opened(*, shutdown_seconds=SHUTDOWN_SECONDS, **limits):
        if not (tmp_path / "data").exists():
            shutil.copytree(home / "data", tmp_path / "data")
        config = config_of(home, tmp_path)
        hub = build_hub(config)
        await hub.start()
        keys = SigningKeys.load(keys_path(config.data))
        access = Access(keys, issuer=PUBLIC_URL, audience="hub", public_url=PUBLIC_URL)
        app = make_app(hub, access, Settings(registry=CollectorRegistry(), build={"version": "1"}, **limits))
        runner = await serve(app, "127.0.0.1", 0, shutdown_seconds=shutdown_seconds)
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                yield Door(hub, runner, access, agency_keys, session)
        finally:
            await runner.cleanup()
            await hub.stop()

    return opened


@pytest.fixture
async def door(opened):
    async with opened() as door:
        yield door


@pytest.fixture
def logs(caplog):
    """Return everything logged so far, by either library."""
    with structlog.testing.capture_logs() as entries:
        yield lambda: repr(entries) + caplog.text
