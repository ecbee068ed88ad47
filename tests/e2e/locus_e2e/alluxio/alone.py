"""Locus alone: locus-meta with a front that answers by itself, and workers that stock Alluxio clients read from."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from locus_e2e import cache_client
from locus_e2e.alluxio import jvm
from locus_e2e.alluxio.driver import Driver
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.dataset import CachedFile
from locus_e2e.locus_stack import SOON_READY, CommandResult
from locus_e2e.network import Seat
from locus_e2e.processes import Processes
from locus_e2e.settings import Programs

_LOCAL = "127.0.0.1"
_FRONT = "front.listen"
_ALLUXIO = "alluxio.listen"
_ALLUXIO_PORT = 29999
_DRIVER_HEAP_MIB = 128
_COMMAND_SECONDS = 30
# Two minutes unless told otherwise: a test wants to hear of a problem sooner.
_PATIENCE = {"alluxio.user.rpc.retry.max.duration": "10s", "alluxio.user.worker.list.refresh.interval": "1s"}


class AloneStack:
    """Ready when the constructor returns. Ends with `processes`, and with close()."""

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        processes: Processes,
        nodes: Mapping[str, str],
        quotas: Mapping[str, str],
        block_size: str,
        *,
        meta: Settings | None = None,
        local: str = _LOCAL,
        seats: Mapping[str, Seat] | None = None,
    ) -> None:
        """`folder`: takes the data once, and what is cached. `nodes`: worker's address -> Kubernetes node. `quotas`:
        of each worker's tiers. `meta`: added to its configuration. `local`: where locus-meta listens. `seats`: where
        workers run, by address; there they listen on Alluxio's own port."""
        self._programs = programs
        self._folder = folder
        self.nodes = nodes
        self.origin = folder / "origin"
        self.origin.mkdir(parents=True)
        settings: Settings = {"workers": {"lost_after": "3s"}, "front": {"enabled": True}, **SOON_READY}
        for section, values in (meta or {}).items():
            settings[section] = {**settings.get(section, {}), **values}
        sockets = {"listen": local, "admin": local, _FRONT: local}
        self.meta = Daemon("locus-meta-alone", programs.meta, folder, settings, sockets, processes)
        self.meta.start()
        self.workers: dict[str, Daemon] = {}
        for host, node in nodes.items():
            seat = (seats or {}).get(host)
            worker = self._worker_settings(host, node, quotas, block_size)
            sockets = {"listen": host, "admin": host}
            if seat is None:
                sockets[_ALLUXIO] = host
            else:
                worker["alluxio"]["listen"] = {"address": host, "port": _ALLUXIO_PORT}
            self.workers[host] = Daemon(
                f"locus-worker-{node}", programs.worker, folder, worker, sockets, processes, seat
            )
            self.workers[host].start()
        for daemon in (*self.workers.values(), self.meta):
            daemon.wait_ready("admin", 30)

    def front(self) -> str:
        """host:port of the front."""
        return self.meta.target(_FRONT)

    def write(self, path: str, content: bytes) -> None:
        """Puts a file into the under-store, in the place of another at once."""
        target = self.origin / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(target.name + ".new")
        beside.write_bytes(content)
        beside.rename(target)

    def cache(self, host: str, *paths: str, tier: str = "MEM") -> None:
        """Loads files into a worker's tier."""
        plan = [CachedFile(host, path, tier) for path in paths]
        cache_client.load({host: self.workers[host].target()}, plan)

    def driver(self, name: str, settings: Mapping[str, object] | None = None) -> Driver:
        """Alluxio's own client, which knows the front alone. Its user closes it."""
        folder = self._folder / name
        properties = {
            "alluxio.master.rpc.addresses": self.front(),
            "alluxio.user.metrics.collection.enabled": False,
            **_PATIENCE,
            **(settings or {}),
        }
        command = jvm.Java().command(jvm.DRIVER, folder, properties, heap_mib=_DRIVER_HEAP_MIB)
        return Driver(command, folder / "driver.log")

    def locusctl(self, *arguments: str) -> CommandResult:
        """Runs locusctl against this locus-meta."""
        done = subprocess.run(
            self.locusctl_command(*arguments),
            # Long names would lose their middle.
            env={**os.environ, "COLUMNS": "300"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def locusctl_command(self, *arguments: str) -> list[str]:
        """locusctl with this locus-meta's address."""
        return [str(self._programs.locusctl), "--meta", self.meta.target(), *arguments]

    def close(self) -> None:
        """Ends all of it."""
        for daemon in (*self.workers.values(), self.meta):
            daemon.stop()

    def _worker_settings(self, host: str, node: str, quotas: Mapping[str, str], block_size: str) -> Settings:
        return {
            "node": node,
            "announce_host": host,
            "report": {"target": self.meta.target(), "reconnect_max": "500ms"},
            "origin": {"folder": str(self.origin)},
            "store": {
                "block_size": block_size,
                "tiers": [
                    {"tier": tier, "path": str(self._folder / "tiers" / node / tier.lower()), "quota": quota}
                    for tier, quota in quotas.items()
                ],
                # The tests' folders lie in a small memory file system.
                "keep_free": "0",
            },
            "alluxio": {"enabled": True},
        }
