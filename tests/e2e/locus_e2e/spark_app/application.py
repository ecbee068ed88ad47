"""A Spark application that does one scan after another."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from locus_e2e.network import Seat
from locus_e2e.settings import ROOT, SparkHome
from locus_e2e.waiting import until

_JOB = ROOT / "tests" / "e2e" / "locus_e2e" / "spark_app" / "job.py"
_START_SECONDS = 150.0
_SCAN_SECONDS = 180.0
_STOP_SECONDS = 30.0


class JobFailed(Exception):
    """The application said no, or has ended; the text holds its words."""


@dataclass(frozen=True)
class Sums:
    """What a scan has read: comparable with what was written."""

    rows: int
    bytes: int
    crc: int


@dataclass(frozen=True)
class Scan:
    """One scan; `tag` is the group of its jobs."""

    tag: str
    sums: Sums
    seconds: float
    listing_seconds: float


class SparkApplication:
    """Launched by the constructor; `with` waits until all its executors are there. Ends with this process. For one
    thread."""

    def __init__(
        self,
        spark: SparkHome,
        name: str,
        folder: Path,
        properties: Mapping[str, str],
        seat: Seat,
        submit: Sequence[object] = (),
    ) -> None:
        """`seat`: where it is submitted, and in client mode its driver runs; `folder`: for its files and its log.
        `submit`: what stands in for spark-submit; it is given the same arguments."""
        folder.mkdir(parents=True)
        self.name = name
        self.log = folder / "driver.log"
        self.seat = seat
        self._scans = 0
        self._rest = b""
        given = folder / "spark.properties"
        given.write_text("".join(f"{key} {value}\n" for key, value in properties.items()))
        setpriv = shutil.which("setpriv")
        assert setpriv is not None
        path = folder / "socket"
        program = submit or [spark.home / "bin" / "spark-submit"]
        # A driver pod finds it where it is: processes share the machine's files.
        job = f"local://{_JOB}" if properties.get("spark.submit.deployMode") == "cluster" else _JOB
        command = [*program, "--name", name, "--properties-file", given, job, path]
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen(1)
        self._job: socket.socket | None = None
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [setpriv, "--pdeathsig", "KILL", "--", *seat.command(command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=folder,
                env=_environment(spark, folder),
            )
        self.id = ""
        # http://host:port
        self.ui = ""

    def wait_started(self, seconds: float = _START_SECONDS) -> None:
        """Until Spark has its context, which waits for all executors of a static allocation. Raises JobFailed."""
        try:
            self._job = self._accept(seconds)
            told = json.loads(self._line(seconds))
        except BaseException:
            self.kill()
            raise
        self.id, self.ui = told["id"], told["ui"]

    def check(self) -> None:
        """Raises JobFailed when it has ended."""
        if self._child.poll() is not None:
            raise JobFailed(f"{self.name} ended with {self._child.returncode}; log: {self.log}\n{self._tail()}")

    def scan(self, format_: str, *paths: str) -> Scan:
        """Reads all that lies below the paths. Raises JobFailed."""
        self.begin_scan(format_, *paths)
        return self.end_scan()

    def begin_scan(self, format_: str, *paths: str) -> str:
        """Starts a scan and returns its tag; end_scan() waits for it."""
        self._scans += 1
        tag = f"scan-{self._scans}"
        self._send({"op": "scan", "tag": tag, "format": format_, "paths": list(paths)})
        return tag

    def end_scan(self) -> Scan:
        """Waits for the scan that was begun. Raises JobFailed."""
        told = self._receive()
        sums = Sums(told["rows"], told["bytes"], told["crc"])
        return Scan(f"scan-{self._scans}", sums, told["seconds"], told["listing_seconds"])

    def write_parquet(self, path: str, rows: int, repeat: int, files: int) -> None:
        """Row n holds the MD5 of n in hex, `repeat` times."""
        self._send({"op": "write_parquet", "path": path, "rows": rows, "repeat": repeat, "files": files})
        self._receive()

    def close(self) -> None:
        """In order: Spark then removes its executors. May be called again."""
        if self._job is not None:
            # The end of its requests; it may have ended before.
            with contextlib.suppress(OSError):
                self._job.shutdown(socket.SHUT_WR)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_STOP_SECONDS)
            self._job.close()
        self.kill()
        self._listening.close()

    def kill(self) -> None:
        """kill -9 of the driver and what it has started."""
        if self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def _send(self, request: Mapping[str, object]) -> None:
        assert self._job is not None, "wait_started() comes first"
        self._job.sendall(json.dumps(request).encode() + b"\n")

    def _receive(self) -> Any:
        answer = json.loads(self._line(_SCAN_SECONDS))
        if "error" in answer:
            raise JobFailed(f"{self.name}: {answer['error']}")
        return answer["ok"]

    def _accept(self, seconds: float) -> socket.socket:
        def calls() -> bool:
            self.check()
            return bool(select.select([self._listening], [], [], 0)[0])

        until(f"call of {self.name} (log: {self.log})", seconds, calls, every=0.1)
        return self._listening.accept()[0]

    def _line(self, seconds: float) -> bytes:
        assert self._job is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._job], [], [], max(0.0, deadline - time.monotonic()))
            chunk = self._job.recv(1 << 16) if ready else b""
            if not chunk:
                why = "ended" if ready else f"has not answered for {seconds:g} s"
                raise JobFailed(f"{self.name} {why}; log: {self.log}\n{self._tail()}")
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])

    def __enter__(self) -> Self:
        self.wait_started()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def _environment(spark: SparkHome, folder: Path) -> dict[str, str]:
    """Nothing of the tests' own Python, and no configuration of the person who runs them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYTHON", "PYSPARK"))}
    configuration = folder / "conf"
    configuration.mkdir()
    return {
        **kept,
        "PATH": f"{spark.python.parent}:{os.environ['PATH']}",
        "SPARK_HOME": str(spark.home),
        "SPARK_CONF_DIR": str(configuration),
        "PYSPARK_PYTHON": str(spark.python),
        "PYSPARK_DRIVER_PYTHON": str(spark.python),
    }
