"""A hunt: everything that may happen to a dozen people through the door of a running hub, and then every byte that
came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from adapters.sdk.http import ASSERTION_TYPE
from schemas.catalogue import CATALOGUE
from schemas.envelope import BATCH
from schemas.labels import Category, Role
from tests.fixtures.agencies import AGENCY_OF, KINDS, recipient_id
from tests.fixtures.serving import Serving
from tests.leaks.marked import Marker, Marking, Someone, agencies_of

SKIPPED = {"identity.unmerged", "ppo.deselected", "record.restricted", "youth.involved", "identity.merged"}
"""Event types that are told once, to somebody chosen."""
SHARE = 0.5
"""How many of all pairs of event type and person a round has."""
WORKERS = {
    Role.DRUG_TREATMENT: "treatment",
    Role.GP: "treatment",
    Role.MENTAL_HEALTH: "treatment",
    Role.COUNCIL_HOUSING: "tenancy",
    Role.HOUSING_ASSOCIATION: "referral",
    Role.HOSTEL: "stay",
    Role.CONTRACTED_PROVIDER: "referral",
    Role.VOLUNTARY: "referral",
    Role.MENTOR: "referral",
    Role.SCHOOL: "stay",
    Role.SENTENCER: "own-order",
    Role.CHILDRENS_SERVICES: "referral",
}
"""Who works with everybody, and how."""
PEOPLE = (
    Someone(name="first on a scheme", number=11),
    Someone(name="second on a scheme", number=12),
    Someone(name="third on a scheme", number=13),
    Someone(name="de-selected", number=14),
    Someone(name="restricted", number=15),
    Someone(name="young with the team", number=16, youth=True),
    Someone(name="young without it", number=17, youth=True),
    Someone(name="stranger", number=18, on_scheme=False),
    Someone(name="another stranger", number=19, on_scheme=False),
    Someone(name="merged", number=20),
)


class Mailed(msgspec.Struct, frozen=True):
    """One copy as it came through the door."""

    recipient: str
    role: Role
    type: str
    body: bytes


class Hunt:
    """What was said at every door, by whom it was heard, and what the hub left behind."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Make a hub; nothing runs yet."""
        self.serving = Serving(folder, level="debug")
        self.marking = Marking(seed)
        self.copies: list[Mailed] = []
        self.answers: list[tuple[str, bytes]] = []
        """What every other answer said: its address, and its body with its head."""
        self.lookups: list[tuple[Role, str, Someone, bytes]] = []
        self.outcomes: dict[str, int] = {}
        self.after_restriction: set[str] = set()
        """What was first said of the restricted person when the record was restricted already."""
        self._tokens: dict[str, str] = {}

    def run(self, rounds: int) -> None:
        """Let everything happen, so many times over, and gather what came of it."""
        with self.serving:
            asyncio.run(self._run(rounds))
            self.files = {p: p.read_bytes() for p in self._files()}
            self.serving.stop()

    @property
    def log(self) -> bytes:
        """All that the hub said on standard error and output."""
        return self.serving.log.read_bytes()

    def columns(self) -> Iterator[tuple[str, bytes]]:
        """Yield each value of the store, with its table and column."""
        with sqlite3.connect(self.serving.data / "hub.sqlite") as db:
            tables = [t for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                rows = db.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the store's own tables
                names = [d[0] for d in rows.description]
                for row in rows:
                    yield from (
                        (f"{table}.{n}", v if isinstance(v, bytes) else str(v).encode())
                        for n, v in zip(names, row, strict=True)
                    )
        db.close()

    def _files(self) -> list[Path]:
        return [p for p in self.serving.data.rglob("*") if p.is_file()]

    async def _run(self, rounds: int) -> None:
        async with aiohttp.ClientSession(self.serving.address) as self._session:
            for agency in (*KINDS, "operator"):
                self._tokens[agency] = await self._token(agency)
            await self._lives(rounds)
            await self._refusals()
            for role in Role:
                for n in "12":
                    await self._mailbox(role, recipient_id(role, n))
                await self._ask(role)
            await self._others()

    async def _lives(self, rounds: int) -> None:
        events = list(self._beginnings())
        later = [  # nothing that could bring somebody back on a scheme who is to be de-selected
            (kind, someone, self.marking.random.choice(agencies_of(kind)))
            for kind in CATALOGUE
            if CATALOGUE[kind].asserted_by and kind not in SKIPPED
            for someone in PEOPLE
            for _ in range(rounds)
            if self.marking.random.random() < SHARE
            if not kind.startswith("ppo.") or (someone.on_scheme and someone is not PEOPLE[3])
        ]
        self.marking.random.shuffle(later)
        events += [(agency, self.marking.event(kind, someone, agency)) for kind, someone, agency in later]
        half = len(events) // 2
        events[half:half] = list(self._turns())
        of_one = {
            v
            for _, e in events[half + 3 :]
            if e["data"]["subject"]["surname"] == self.marking.identity(PEOPLE[4])["surname"]
            for v, _ in self._in(e)
        }
        self.after_restriction = of_one - {v for _, e in events[: half + 3] for v, _ in self._in(e)}
        await self._publish(events)

    def _in(self, event: dict[str, Any]) -> Iterator[tuple[str, Marker]]:
        return self.marking.found(json.dumps(event).encode())

    def _beginnings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for i, someone in enumerate(PEOPLE):
            if someone.on_scheme:
                yield "probation", self._adoption(someone, "north" if i % 2 else "south")
        for someone in PEOPLE:
            yield (
                "probation",
                self.marking.event(
                    "referral.changed", someone, "probation", referrals=[self._work(someone, role) for role in WORKERS]
                ),
            )
            if someone.on_scheme:
                yield (
                    "probation",
                    self.marking.event("case.allocated", someone, "probation", cases=[self._case(someone)]),
                )
        yield (
            "yot",
            self.marking.event(
                "youth.involved", PEOPLE[5], "yot", youth={"yot": "party", "handover": "open", "voluntary_agreed": True}
            ),
        )

    def _case(self, someone: Someone) -> dict[str, Any]:
        reference = self.marking.word({Category.REFERENCES}, "cases[].reference", someone, kind="case.allocated")
        officer = recipient_id(Role.NATIONAL_OFFENDER_MANAGER)
        return {
            "reference": reference,
            "supervised_by": officer,
            "kind": "community-order",
            "testing_required": True,
            "attendance_required": True,
        }

    def _work(self, someone: Someone, role: Role) -> dict[str, Any]:
        holder, path = recipient_id(role), "referrals[].reference"
        word = self.marking.word({Category.REFERRAL}, path, someone, kind="referral.changed", holder=holder)
        return {"holder": holder, "kind": WORKERS[role], "state": "open", "reference": word}

    def _adoption(self, someone: Someone, scheme: str) -> dict[str, Any]:
        strands = ["catch-and-convict", "rehabilitate-and-resettle"]
        membership = {
            "scheme": scheme,
            "kind": "PPO" if scheme == "north" else "IOM",
            "strands": strands,
            "partners": ["drug-treatment-1", "hostel-1"],
        }
        return self.marking.event("ppo.adopted", someone, "probation", memberships=[membership])

    def _turns(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What happens once, in the middle: somebody is de-selected, restricted, or found to be another."""
        ended = [
            {
                "scheme": s,
                "kind": "PPO",
                "end_reason": self.marking.word({Category.MARKER}, "memberships[].end_reason", PEOPLE[3]),
            }
            for s in ("north", "south")
        ]
        yield "probation", self.marking.event("ppo.deselected", PEOPLE[3], "probation", memberships=ended)
        yield (
            "probation",
            self.marking.event("record.restricted", PEOPLE[4], "probation", restriction={"restricted": True}),
        )
        numbers = self.marking.identity(PEOPLE[9])["identifiers"]
        removed = {
            "kind": "prison-number",
            "value": self.marking.note("Z7777ZZ", {Category.REFERENCES}, "merge.removed.value", PEOPLE[9]),
        }
        yield (
            "prisons",
            self.marking.event("identity.merged", PEOPLE[9], "prisons", merge={"kept": numbers[0], "removed": removed}),
        )

    async def _refusals(self) -> None:
        """Say what has to be refused, with markers in every place where a refusal could quote them."""
        someone = PEOPLE[0]

        def secret(where: str) -> str:
            return self.marking.word({Category.NAME}, f"refused {where}", Someone(name="nobody", number=99))

        good = self.marking.event(
            "custody.received", someone, "prisons", custody={"in_custody": True, "establishment": "BMI"}
        )
        wrong: list[dict[str, Any]] = [
            good | {"id": secret("id")} | {"extra": secret("member")},
            good | {"id": "r1", "type": secret("type")},
            good | {"id": "r2", "dataschema": secret("dataschema")},
            good | {"id": "r3", "source": f"https://{secret('source')}.example"},
            good | {"id": "r4", "time": secret("time")},
            good | {"id": "r5", "data": good["data"] | {secret("name of a member"): 1}},
            good
            | {
                "id": "r6",
                "data": good["data"] | {"custody": {"in_custody": secret("boolean"), "establishment": secret("code")}},
            },
            good
            | {
                "id": "r7",
                "data": good["data"] | {"subject": {"identifiers": [{"kind": "pnc", "value": secret("number")}]}},
            },
            good | {"id": "r8", "data": good["data"] | {"subject": {"sex": secret("enum")}}},
            good | {"id": "r9", "data": good["data"] | {"subject": {"surname": secret("lonely surname")}}},
            good
            | {
                "id": "r10",
                "data": good["data"]
                | {"referrals": [{"holder": secret("holder"), "kind": "referral", "state": "open"}]},
            },
        ]
        for event in wrong:
            await self._publish([("prisons", event)])
        await self._say(
            "POST",
            "/events",
            "prisons",
            data=f'{{"id": "{secret("broken")}"'.encode(),
            headers={"Content-Type": "application/cloudevents+json"},
        )
        await self._say("GET", f"/mailboxes/{secret('path')}/copies", "prisons")
        await self._say(
            "GET", "/deliveries", "prisons", params={"recipient": secret("query"), secret("parameter"): "1"}
        )
        await self._say(
            "POST",
            "/lookups",
            "prisons",
            json={
                "recipient": secret("recipient"),
                "reason": secret("reason"),
                "person": {"surname": secret("surname")},
            },
        )
        await self._say(
            "POST",
            f"/held/{secret('held')}/settle",
            "schemes",
            json={"person": secret("candidate"), "reason": secret("reason")},
        )
        await self._say(
            "POST", "/oauth/token", None, data={"grant_type": secret("grant"), "client_assertion": secret("assertion")}
        )
        await self._say(
            "GET", f"/{secret('address')}", None, headers={"X-Secret": secret("header"), "traceparent": secret("trace")}
        )

    async def _publish(self, events: list[tuple[str, dict[str, Any]]]) -> None:
        """Publish in order; a run of one agency's events is one batch."""
        while events:
            agency = events[0][0]
            run = [e for _, e in _leading(events, agency)]
            del events[: len(run)]
            body = await self._say(
                "POST", "/events", agency, data=json.dumps(run).encode(), headers={"Content-Type": BATCH}
            )
            for outcome in json.loads(body).get("outcomes", [{"state": "none"}]):
                self.outcomes[outcome["state"]] = self.outcomes.get(outcome["state"], 0) + 1

    async def _mailbox(self, role: Role, recipient: str) -> None:
        """Take everything from one mailbox, giving receipts."""
        while True:
            body = await self._heard("GET", f"/mailboxes/{recipient}/copies", AGENCY_OF[role], params={"limit": "500"})
            copies = json.loads(body)["copies"]
            if not copies:
                return
            self.copies += [Mailed(recipient, role, c["copy"]["type"], json.dumps(c).encode()) for c in copies]
            await self._say(
                "POST",
                "/receipts",
                AGENCY_OF[role],
                json={"recipient": recipient, "deliveries": [c["delivery"] for c in copies]},
            )
            await self._say("GET", "/deliveries", AGENCY_OF[role], params={"recipient": recipient})

    async def _ask(self, role: Role) -> None:
        """Look everybody up as one role."""

        async def ask(someone: Someone) -> None:
            known = {"identifiers": self.marking.identity(someone)["identifiers"][:1]}
            question = {"recipient": recipient_id(role), "reason": "a stated reason", "person": known}
            self.lookups.append(
                (
                    role,
                    recipient_id(role),
                    someone,
                    await self._heard("POST", "/lookups", AGENCY_OF[role], json=question),
                )
            )

        await asyncio.gather(*(ask(someone) for someone in PEOPLE))

    async def _others(self) -> None:
        """Ask what is left to ask."""
        for path in (
            "/health",
            "/health/liveness",
            "/health/readiness",
            "/health/ping",
            "/info",
            "/metrics",
            "/openapi.json",
            "/.well-known/jwks.json",
        ):
            await self._say("GET", path, None)
        for agency in (*KINDS, "operator"):
            await self._say("GET", "/held", agency, params={"limit": "500"})
        for someone in PEOPLE:
            known = {"identifiers": self.marking.identity(someone)["identifiers"][:1]}
            await self._say("POST", "/disclosures", "schemes", json={"reason": "a complaint", "person": known})

    async def _say(self, method: str, path: str, agency: str | None, **request: Any) -> bytes:
        """Ask for something whose answer may hold no value at all."""
        body, head = await self._ask_door(method, path, agency, **request)
        self.answers.append((f"{method} {path}", head + b"\n\n" + body))
        return body

    async def _heard(self, method: str, path: str, agency: str, **request: Any) -> bytes:
        """Ask for something whose answer may hold what the asker may see; its head may hold nothing."""
        body, head = await self._ask_door(method, path, agency, **request)
        self.answers.append((f"head of {method} {path}", head))
        return body

    async def _ask_door(self, method: str, path: str, agency: str | None, **request: Any) -> tuple[bytes, bytes]:
        headers = dict(request.pop("headers", {}))
        if agency:
            headers["Authorization"] = f"Bearer {self._tokens[agency]}"
        for _ in range(3):  # a connection may end between two requests, and everything may be asked again
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with self._session.request(method, path, headers=headers, **request) as answer:
                    return await answer.read(), repr(sorted(answer.headers.items())).encode()
        raise RuntimeError("the hub did not answer")

    async def _token(self, agency: str) -> str:

        assertion = self.serving.agencies.keys[agency].client_assertion(
            f"{agency}-system", f"{self.serving.address}/oauth/token", dt.datetime.now(dt.UTC)
        )
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        async with self._session.post("/oauth/token", data=form) as answer:
            return str((await answer.json())["access_token"])


def _leading(events: list[tuple[str, dict[str, Any]]], agency: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for event in events[:100]:
        if event[0] != agency:
            return
        yield event
