"""One of Locus' servers: its configuration file, its ports, its readiness."""

import copy
import functools
from pathlib import Path
from typing import Any

import urllib3
import yaml

from locus_e2e.network import Seat
from locus_e2e.processes import Process, Processes
from locus_e2e.waiting import until

_START_SECONDS = 20.0

Settings = dict[str, Any]


class Daemon:
    """A server of ours. `listen` and `admin` in its configuration ask for port 0 at the first start; later starts ask
    for the ports that the first one got, as a restarted server in a cluster would."""

    def __init__(
        self,
        name: str,
        binary: Path,
        folder: Path,
        settings: Settings,
        sockets: dict[str, str],
        processes: Processes,
        seat: Seat | None = None,
    ) -> None:
        """`sockets`: field of the configuration, as in `front.listen` -> address to listen on. `seat`: where it runs;
        None: here."""
        self.name = name
        self._binary = binary
        self._folder = folder / name
        self._folder.mkdir(parents=True)
        self._settings = settings
        self._sockets = sockets
        self._processes = processes
        self._seat = seat or Seat("", "")
        self._ports = dict.fromkeys(sockets, 0)
        self._http = urllib3.PoolManager(retries=False, timeout=2.0)
        self.process: Process | None = None

    def start(self) -> None:
        """Starts it and waits until its ports are known. It need not be ready then."""
        everything = copy.deepcopy(self._settings)
        for field, address in self._sockets.items():
            port_file = self._folder / f"{field}.port"
            port_file.unlink(missing_ok=True)
            section = everything
            *above, last = field.split(".")
            for name in above:
                section = section.setdefault(name, {})
            own = {"address": address, "port": self._ports[field], "port_file": str(port_file)}
            section[last] = {**section.get(last, {}), **own}
        config = self._folder / "config.yaml"
        config.write_text(yaml.safe_dump(everything))
        self.process = self._processes.start(self.name, self._seat.command([self._binary, "--config", config]))
        for field in self._sockets:
            self._ports[field] = until(
                f"{field} port of {self.name}", _START_SECONDS, functools.partial(self._read_port, field)
            )

    def target(self, field: str = "listen") -> str:
        """host:port of one of its sockets."""
        return f"{self._sockets[field]}:{self._ports[field]}"

    def url(self, field: str = "listen") -> str:
        """Its HTTP address."""
        return f"http://{self.target(field)}"

    def get(self, path: str, field: str = "listen") -> urllib3.BaseHTTPResponse:
        """A GET on one of its HTTP sockets."""
        return self._http.request("GET", self.url(field) + path)

    def wait_ready(self, field: str, seconds: float = _START_SECONDS) -> None:
        """Until /readyz answers 200. Raises WaitedTooLong with its last answer in the log's stead."""
        last = ["nothing"]

        def ready() -> bool:
            self._running().check()
            try:
                answer = self.get("/readyz", field)
            except urllib3.exceptions.HTTPError as error:
                last[0] = str(error)
                return False
            last[0] = answer.data.decode(errors="replace").strip()
            return answer.status == 200

        try:
            until(f"readiness of {self.name}", seconds, ready)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; /readyz says: {last[0]}") from error

    def kill(self) -> None:
        """kill -9."""
        self._running().kill()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return self._running().stop()

    def metrics(self, field: str = "listen") -> dict[str, float]:
        """/metrics: series, as written there with labels, -> value."""
        found = {}
        for line in self.get("/metrics", field).data.decode().splitlines():
            if line and not line.startswith("#"):
                series, _, value = line.rpartition(" ")
                found[series] = float(value)
        return found

    def _running(self) -> Process:
        if self.process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self.process

    def _read_port(self, field: str) -> int:
        self._running().check()
        try:
            return int((self._folder / f"{field}.port").read_text() or 0)
        except FileNotFoundError:
            return 0
