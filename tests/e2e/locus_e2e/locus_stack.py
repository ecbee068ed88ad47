"""Three locus-workers on three loopback addresses, one locus-meta or several, and locus-extender, with data."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locus_e2e import cache_client, dataset, oracle
from locus_e2e import extender as extenders
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.processes import Processes
from locus_e2e.settings import Programs

# Node -> address of its worker. All of 127.0.0.0/8 is this machine.
NODES = {"node-1": "127.0.0.11", "node-2": "127.0.0.12", "node-3": "127.0.0.13"}
_LOCAL = "127.0.0.1"
# For every locus-meta that a test waits for: workers of one machine find it at once, unlike those of a cluster.
SOON_READY: Settings = {"readiness": {"settle": "500ms"}}
_MIB = dataset.MIB


@dataclass(frozen=True)
class CommandResult:
    """What a command said."""

    status: int
    output: str
    errors: str

    def json(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.output)


class LocusStack:
    """All of Locus on this machine. `start` brings it up with its data cached as planned."""

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        processes: Processes,
        extender: Settings | None = None,
        meta: Settings | None = None,
        kubeconfig: Path | None = None,
        metas: int = 1,
        worker: Settings | None = None,
    ) -> None:
        """`folder` takes about three times the data. `extender`, `meta`, `worker` are added to their configurations.

        `kubeconfig`: of the API server that the extender follows; None: it knows of none. `metas`: as many locus-metas,
        each with the same configuration.
        """
        self._programs = programs
        self.origin = folder / "origin"
        self.origin.mkdir(parents=True)
        self.tiers = {node: {tier: folder / "tiers" / node / tier.lower() for tier in ("MEM", "SSD")} for node in NODES}
        # Beats of a worker follow lost_after; 3 s keep a lost worker's blocks in the picture for no longer than that.
        self.metas = [
            Daemon(
                "locus-meta" if number == 0 else f"locus-meta-{number}",
                programs.meta,
                folder,
                {"workers": {"lost_after": "3s"}, **SOON_READY, **(meta or {})},
                {"listen": _LOCAL, "admin": _LOCAL},
                processes,
            )
            for number in range(metas)
        ]
        self.meta = self.metas[0]
        self._folder = folder
        # Counters of nobody: nodes report no load.
        self._idle = folder / "idle"
        self._idle.mkdir()
        self._processes = processes
        self._extender_settings = extender or {}
        self._added_to_workers = worker or {}
        self._kubeconfig = kubeconfig
        self.lease = extenders.lease_name()
        self.workers: dict[str, Daemon] = {}
        self.extender: Daemon

    def start(self) -> None:
        """Starts locus-meta, then the workers, then the extender, and waits until each is ready."""
        for meta in self.metas:
            meta.start()
        for node, address in NODES.items():
            self.workers[node] = Daemon(
                f"locus-worker-{node}",
                self._programs.worker,
                self._folder,
                self._worker_settings(node),
                {"listen": address, "admin": address},
                self._processes,
            )
            self.workers[node].start()
        self.extender = self.add_extender("locus-extender")
        for worker in self.workers.values():
            worker.wait_ready("admin")
        for meta in self.metas:
            meta.wait_ready("admin")
        self.wait_extender(self.extender)

    def add_extender(self, name: str) -> Daemon:
        """Starts an extender, the first or one more, with the configuration that all of this stack have."""
        settings = extenders.settings(self._any_meta(), self._kubeconfig, self.lease, self._extender_settings)
        daemon = Daemon(name, self._programs.extender, self._folder, settings, extenders.LISTEN, self._processes)
        daemon.start()
        return daemon

    def wait_extender(self, extender: Daemon) -> None:
        """Until it is ready, and knows nodes and pods when it was given an API server."""
        extender.wait_ready("listen")
        if self._kubeconfig is not None:
            extenders.wait_synced(extender)

    def fill(self, data: dataset.DataSet, seed: int) -> None:
        """Writes the data set to the under-store and caches what its plan says."""
        dataset.write(data, seed, self.origin)
        cache_client.load({node: worker.target() for node, worker in self.workers.items()}, data.plan)

    def coverage(self, inputs: Sequence[str]) -> oracle.Coverage:
        """What lies where, read from the folders."""
        return oracle.coverage(self.origin, self.tiers, inputs)

    def copies(self, inputs: Sequence[str]) -> dict[frozenset[str], int]:
        """Which distinct bytes lie on which nodes together, read from the folders."""
        return oracle.copies(self.origin, self.tiers, inputs)

    def locusctl(self, *arguments: str, meta: Daemon | None = None) -> CommandResult:
        """Runs locusctl against this stack; `meta`: the locus-meta to ask, None: the first one."""
        done = subprocess.run(
            [*self.locusctl_command(meta), *arguments], capture_output=True, text=True, check=False, timeout=30
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def locusctl_command(self, meta: Daemon | None = None) -> list[str]:
        """locusctl with this stack's addresses."""
        return [str(self._programs.locusctl), "--meta", (meta or self.meta).target(), "--extender", self.extender.url()]

    def _every_meta(self) -> str:
        return ",".join(meta.target() for meta in self.metas)

    def _any_meta(self) -> str:
        # gRPC's name for addresses that it tries in turn.
        return self.meta.target() if len(self.metas) == 1 else f"ipv4:{self._every_meta()}"

    def _worker_settings(self, node: str) -> Settings:
        settings: Settings = {
            "node": node,
            "report": {"target": self._every_meta(), "reconnect_max": "500ms"},
            # All of them are on this machine, whose own load would drown what differs between nodes.
            "load": {"proc_root": str(self._idle)},
            "origin": {"folder": str(self.origin)},
            "store": {
                "block_size": f"{dataset.BLOCK_BYTES // _MIB}MiB",
                "tiers": [
                    {"tier": tier, "path": str(path), "quota": "2GiB"} for tier, path in self.tiers[node].items()
                ],
            },
        }
        return {**settings, **{name: {**settings[name], **values} for name, values in self._added_to_workers.items()}}
