"""A private RabbitMQ node for tests, benchmarks, campaigns and rehearsals: no default port, nothing left behind."""

from __future__ import annotations

import fcntl
import secrets
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec

from deploy.nodes.epmd import Epmd
from deploy.nodes.management import Management
from deploy.nodes.place import Place, Ports, listens, until
from deploy.nodes.rabbitmq_settings import ADMIN, PROGRAMS, Address, Files, Identity, Tls

READY_SECONDS = 180
STOP_SECONDS = 60


class NodeFolder(Place):
    kind = "rabbitmq"


class VirtualHost(msgspec.Struct, frozen=True):
    """A virtual host of one test, with the address at which the administrator may do everything in it."""

    name: str
    url: str


class Broker:
    """One RabbitMQ node on 127.0.0.1 in a temporary folder, with all its ports its own.

    Methods block: in a coroutine call those that start or stop by ``asyncio.to_thread``.
    """

    def __init__(
        self,
        *,
        keys: Mapping[str, str] | None = None,
        tls: Tls | None = None,
        settings: Mapping[str, str | int] | None = None,
        owner: int | None = None,
        root: Path = Path("/"),
        identity: Identity | None = None,
    ) -> None:
        """Say what it is to be.

        Args:
            keys: The PEM of each public key by which a token's signature may be checked, by key id.
            tls: The files of the AMQPS door, which is closed without them.
            settings: More lines of rabbitmq.conf.
            owner: The process whose end is the node's, this one if not said.
            root: Where its programs are, if not here: the folder of a whole system, which root alone may enter.
            identity: Who it is, if it belongs to a cluster.
        """
        self._keys, self._tls, self._settings, self._owner = dict(keys or {}), tls, dict(settings or {}), owner
        self._root, self._identity = root, identity
        self._ports = Ports()
        self._epmd: Epmd | None = None

    def __enter__(self) -> Self:
        """Make the folder and start.

        Raises:
            RuntimeError: RabbitMQ is not installed, or does not come up.
        """
        if not (self._root / PROGRAMS.relative_to("/") / "rabbitmq-server").exists():
            raise RuntimeError("RabbitMQ is not installed: apt-get install rabbitmq-server")
        for abandoned in NodeFolder.abandoned():
            abandoned.remove()
        self._take(self._address(NodeFolder.make(self._owner)))
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def at(cls, address: Address) -> Self:
        """Return a node that another process started and will end."""
        node = cls()
        node._take(address)
        return node

    def _take(self, address: Address) -> None:
        self.address, self._files, self._place = address, Files(address), NodeFolder(address.folder)

    def _address(self, place: NodeFolder) -> Address:
        take = self._ports.take
        return Address(
            root=self._root,
            folder=place.folder,
            identity=self._identity or self._alone(),
            port=take(),
            tls_port=take(),
            management_port=take(),
            prometheus_port=take(),
            distribution_port=take(),
        )

    def _alone(self) -> Identity:
        self._epmd = Epmd(self._owner)
        return Identity(new_name(), secrets.token_hex(16), secrets.token_hex(16), self._epmd.port)

    @property
    def url(self) -> str:
        """The address of AMQP for the administrator, without a virtual host."""
        return f"amqp://{ADMIN}:{self.address.identity.password}@127.0.0.1:{self.address.port}"

    @property
    def prometheus(self) -> str:
        """The address of the node's metrics."""
        return f"http://127.0.0.1:{self.address.prometheus_port}/metrics"

    @property
    def management(self) -> Management:
        """The node's HTTP API, as the administrator."""
        return Management(f"http://127.0.0.1:{self.address.management_port}", ADMIN, self.address.identity.password)

    def vhost(self) -> VirtualHost:
        """Make an empty virtual host."""
        name = f"hub-{secrets.token_hex(6)}"
        self.management.put("vhosts", name)
        # Whoever makes one may use it, but not where it did not run everywhere in time.
        self.management.put("permissions", name, ADMIN, configure=".*", write=".*", read=".*")
        return VirtualHost(name, f"{self.url}/{name}")

    def drop(self, vhost: VirtualHost) -> None:
        """Remove a virtual host and all in it; its connections are closed."""
        self.management.delete("vhosts", vhost.name)

    def add_key(self, kid: str, pem: str) -> None:
        """Trust one more key for tokens, now and after a start."""
        self._keys[kid] = pem
        self._files.key(kid).parent.mkdir(exist_ok=True)
        self._files.key(kid).write_text(pem)
        with (self.address.folder / "adding").open("w") as adding:
            fcntl.flock(adding, fcntl.LOCK_EX)  # of two at once, also from other processes, the broker may forget one
            self.control("add_uaa_key", f"--pem-file={self._files.key(kid)}", "--", kid)  # an id may begin with a dash

    def close_connections(self, vhost: VirtualHost | None = None) -> None:
        """Close every AMQP connection, or those of one virtual host, from the broker's side."""
        which = ["--vhost", vhost.name] if vhost else ["--global"]
        self.control("close_all_connections", *which, "closed by the operator")

    def control(self, *words: str) -> str:
        """Run ``rabbitmqctl``, which costs half a second or more; return what it prints.

        Raises:
            RuntimeError: it refuses.
        """
        done = subprocess.run(
            self._files.command("rabbitmqctl", "--node", self.address.identity.name, "--quiet", *words),
            cwd=self.address.folder,
            env=self._files.environment(),
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {words[0]} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    def write_down(self) -> None:
        """Have on its disk what was declared, which it writes by itself two seconds later.

        A queue that is lost before stays without a leader after the next start, with all that was confirmed.
        """
        self.control("eval", "{mnesia:sync_log(), [dets:sync(Table) || Table <- dets:all()]}.")

    def start(self) -> None:
        """Start it, and wait until AMQP and the HTTP API answer.

        Raises:
            RuntimeError: it does not come up; the message has the end of its log.
        """
        self._files.write(self._keys, self._tls, self._settings)
        self._place.launch(self._files.command("rabbitmq-server"), self._files.log, self._files.environment())
        until(lambda: self._answers() or not self._place.processes(), READY_SECONDS)
        if not self._answers():
            raise RuntimeError(f"RabbitMQ did not come up:\n{self._files.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End it in good order."""
        if not self._place.end(signal.SIGTERM, STOP_SECONDS, only=int(self._files.pid.read_text())):
            raise RuntimeError("RabbitMQ did not stop")

    def kill(self) -> None:
        """End all of it as a power cut would."""
        self._place.kill()

    def restart(self) -> None:
        """Stop and start it."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it at once and remove everything."""
        self._place.remove()
        self._ports.free()
        if self._epmd:
            self._epmd.close()

    def _answers(self) -> bool:
        try:
            return listens(self.address.port) and bool(self.management.get("overview"))
        except (OSError, RuntimeError):
            return False


def new_name() -> str:
    """Return a name for a node that no other has."""
    return f"hub-{secrets.token_hex(4)}@localhost"
