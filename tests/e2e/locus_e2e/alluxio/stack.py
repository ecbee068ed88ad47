"""locus-meta before an Alluxio, with or without a locus-worker beside each of its workers."""

import getpass
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.questions import Meta
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.locus_stack import SOON_READY, CommandResult
from locus_e2e.processes import Processes
from locus_e2e.settings import Programs

_LOCAL = "127.0.0.1"
_COMMAND_SECONDS = 30
_FRONT = "front.listen"


def node_of(host: str) -> str:
    """The Kubernetes node of an Alluxio worker: what a match by address must find."""
    return f"node-{host.rpartition('.')[2]}"


class AlluxioStack:
    """`source: both` comes with agents, `source: alluxio` without. Ready when the constructor returns."""

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        processes: Processes,
        cluster: AlluxioCluster,
        source: str,
        settings: Settings | None = None,
        *,
        user: str | None = None,
        wait: bool = True,
        local: str = _LOCAL,
        names: Mapping[str, str] | None = None,
        front: bool = False,
    ) -> None:
        """`settings` go over the sections of meta.yaml; `user`: who locus-meta says it is, by default whoever runs
        the master. Not `wait`: return at once, with locus-meta perhaps not ready. `local`: the address that
        locus-meta listens on. `names`: worker -> Kubernetes node; by default as node_of() says. `front`: with the
        front, on the same address; `settings` must name an API server then."""
        folder.mkdir(parents=True)
        self._programs = programs
        self.source = source
        self._names = names or {host: node_of(host) for host in cluster.workers}
        nodes = [{"name": self._names[host], "addresses": [host]} for host in cluster.workers]
        meta: Settings = {
            "source": source,
            "alluxio": {"masters": cluster.master_addresses(), "user": user or getpass.getuser()},
            "nodes": {"known": nodes},
            **SOON_READY,
        }
        for section, values in (settings or {}).items():
            meta[section] = {**meta.get(section, {}), **values}
        sockets = {"listen": local, "admin": local, **({_FRONT: local} if front else {})}
        self.meta = Daemon(f"locus-meta-{source}", programs.meta, folder, meta, sockets, processes)
        self.meta.start()
        self.agents = {
            host: Daemon(
                f"locus-agent-{host}",
                programs.worker,
                folder,
                self._agent_settings(cluster, host),
                {"admin": host},
                processes,
                cluster.shape.seats.get(host),
            )
            for host in (cluster.workers if source == "both" else ())
        }
        for agent in self.agents.values():
            agent.start()
        if wait:
            self.meta.wait_ready("admin", 30)
            for agent in self.agents.values():
                agent.wait_ready("admin", 30)
        self.ask = Meta(self.meta.target())

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

    def front(self) -> str:
        """host:port of the front."""
        return self.meta.target(_FRONT)

    def pids(self) -> dict[str, int]:
        """Who runs: a restart would show."""
        daemons = [self.meta, *self.agents.values()]
        return {one.name: one.process.pid for one in daemons if one.process is not None and one.process.running()}

    def close(self) -> None:
        """Ends all of it."""
        self.ask.close()
        for daemon in (*self.agents.values(), self.meta):
            daemon.stop()

    def _agent_settings(self, cluster: AlluxioCluster, host: str) -> Settings:
        quotas = cluster.shape.quotas
        return {
            "mode": "agent",
            "node": self._names[host],
            "report": {"target": self.meta.target(), "reconnect_max": "500ms"},
            "agent": {
                "host": host,
                "data_port": cluster.workers[host].ports["rpc"],
                "tiers": [
                    {"tier": tier, "path": str(path), "quota": f"{quotas[tier]}B"}
                    for tier, path in cluster.tiers[host].items()
                ],
            },
        }
