"""Everything that everybody hears of one story, through the door: answers with their heads, of which only what is
random is made alike.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import aiohttp
from prometheus_client import CollectorRegistry

from hub.access.keys import SigningKeys
from hub.access.tokens import issue_token
from hub.api.access import Access
from hub.api.app import make_app
from hub.api.settings import Settings
from hub.api.wire import serve
from schemas.labels import Role
from schemas.record.person import Person
from tests.fixtures.agencies import AGENCY_OF, recipient_id
from tests.fixtures.story import Story

URL = "https://hub.example"
Tale = Callable[[Story, Person], Awaitable[None]]
"""What happens; told once to each of two hubs."""
RANDOM = (
    (re.compile(rb'("(?:delivery|id)": ?)"[A-Za-z0-9_-]{43}"'), rb'\1"a delivery of 43 characters"'),
    (re.compile(rb'("entry": ?)"[0-9a-f]{32}"'), rb'\1"an entry of 32 characters"'),
)
"""Ids of a fixed length, chosen at random."""
NOT_OF_THE_STORY = {"date", "x-request-id"}


@cache
def keys() -> SigningKeys:
    """Return the hub's signing keys, one pair for all stories."""
    folder = Path(mkdtemp(prefix="signing-keys-"))
    SigningKeys.generate(folder)
    return SigningKeys.load(folder)


class Watched:
    """One story, and what each recipient hears while it is told."""

    def __init__(self, folder: Path) -> None:
        """Make a hub in a folder."""
        folder.mkdir(parents=True)
        self.story = Story(folder)
        self.heard: dict[str, list[bytes]] = {}

    async def tell(self, tale: Tale, person: Person, watchers: list[tuple[Role, str]]) -> dict[str, list[bytes]]:
        """Tell the story; return what each watcher heard, in order: mailbox, deliveries, and a look-up of the
        person.
        """
        access = Access(keys(), issuer=URL, audience="hub", public_url=URL)
        async with self.story:
            settings = Settings(registry=CollectorRegistry(), lookup_grain=0.001, most_watching=999)
            runner = await serve(make_app(self.story.hub, access, settings), "127.0.0.1", 0)
            host, port = runner.addresses[0][:2]
            async with aiohttp.ClientSession(f"http://{host}:{port}") as session:
                await tale(self.story, person)
                for role, n in watchers:
                    await self._watch(session, role, n, person)
            await runner.cleanup()
        return self.heard

    async def _watch(self, session: aiohttp.ClientSession, role: Role, n: str, person: Person) -> None:
        name = recipient_id(role, n)
        principal = self.story.principal(AGENCY_OF[role])
        token = issue_token(principal, keys(), URL, "hub", self.story.now)
        headers = {"Authorization": f"Bearer {token}"}
        question = {"recipient": name, "reason": "a stated reason", "person": _written(person)}
        asked: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("GET", f"/mailboxes/{name}/copies?limit=500", {}),
            ("GET", f"/deliveries?recipient={name}", {}),
            ("POST", "/lookups", {"json": question}),
        )
        for method, path, more in asked:
            async with session.request(method, path, headers=headers, **more) as answer:
                head = sorted((k, v) for k, v in answer.headers.items() if k.lower() not in NOT_OF_THE_STORY)
                self.heard.setdefault(name, []).append(
                    alike(await answer.read()) + repr((answer.status, head)).encode()
                )


def alike(body: bytes) -> bytes:
    """Return the body with random ids made alike; everything else, and every length, stays."""
    for looks, instead in RANDOM:
        body = looks.sub(instead, body)
    return body


def _written(person: Person) -> dict[str, Any]:
    return {"identifiers": [{"kind": i.kind, "value": i.value} for i in person.identifiers or ()]}


async def told_twice(
    folder: Path, tales: tuple[Tale, Tale], people: tuple[Person, Person], watchers: list[tuple[Role, str]]
) -> dict[str, tuple[list[bytes], list[bytes]]]:
    """Tell two stories to two hubs; return for each watcher what it heard of the one and of the other."""
    one = await Watched(folder / "one").tell(tales[0], people[0], watchers)
    other = await Watched(folder / "other").tell(tales[1], people[1], watchers)
    return {name: (one[name], other[name]) for name in one}


def first_difference(one: list[bytes], other: list[bytes]) -> str:
    """Return where two things that were heard part, for a person to read."""
    for ours, theirs in zip(one, other, strict=True):
        if ours != theirs:
            at = next(
                (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
            )
            return f"…{ours[max(0, at - 300) : at + 200]!r}\n  instead of …{theirs[max(0, at - 300) : at + 200]!r}"
    return ""
