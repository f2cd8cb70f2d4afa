"""How what belongs to a node is found, held and ended."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from deploy.nodes.place import Place, Ports, listens, until
from deploy.nodes.postgresql import SHARED_MEMORY_LINE, Postgres, ServerFolder

ROOT = Path(__file__).parents[3]
ELSEWHERE = "cd /; sleep 1000 & sleep 1000"
NODE_THAT_STAYS = """
import os, signal
from deploy.nodes.postgresql import Postgres
print(Postgres().__enter__().address.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
SESSION = """
import time
pytest_plugins = ["tests.fixtures.nodes"]
def test_asks_for_nodes(postgres, own_postgres):
    with open("folders", "a") as file:
        print(postgres.address.folder, own_postgres.address.folder, file=file)
    time.sleep(100)
"""


class Sleepers(Place):
    """Where programs that only sleep are at home."""

    kind = "sleepers"


@pytest.fixture
def sleepers():
    place = Sleepers.make()
    yield place
    place.remove()


def launch(place):
    place.launch(["sh", "-c", ELSEWHERE], place.folder / "log", dict(os.environ))
    assert until(lambda: len(place.processes()) == 3, 60)


def test_processes_are_found_wherever_they_work(sleepers):
    """A program belongs to its node with all that it starts, also when it goes to work in another folder."""
    launch(sleepers)
    sleepers.kill()

    assert [] == sleepers.processes()


def test_folder_of_a_living_owner_is_left_alone(sleepers):
    """What a run uses that still goes on is nobody else's to remove."""
    theirs = [place.folder for place in Sleepers.of(os.getpid())]
    abandoned = [place.folder for place in Sleepers.abandoned()]

    assert [sleepers.folder] == theirs
    assert sleepers.folder not in abandoned


@pytest.fixture
def apart(monkeypatch):
    """A folder for nodes where no other run looks for what was left: it would end them before the test has looked."""
    folder = Path(tempfile.mkdtemp(prefix="hub-apart-"))
    folder.chmod(0o755)  # the server's account has its own folder in it
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_what_a_killed_run_left_is_ended_by_the_next(apart):
    """A run that was killed leaves its nodes running; the next one ends them and removes their folders."""
    run = subprocess.run(
        [sys.executable, "-c", NODE_THAT_STAYS],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(apart)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    left = ServerFolder(Path(run.stdout.strip()))
    running = left.processes()
    with Postgres():
        pass

    assert running
    assert ([], False) == (left.processes(), left.folder.exists())


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_interrupted_session_leaves_nothing(tmp_path, workers):
    """Ctrl-C ends the session's nodes and those of the tests that it interrupts, with and without workers."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.fixtures.nodes"]')
    (tmp_path / "test_session.py").write_text(SESSION)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", tmp_path, *workers, tmp_path]
    hears_ctrl_c = ["env", "--default-signal=INT"]  # which whatever a shell has in the background would not
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    folders = tmp_path / "folders"
    with subprocess.Popen([*hears_ctrl_c, *command], cwd=tmp_path, env=environment, start_new_session=True) as session:
        assert until(lambda: folders.exists() and folders.read_text().endswith("\n"), 300)
        os.killpg(session.pid, signal.SIGINT)  # as a terminal does
    places = [ServerFolder(Path(folder)) for folder in folders.read_text().split()]

    assert 2 == len(places)
    assert [([], False)] * 2 == [(place.processes(), place.folder.exists()) for place in places]


def test_server_that_was_killed_leaves_no_shared_memory():
    """Shared memory that lies outside the folder is given back too, also by a server that is never started again."""
    with Postgres() as node:
        own = (node.address.folder / "data" / "postmaster.pid").read_text().splitlines()[SHARED_MEMORY_LINE].split()[1]
        before = segments()
        node.kill()
        after = segments()

    assert own in before
    assert own not in after


def segments():
    """Return the ids of the shared memory of this machine, whosever it is."""
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


def test_port_is_kept_while_nobody_listens():
    """Nobody else is given the port of a node that is down, and the node itself may listen on it again."""
    ports = Ports()
    port = ports.take()
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", port))
    down = listens(port)
    with socket.create_server(("127.0.0.1", port)):
        up = listens(port)
    ports.free()

    assert (False, True) == (down, up)
