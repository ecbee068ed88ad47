"""Alluxio on loopback addresses: one master or three, and workers, each in a JVM of its own."""

import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from locus_e2e.alluxio import jvm, tier_folders
from locus_e2e.alluxio.driver import Driver, DriverError
from locus_e2e.network import Seat
from locus_e2e.ports import free_port
from locus_e2e.processes import Process, Processes
from locus_e2e.waiting import WaitedTooLong, until

Properties = Mapping[str, object]

_MIB = 1 << 20
_START_SECONDS = 120.0
_MASTER_HEAP_MIB = 192
_WORKER_HEAP_MIB = 128
_DRIVER_HEAP_MIB = 128
# A tier never gives away its last mebibyte: see _worker_properties.
RESERVED = _MIB
# Of a worker.
_DEFAULT_PORTS = {"rpc": 29999, "web": 30000}
_REGISTERED = b"Finished registration"

WORKER_HOSTS = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
MASTER_HOST = "127.0.0.10"
HA_MASTER_HOSTS = ("127.0.0.21", "127.0.0.22", "127.0.0.23")


@dataclass(frozen=True)
class Shape:
    """What a cluster is made of."""

    masters: tuple[str, ...] = (MASTER_HOST,)
    workers: tuple[str, ...] = WORKER_HOSTS
    # Bytes of each worker's tiers, fastest first.
    quotas: Mapping[str, int] = field(default_factory=lambda: {"MEM": 16 * _MIB, "SSD": 24 * _MIB})
    # For every process, over what stands in this file.
    properties: Properties = field(default_factory=dict)
    # For every JVM.
    options: tuple[str, ...] = ()
    # Worker -> where it runs; absent: here.
    seats: Mapping[str, Seat] = field(default_factory=dict)


@dataclass
class _Server:
    """One master or worker, which keeps its ports and folder over restarts."""

    name: str
    host: str
    ports: dict[str, int]
    folder: Path
    command: list[str]
    process: Process | None = None
    # Where the log of the present process begins.
    log_from: int = 0
    # It was ended on purpose.
    killed: bool = False

    def running(self) -> Process:
        """Its process. Raises when it was never started."""
        if self.process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self.process

    def has_registered(self) -> bool:
        """A worker: with a master, since it was started. The master itself goes on counting a worker that was killed,
        and tells of one that came back the start time of the first."""
        with self.running().log.open("rb") as log:
            log.seek(self.log_from)
            return _REGISTERED in log.read()

    def address(self) -> str:
        """host:port of its gRPC server."""
        return f"{self.host}:{self.ports['rpc']}"


class AlluxioCluster:
    """Ready when the constructor returns: the leader knows all workers. Ends with `processes`, and with close()."""

    def __init__(self, java: jvm.Java, folder: Path, processes: Processes, shape: Shape = Shape()) -> None:
        """`folder`: for all that the cluster writes; tiers too, so in memory at best."""
        self.shape = shape
        self.ufs = folder / "ufs"
        self.ufs.mkdir(parents=True)
        self.tiers = {
            host: {tier: folder / f"worker-{host}" / tier.lower() for tier in shape.quotas} for host in shape.workers
        }
        self._java = java
        self._folder = folder
        self._processes = processes
        self.masters = {host: self._prepare("master", host, ("rpc", "web", "journal")) for host in shape.masters}
        self.workers = {host: self._prepare("worker", host, ("rpc", "web")) for host in shape.workers}
        for server in self.masters.values():
            self._configure(server, jvm.MASTER, _MASTER_HEAP_MIB, self._master_properties(server))
        for server in self.workers.values():
            self._configure(server, jvm.WORKER, _WORKER_HEAP_MIB, self._worker_properties(server))
        driver_folder = folder / "driver"
        self._driver_command = java.command(
            jvm.DRIVER, driver_folder, self._client_properties(), heap_mib=_DRIVER_HEAP_MIB, options=shape.options
        )
        self.driver = Driver(self._driver_command, driver_folder / "driver.log")
        try:
            self._format()
            for server in (*self.masters.values(), *self.workers.values()):
                self._launch(server)
            self.wait_registered(_START_SECONDS)
        except BaseException:
            self.close()
            raise

    # --- what there is

    def master_addresses(self) -> list[str]:
        """host:port of every master."""
        return [server.address() for server in self.masters.values()]

    def replicas(self) -> set[tier_folders.Replica]:
        """What lies in the tier folders."""
        return tier_folders.replicas(self.tiers)

    def leader(self) -> str:
        """The host of the master that leads."""
        return str(self.driver.call("leader")).rpartition(":")[0]

    def known_workers(self) -> dict[str, dict[str, Any]]:
        """What the leader knows of its workers at this moment, by host; lost ones are not in it."""
        told = self.driver.call("workers")
        return {one["host"]: one for one in told if one["state"] == "ACTIVE"}

    def status(self, path: str) -> dict[str, Any]:
        """A file as Alluxio's own client sees it."""
        return dict(self.driver.call("status", path=path))

    def driver_at(self, address: str, name: str, settings: Properties | None = None) -> Driver:
        """Another client of Alluxio's own, which knows no master but the one at host:port; `settings` are its alone.
        Its user closes it."""
        folder = self._folder / name
        properties = {**self._client_properties(), "alluxio.master.rpc.addresses": address, **(settings or {})}
        command = self._java.command(
            jvm.DRIVER, folder, properties, heap_mib=_DRIVER_HEAP_MIB, options=self.shape.options
        )
        return Driver(command, folder / "driver.log")

    # --- what may happen to it

    def kill(self, server: _Server) -> None:
        """kill -9."""
        server.killed = True
        server.running().kill()

    def start(self, server: _Server) -> None:
        """Starts one that was ended, on its old ports; does not wait."""
        if server.running().running():
            raise RuntimeError(f"{server.name} runs")
        self._launch(server)

    def wait_registered(self, seconds: float) -> None:
        """Until the leader knows all workers. Raises WaitedTooLong with the ends of all logs."""
        wanted = set(self.shape.workers)
        last = ["nothing"]

        def registered() -> bool:
            for server in (*self.masters.values(), *self.workers.values()):
                if not server.killed:
                    server.running().check()
            try:
                known = self.known_workers()
            except DriverError as error:
                last[0] = str(error)
                return False
            # Somebody else may have joined.
            found = {host for host, server in self.workers.items() if host in known and server.has_registered()}
            last[0] = f"workers {', '.join(sorted(found)) or 'none'}"
            return wanted <= found

        self._until(f"registration of {', '.join(sorted(wanted))}", seconds, registered, last)

    def wait_followers(self, seconds: float) -> None:
        """Until every master that was not killed serves, as leader or beside it."""
        running = [one for one in self.masters.values() if not one.killed]

        def serving() -> bool:
            for server in running:
                server.running().check()
            return all(takes_connections(server.address()) for server in running)

        self._until("masters that serve", seconds, serving, ["no connection"])

    def close(self) -> None:
        """Ends all of it."""
        self.driver.close()
        for server in (*self.workers.values(), *self.masters.values()):
            if server.process is not None:
                server.process.kill()

    # --- how it is made

    def _until(self, what: str, seconds: float, ask: Callable[[], bool], last: list[str]) -> None:
        try:
            until(what, seconds, ask, every=0.1)
        except WaitedTooLong as error:
            servers = [*self.masters.values(), *self.workers.values()]
            tails = [f"--- {one.name}\n{one.process.tail(12)}" for one in servers if one.process is not None]
            raise WaitedTooLong("\n".join([f"{error}; last: {last[0]}", *tails])) from error

    def _prepare(self, role: str, host: str, sockets: tuple[str, ...]) -> _Server:
        seat = self.shape.seats.get(host)
        # In a namespace of its own no port is taken.
        ports = {name: _DEFAULT_PORTS[name] if seat else free_port(host) for name in sockets}
        folder = self._folder / f"{role}-{host}"
        folder.mkdir()
        return _Server(f"alluxio-{role}-{host}", host, ports, folder, [])

    def _configure(self, server: _Server, main: str, heap_mib: int, properties: Properties) -> None:
        everything = {**self._common_properties(), **properties, **self.shape.properties}
        server.command = self._java.command(
            main, server.folder, everything, heap_mib=heap_mib, options=self.shape.options
        )

    def _launch(self, server: _Server) -> None:
        server.killed = False
        server.log_from = 0 if server.process is None else server.process.log.stat().st_size
        seat = self.shape.seats.get(server.host)
        command = seat.command(server.command) if seat else server.command
        server.process = self._processes.start(server.name, command)

    def _format(self) -> None:
        """A master starts only on a journal that was made for it."""
        masters = list(self.masters.values())
        if len(masters) > 1:
            for master in masters:
                # All that formatting does for the embedded journal.
                (master.folder / "journal" / "raft").mkdir(parents=True)
            return
        # The same JVM and settings with another main class, which stands last.
        command = [*masters[0].command[:-1], jvm.FORMAT, "master"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_START_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(f"alluxio.cli.Format ended with {done.returncode}:\n{done.stdout}{done.stderr}")

    def _common_properties(self) -> dict[str, object]:
        masters = list(self.masters.values())
        found: dict[str, object] = {
            "alluxio.security.authentication.type": "SIMPLE",
            "alluxio.security.authorization.permission.enabled": False,
            "alluxio.master.rpc.addresses": ",".join(one.address() for one in masters),
            "alluxio.web.ui.enabled": False,
            "alluxio.user.metrics.collection.enabled": False,
            "alluxio.user.block.size.bytes.default": "1MB",
        }
        if len(masters) > 1:
            journals = ",".join(f"{one.host}:{one.ports['journal']}" for one in masters)
            found |= {
                "alluxio.master.journal.type": "EMBEDDED",
                "alluxio.master.embedded.journal.addresses": journals,
                # Ten and twenty seconds unless told otherwise.
                "alluxio.master.embedded.journal.election.timeout.min": "2s",
                "alluxio.master.embedded.journal.election.timeout.max": "4s",
            }
        else:
            found |= {
                "alluxio.master.hostname": masters[0].host,
                "alluxio.master.rpc.port": masters[0].ports["rpc"],
                "alluxio.master.journal.type": "UFS",
                # With it, a client that connects while a starting master turns from a standby to the leader can keep
                # that from ever ending: the standby's server waits for all its connections, and may have missed one.
                "alluxio.standby.master.grpc.enabled": False,
                # What else a start spends waiting for another master's last words.
                "alluxio.master.journal.tailer.shutdown.quiet.wait.time": "0sec",
                "alluxio.master.journal.tailer.sleep.time": "100ms",
            }
        return found

    def _master_properties(self, server: _Server) -> dict[str, object]:
        return {
            "alluxio.master.hostname": server.host,
            "alluxio.master.bind.host": server.host,
            "alluxio.master.rpc.port": server.ports["rpc"],
            "alluxio.master.web.bind.host": server.host,
            "alluxio.master.web.port": server.ports["web"],
            "alluxio.master.embedded.journal.port": server.ports["journal"],
            "alluxio.master.embedded.journal.bind.host": server.host,
            "alluxio.master.journal.folder": server.folder / "journal",
            "alluxio.master.metastore": "HEAP",
            "alluxio.master.mount.table.root.ufs": self.ufs,
            "alluxio.master.worker.connect.wait.time": "0sec",
            # It would ask its makers for a newer version.
            "alluxio.master.update.check.enabled": False,
            "alluxio.master.jvm.monitor.enabled": False,
        }

    def _worker_properties(self, server: _Server) -> dict[str, object]:
        found: dict[str, object] = {
            "alluxio.worker.hostname": server.host,
            "alluxio.worker.bind.host": server.host,
            "alluxio.worker.rpc.port": server.ports["rpc"],
            "alluxio.worker.web.bind.host": server.host,
            "alluxio.worker.web.port": server.ports["web"],
            "alluxio.worker.tieredstore.levels": len(self.shape.quotas),
            # A gibibyte and 64 MiB of each tier unless told otherwise: a small tier then never takes a block.
            "alluxio.worker.management.tier.align.reserved.bytes": RESERVED,
            "alluxio.worker.reviewer.probabilistic.hardlimit.bytes": RESERVED,
            "alluxio.worker.reviewer.probabilistic.softlimit.bytes": 2 * RESERVED,
            "alluxio.worker.jvm.monitor.enabled": False,
        }
        for level, (tier, quota) in enumerate(self.shape.quotas.items()):
            prefix = f"alluxio.worker.tieredstore.level{level}"
            found |= {
                f"{prefix}.alias": tier,
                f"{prefix}.dirs.path": self.tiers[server.host][tier],
                f"{prefix}.dirs.mediumtype": tier,
                f"{prefix}.dirs.quota": quota,
            }
        return found

    def _client_properties(self) -> dict[str, object]:
        return {
            **self._common_properties(),
            # Two minutes unless told otherwise: a test wants to hear of a problem sooner.
            "alluxio.user.rpc.retry.max.duration": "10s",
            "alluxio.user.worker.list.refresh.interval": "1s",
            **self.shape.properties,
        }


def takes_connections(address: str) -> bool:
    """Whether somebody listens at host:port."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1.0):
            return True
    except OSError:
        return False
