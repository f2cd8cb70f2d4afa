"""Rotation of the signing keys while the hub serves."""

import datetime as dt
import json

from click.testing import CliRunner

from hub.access.keys import SigningKeys
from hub.access.rotation import MARGIN, SETTLING
from hub.access.tokens import LIFETIME
from hub.api.key_watch import KeyWatch
from hub.bootstrap import keys_path
from hub.cli.keys import keys as command
from tests.contract.http.conftest import config_of

MOMENT = dt.timedelta(seconds=1)


class Clock:
    """The true time, and ahead of it by as much as the test says."""

    ahead = dt.timedelta()

    def __call__(self):
        return dt.datetime.now(dt.UTC) + self.ahead


async def published(door):
    _, _, body = await door.get("/.well-known/jwks.json")
    return [key["kid"] for key in json.loads(body)["keys"]]


async def test_rotation_disturbs_nobody(door, home, tmp_path):
    """A new key is published, then signs; tokens of the former are good until they expire, and then it is gone."""
    folder, clock = keys_path(config_of(home, tmp_path).data), Clock()
    watch = KeyWatch(door.access, folder, clock)
    old, before = door.access.keys.kid, door.token("prison")
    new = SigningKeys.generate(folder).kid
    watch.look()
    listed = await published(door)
    clock.ahead += SETTLING + MOMENT
    watch.look()
    signing, after = await published(door), door.token("prison")
    used = [(await door.get("/doors", headers={"Authorization": f"Bearer {t}"}))[0] for t in (before, after)]
    clock.ahead += LIFETIME + MARGIN
    watch.look()

    assert ([old, new], [new, old], [200, 200]) == (listed, signing, used)
    assert [new] == await published(door)
    assert 401 == (await door.get("/doors", headers={"Authorization": f"Bearer {before}"}))[0]
    assert 1 == len(list(folder.glob("*.pem")))


async def test_a_stolen_key_is_dropped_at_once(door, home, tmp_path):
    """A key that is taken out of the folder lets nobody in any more, though its tokens are not over."""
    folder = keys_path(config_of(home, tmp_path).data)
    watch = KeyWatch(door.access, folder, door.hub.now)
    before = door.token("prison")
    SigningKeys.generate(folder)
    (folder / "000001.pem").unlink()
    watch.look()

    assert 401 == (await door.get("/doors", headers={"Authorization": f"Bearer {before}"}))[0]
    assert 200 == (await door.get("/doors", headers={"Authorization": f"Bearer {door.token('prison')}"}))[0]


async def test_a_folder_that_cannot_be_read(door, home, tmp_path, logs):
    """While the folder is not as it should be the hub goes on with the keys that it has, and says so once."""
    folder = keys_path(config_of(home, tmp_path).data)
    watch = KeyWatch(door.access, folder, door.hub.now)
    before = await published(door)
    (folder / "copy of a key.pem").touch()
    watch.look()
    watch.look()

    assert before == await published(door)
    assert 1 == logs().count("keys-unreadable")


def test_the_operator_s_commands(home, tmp_path, monkeypatch):
    """An operator adds a key, sees what each is for, and drops any but the last."""
    config = config_of(home, tmp_path)
    folder = keys_path(config.data)
    SigningKeys.generate(folder)
    monkeypatch.setenv("HUB_DATA", str(config.data))
    monkeypatch.setenv("HUB_DIRECTORY", str(config.directory))
    monkeypatch.setenv("HUB_POLICIES", str(config.policies[0]))

    def run(*words):
        return CliRunner().invoke(command, words)

    first = SigningKeys.load(folder).kid
    rotated = run("rotate").output
    listed = run("list").output.split()
    dropped = run("drop", first)

    assert "signs in 30 seconds" in rotated
    assert [first, "signs", rotated.split()[0], "signs", "soon"] == listed
    assert 0 == dropped.exit_code
    assert [rotated.split()[0], "signs"] == run("list").output.split()
    assert 0 != run("drop", rotated.split()[0]).exit_code
    assert 0 != run("drop", first).exit_code
