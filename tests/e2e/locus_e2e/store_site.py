"""Workers over one under-store with a locus-meta that hears them, and locusctl pointed at that."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from locus_e2e.daemon import Daemon, Settings
from locus_e2e.locus_stack import CommandResult
from locus_e2e.object_store import StoreWorker
from locus_e2e.processes import Process, Processes
from locus_e2e.settings import Programs
from locus_e2e.waiting import until

_LOCAL = "127.0.0.1"
_COMMAND_SECONDS = 60.0


class StoreSite:
    """One locus-worker of mode store for each node, all of them heard by locus-meta."""

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        processes: Processes,
        origin: Settings,
        nodes: Sequence[str],
        **options: Any,
    ) -> None:
        """`options`: as of StoreWorker."""
        self._locusctl = programs.locusctl
        self._processes = processes
        self._commands = 0
        self._name = folder.name
        self.meta = Daemon(
            f"meta-{folder.name}", programs.meta, folder, {}, {"listen": _LOCAL, "admin": _LOCAL}, processes
        )
        self.meta.start()
        target = self.meta.target()
        self.workers = {
            node: StoreWorker(programs, folder, processes, origin, node, meta=target, **options) for node in nodes
        }
        until("live workers", 20, self._all_live)

    def close(self) -> None:
        """Ends all of it."""
        for worker in self.workers.values():
            worker.close()
        self.meta.stop()

    def metrics(self, series: str) -> dict[str, float]:
        """Of each worker; `locus_worker_` left out."""
        return {node: worker.metric(series) for node, worker in self.workers.items()}

    def locusctl(self, *arguments: str) -> CommandResult:
        """Runs it until it ends."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, check=False, timeout=_COMMAND_SECONDS
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def start_locusctl(self, *arguments: str) -> Process:
        """Starts it; what it says goes to its log."""
        self._commands += 1
        return self._processes.start(f"locusctl-{self._name}-{self._commands}", self.command(*arguments))

    def command(self, *arguments: str) -> list[str]:
        """locusctl with this site's address."""
        return [str(self._locusctl), "--meta", self.meta.target(), *arguments]

    def _all_live(self) -> bool:
        listed = self.locusctl("workers", "--json")
        if listed.status != 0:
            return False
        return {worker["node"] for worker in listed.json()["workers"] if worker["state"] == "live"} == set(self.workers)


# open_site(origin, nodes, ...): further arguments as of StoreWorker.
OpenSite = Callable[..., StoreSite]
