"""A recipient's own program fetches the proof of a copy from the hub that gave it, and verifies it by itself."""

import datetime as dt

import msgspec
import pytest
from aiohttp import ClientSession

from adapters.sdk import connect
from adapters.sdk.errors import Refused
from schemas.labels import Role
from schemas.note import open_keys, read_verifier
from schemas.proof import verify
from schemas.proof_file import read_proof
from schemas.record.custody import Custody
from tests.fixtures.agencies import recipient_id
from tests.fixtures.chapters import member
from tests.fixtures.people import event, person
from tests.fixtures.serving import Serving

RECEPTION, DESK = recipient_id(Role.PRISON_RECEPTION), recipient_id(Role.CUSTODY_OFFICER)


@pytest.fixture
def serving(tmp_path):
    serving = Serving(tmp_path)
    serving.start()
    yield serving
    serving.kill()


def agency(serving, name):
    return connect(serving.address, serving.agencies.client_id(name), serving.agencies.keys[name])


async def publish(serving, by, kind, **blocks):
    told = event(kind, person(1), dt.datetime.now(dt.UTC), serving.agencies.source(by), f"{kind}-1", **blocks)
    async with agency(serving, by) as client:
        (outcome,) = await client.publish([msgspec.json.encode(told)])
        assert "accepted" == outcome.state


async def keys_of(serving):
    """Return the log's keys as anybody finds them, whoever has none yet taking the note's own."""
    async with (
        ClientSession() as session,
        session.get(f"{serving.address}/.well-known/offender-hub-ledger-keys") as answer,
    ):
        note = await answer.text()
    return open_keys(note, read_verifier(note.splitlines()[1]))


async def test_a_proof_is_fetched(serving):
    """Who has a copy gets its proof at once, which holds and does not say who published; nobody else gets it."""
    await publish(serving, "schemes", "ppo.adopted", memberships=[member()])
    await publish(serving, "prisons", "custody.received", custody=Custody(in_custody=True, establishment="BMI"))
    async with agency(serving, "prisons") as client:
        copies = (await client.copies(RECEPTION, wait=5, limit=10)).copies
        files = [(each, (await client.proof(RECEPTION, each.delivery)).decode()) for each in copies]
        with pytest.raises(Refused) as never:
            await client.proof(RECEPTION, "no-such-copy")
    async with agency(serving, "police") as client:
        refusals = [never.value]
        for recipient in (RECEPTION, DESK):
            with pytest.raises(Refused) as refused:
                await client.proof(recipient, copies[0].delivery)
            refusals.append(refused.value)
    keys = await keys_of(serving)

    assert files
    for copy, file in files:
        assert [] == [step for step in verify(read_proof(file), keys, bytes(copy.copy)) if not step.holds]
        assert read_proof(file).published is None
        assert "prisons-system" not in file
    assert [404] * 3 == [each.status for each in refusals]
    assert 1 == len({(each.problem, tuple(each.fields)) for each in refusals})
