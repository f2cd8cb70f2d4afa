"""An auditor follows the log by its tiles, and learns how many entries there are and nothing of any."""

import datetime as dt
import json

import pytest

from hub.ledger.tiles import NOTHING, grown, hashes_of, named, path_of
from schemas.merkle import EMPTY, leaf_hash
from schemas.note import open_checkpoint, open_keys

AUDITOR = "operator"


def month(door):
    return f"{door.hub.now():%Y-%m}"


async def fetched(door, path):
    """Return what is at an address of the month, which a test does not outlast but by a bad chance."""
    status, headers, body = await door.get(f"/ledger/{month(door)}/{path}", AUDITOR)
    assert 200 == status, body
    return headers["Content-Type"], body


async def test_the_log_is_followed(door):
    """Checkpoint, tiles and entries fit each other, and have the media types of the specification."""
    await door.publish("scheme", door.adopted())
    await door.publish("prison", door.received())
    await door.hub.ledger.grow()
    kind, note = await fetched(door, "checkpoint")
    signed = open_checkpoint(note.decode(), *door.hub.ledger.log.keys().verifiers)
    octets, tile = await fetched(door, f"tile/0/000.p/{signed.size}")
    _, bundle = await fetched(door, f"tile/entries/000.p/{signed.size}")
    entries = [bundle[i + 2 : i + 34] for i in range(0, len(bundle), 34)]

    assert ("text/plain; charset=utf-8", "application/octet-stream") == (kind, octets)
    assert [b"\x00\x20"] * signed.size == [bundle[i : i + 2] for i in range(0, len(bundle), 34)]
    assert hashes_of(tile) == [leaf_hash(entry) for entry in entries]
    assert signed.root == grown(NOTHING, hashes_of(tile))[0].root()
    assert tile[:64] == (await fetched(door, "tile/0/000.p/2"))[1]


async def test_nothing_is_there_yet(door):
    """Before anything was recorded the log is empty, which is signed as well, and has no tile."""
    _, _, note = await door.get("/ledger/checkpoint", AUDITOR)

    assert (0, EMPTY) == open_checkpoint(note.decode(), *door.hub.ledger.log.keys().verifiers)[1:3]
    assert {"shards": []} == json.loads((await door.get("/ledger/shards", AUDITOR))[2])
    for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"):
        assert 404 == (await door.get(f"/ledger/{month(door)}/{path}", AUDITOR))[0]


WRONG = [
    "tile/0/000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/200",
    "tile/0/001.p/1",
    "tile/00/000.p/1",
    "tile/64/000.p/1",
    "tile/0/x000/000.p/1",
    "tile/0/0.p/1",
    "tile/0/0000.p/1",
    "tile/0/xxx.p/1",
    "tile/0/000.p/1/1",
    "tile/0/000.q/1",
    "tile/entries/000.p/200",
    "tile/entries/x000/000.p/1",
    "tile/1/000.p/1",
    "tile/0/" + "/".join(["x999"] * 9) + "/999",
]


@pytest.mark.parametrize("path", WRONG)
async def test_what_is_no_tile(door, path):
    """What names no tile of the log as it stands, or not in the one way that the specification has, is not there."""
    await door.publish("scheme", door.adopted())
    await door.hub.ledger.grow()

    assert 404 == (await door.get(f"/ledger/{month(door)}/{path}", AUDITOR))[0]


async def test_months_are_found(door):
    """What there is of months is listed; one that there is not, or that is none, is not there."""
    await door.publish("scheme", door.adopted())
    await door.hub.ledger.grow()
    _, _, listed = await door.get("/ledger/shards", AUDITOR)
    _, _, last = await door.get("/ledger/checkpoint", AUDITOR)
    (shard,) = json.loads(listed)["shards"]

    assert (month(door), False) == (shard["shard"], shard["closed"])
    assert last == (await fetched(door, "checkpoint"))[1]
    assert last.decode().startswith(f"{shard['origin']}\n{shard['size']}\n")
    for other in ("1999-01", "1999-1", "whole"):
        assert 404 == (await door.get(f"/ledger/{other}/checkpoint", AUDITOR))[0]


async def test_the_keys_are_public(door):
    """Anybody finds the log's keys at a well-known address, in a note that each of them has signed."""
    (key,) = door.hub.ledger.log.keys().verifiers
    await door.hub.ledger.new_key(door.principal("operator"), "the old one is a year old", dt.timedelta(days=1))
    status, headers, note = await door.get("/.well-known/offender-hub-ledger-keys")

    assert (200, "text/plain; charset=utf-8") == (status, headers["Content-Type"])
    assert list(door.hub.ledger.log.keys().verifiers) == open_keys(note.decode(), key)
    assert 2 == len(open_keys(note.decode(), key))


async def test_who_has_no_permission(door):
    """A partner may not follow the log: when something was recorded of which it was told nothing is not its matter."""
    own = [f"{month(door)}/{path}" for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1")]
    for path in ("checkpoint", "shards", *own):
        status, _, body = await door.get(f"/ledger/{path}", "prison")
        assert (403, "/problems/not-permitted") == (status, json.loads(body)["type"])


async def test_all_entries_look_alike(door):
    """Whatever was recorded, and to however many it went, is 32 bytes to an auditor, none like another."""
    await door.publish("scheme", door.adopted())
    await door.publish("prison", door.received(), door.received())
    await door.ask("POST", "/disclosures", by="scheme", json={"reason": "why", "person": door_person(door)})
    await door.hub.ledger.grow()
    size = door.hub.ledger.log.head().size
    _, tile = await fetched(door, f"tile/0/000.p/{size}")
    _, bundle = await fetched(door, f"tile/entries/000.p/{size}")

    assert size > 4
    assert (32 * size, 34 * size) == (len(tile), len(bundle))
    assert size == len({bundle[i : i + 34] for i in range(0, len(bundle), 34)})
    ones = sum(byte.bit_count() for byte in tile)
    assert 0.42 < ones / (len(tile) * 8) < 0.58


def door_person(door):
    return door.adopted()["data"]["subject"]


NUMBERS = {0: "000", 67: "067", 999: "999", 1000: "x001/000", 1234067: "x001/x234/067"}


@pytest.mark.parametrize(("number", "path"), NUMBERS.items(), ids=NUMBERS.values())
def test_how_tiles_are_numbered(number, path):
    """A tile's number is written and read as in the specification, whose example is the last."""
    assert path == path_of(number)
    assert (number, 256) == named(path)
    assert (number, 17) == named(f"{path}.p/17")
