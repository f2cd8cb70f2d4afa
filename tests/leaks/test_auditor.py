"""Who has all tiles, bundles and checkpoints of the log learns nothing of a person, nor how many an agency has."""

import datetime as dt
import secrets
from collections import Counter
from copy import deepcopy

import pytest

from hub.ledger.tiles import HASH, hashes_of
from schemas.labels import Role
from schemas.merkle import leaf_hash
from schemas.note import former_of, open_checkpoint
from tests.fixtures.agencies import Agencies, recipient_id
from tests.fixtures.chapters import adopted, date_set, received, released
from tests.fixtures.people import person
from tests.fixtures.story import MORNING, Story

BORDER = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
MORE = {
    "as it is": (Role.PRISON_RECEPTION, 0),
    "a reception more": (Role.PRISON_RECEPTION, 1),
    "forty receptions more": (Role.PRISON_RECEPTION, 40),
    "police teams": (Role.NEIGHBOURHOOD_POLICING, 17),
}
FACTS = {"as they are": (0, {}), "others": (500, {"surname": "Zed-" + "Z" * 60, "forename": "Q"})}
CASES = {f"{who}, {whom}": (*MORE[who], *FACTS[whom]) for who in MORE for whom in FACTS}


def agencies_with(role, more):
    """Return everybody, with so many recipients more beside the first of a role, told whatever it is told."""
    agencies = Agencies()
    like = next(each for each in agencies.recipients if each["id"] == recipient_id(role))
    agencies.recipients += [deepcopy(like) | {"id": f"{like['id']}-{n}", "name": f"Desk {n}"} for n in range(more)]
    return agencies


class Seen:
    """What an auditor sees who follows a log as it grows: all of it, and of that what are hashes."""

    def __init__(self):
        self.shape, self.hashes, self.commitments = [], [], []

    def look(self, log):
        """Fetch everything that there is."""
        keys = log.keys().verifiers
        for head in log.heads():
            signed = open_checkpoint(log.checkpoint_of(head.shard), *keys)
            former = former_of(signed)
            ends = (former.origin.rpartition("/")[2], former.size) if former else None
            self.shape.append((head.shard, signed.size, head.closed, len(log.checkpoint_of(head.shard)), ends))
            widths = [min(256, signed.size - begin) for begin in range(0, signed.size, 256)]
            tiles = [log.tile(head.shard, 0, number, width) for number, width in enumerate(widths)]
            bundles = [log.bundle(head.shard, number, width) for number, width in enumerate(widths)]
            self.shape += [(list(map(len, tiles)), list(map(len, bundles)), log.tile(head.shard, 0, len(tiles), 1))]
            self.hashes = hashes_of(b"".join(tiles))
            found = b"".join(bundles)
            self.commitments = [found[i + 2 : i + 2 + HASH] for i in range(0, len(found), HASH + 2)]
            self.shape.append({found[i : i + 2] for i in range(0, len(found), HASH + 2)})
            assert self.hashes == [leaf_hash(each) for each in self.commitments]


async def life(folder, agencies, first, details):
    """Let the same things happen at the same moments, to some people; return what an auditor sees."""
    seen, who = Seen(), [person(first + i, **details) for i in (1, 2)]
    folder.mkdir()
    every = []
    async with Story(folder, agencies=agencies, secret=secrets.token_bytes(32)) as story:
        log = story.hub.ledger.log
        for now in (MORNING, BORDER):
            story.now = now
            await adopted(story, who[0])
            await story.hub.ledger.grow()
            seen.look(log)
            await received(story, who[0])
            await date_set(story, who[0], now.date() + dt.timedelta(days=3))
            await received(story, who[1])
            await story.look_up(Role.COORDINATOR, who[0])
            await released(story, who[0])
            await story.hub.ledger.grow()
            seen.look(log)
            every += seen.commitments
        told = sum([len(await story.copies(each["id"])) for each in agencies.recipients])
    return seen.shape, every, told


@pytest.mark.parametrize(("role", "more", "first", "details"), CASES.values(), ids=CASES)
async def test_worlds_look_alike(tmp_path, role, more, first, details):
    """Whoever an agency's people and recipients are, and how many, sizes, counts and months are the same."""
    usual, one, told = await life(tmp_path / "one", Agencies(), 0, {})
    other, another, told_there = await life(tmp_path / "other", agencies_with(role, more), first, details)

    assert usual == other
    assert (told_there > told) == (more > 0)
    assert len({*one, *another}) == len(one) + len(another) > 20
    assert len(usual) > 10


async def test_hashes_are_as_if_drawn(tmp_path):
    """Of what is committed to, every byte at every place is as likely as any other, however many were told."""
    drawn = b""
    for turn, (role, more) in enumerate(MORE.values()):
        drawn += b"".join((await life(tmp_path / str(turn), agencies_with(role, more), turn, {}))[1])
    count, places = len(drawn) / 256, [drawn[i::HASH] for i in range(HASH)]
    chi_squared = sum((found - count) ** 2 / count for found in (Counter(drawn)[value] for value in range(256)))
    ones = [sum(byte.bit_count() for byte in place) / (8 * len(place)) for place in places]

    assert count > 8
    assert 255 - 6 * 22.6 < chi_squared < 255 + 6 * 22.6  # with 255 degrees of freedom: 22.6 is one deviation
    assert [] == [place for place, share in enumerate(ones) if abs(share - 0.5) > 6 * 0.5 / (8 * len(places[0])) ** 0.5]
