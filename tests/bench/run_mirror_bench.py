#!/usr/bin/env python3
"""What a large folder costs locus-meta: time to mirror, memory a replica, and the price of a question.

Two locus-meta in one run, each before a fake Alluxio master of its own (tests/support/alluxio, judged together with the
real one): one mirrors a small folder, the other a large one. Questions to both are interleaved, so that a slow moment
of the machine meets both. Promises: at most 32 bytes a replica, a p99 of GetLocality at most 1.5x that of the small
folder, and never more calls in a second than the budget.

Usage: tests/bench/run_mirror_bench.py [--files N] [--blocks N] [--budget N] [--questions N]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

import grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tools")]

from locus_e2e import folders, settings, stubs  # noqa: E402
from locus_e2e.alluxio.questions import Meta  # noqa: E402
from locus_e2e.daemon import Daemon  # noqa: E402
from locus_e2e.processes import Process, Processes  # noqa: E402
from locus_e2e.waiting import until  # noqa: E402

FAKE = "//tests/support/alluxio:fake-alluxio-master"
INPUT = "/generated"
SMALL_FILES = 1000
WORKERS = 100
MIRROR_SECONDS = 900.0
BYTES_A_REPLICA, P99_RATIO = 32.0, 1.5


def resident(pid: int) -> int:
    """Bytes in memory."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Side:
    """A fake master with one folder, and a locus-meta before it."""

    def __init__(
        self, name: str, files: int, arguments: argparse.Namespace, folder: pathlib.Path, processes: Processes
    ) -> None:
        self.files, self.replicas = files, files * arguments.blocks
        fake = pathlib.Path(os.environ["LOCUS_BIN"]) / FAKE.removeprefix("//").replace(":", "/")
        port_file = folder / f"{name}.port"
        generate = f"files={files},blocks={arguments.blocks},workers={WORKERS}"
        self.master: Process = processes.start(
            f"fake-{name}", [fake, "--port-file", port_file, "--generate", generate]
        )
        until("the fake master", 120, lambda: port_file.exists() and port_file.read_text().strip())
        config = {
            "source": "alluxio",
            "alluxio": {
                "masters": [f"127.0.0.1:{port_file.read_text().strip()}"],
                "calls_per_second": arguments.budget,
            },
        }
        sockets = {"listen": "127.0.0.1", "admin": "127.0.0.1"}
        self.daemon = Daemon(f"meta-{name}", settings.programs().meta, folder, config, sockets, processes)
        self.daemon.start()
        self.daemon.wait_ready("admin", 30)
        self.pid = self.daemon.process.pid
        self.ask = Meta(self.daemon.target())

    def mirror(self) -> float:
        """Asks until every file is known; the seconds that it took."""
        began = time.monotonic()

        def known() -> bool:
            # While it is pending a question waits for the answer; its own deadline may come first.
            try:
                return self.ask.one(INPUT).state == "KNOWN"
            except grpc.RpcError as error:
                if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                    return False
                raise

        until(f"{self.files} files", MIRROR_SECONDS, known, every=0.1)
        took = time.monotonic() - began
        found = self.ask.one(INPUT)
        assert (found.files, found.blocks) == (self.files, self.replicas), found
        assert found.cached == found.length, "each block has one copy"
        return took

    def calls(self) -> dict[str, int]:
        """The fake's count of calls so far, by method."""
        lines = len(self.master.log.read_text().splitlines())
        os.kill(self.master.pid, signal.SIGUSR1)
        until("the fake's count", 10, lambda: len(self.master.log.read_text().splitlines()) > lines)
        return json.loads(self.master.log.read_text().splitlines()[-1])


def p99(times: list[float]) -> float:
    """Nearest rank."""
    return sorted(times)[int(len(times) * 0.99)]


def questions(sides: list[Side], count: int) -> list[list[float]]:
    """Times of GetLocality in seconds, interleaved."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(count):
        for side, taken in zip(sides, times, strict=True):
            began = time.perf_counter()
            side.ask.one(INPUT)
            taken.append(time.perf_counter() - began)
    return times


def main() -> int:
    """Exit status: 0 the promises hold, 1 one does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000_000, help="of the large folder")
    parser.add_argument("--blocks", type=int, default=10, help="of each file, one copy each")
    parser.add_argument("--budget", type=float, default=20.0, help="calls a second")
    parser.add_argument("--questions", type=int, default=5000)
    arguments = parser.parse_args()
    subprocess.run(["bazel", "build", FAKE], cwd=ROOT, check=True, capture_output=True)
    with folders.run_folder(1 << 28) as folder:
        stubs.generate(folder / "stubs")
        with Processes(folder) as processes:
            small = Side("small", SMALL_FILES, arguments, folder, processes)
            large = Side("large", arguments.files, arguments, folder, processes)
            small_took, began = small.mirror(), time.monotonic()
            before = sum(large.calls().values())
            large_took = large.mirror()
            rate = (sum(large.calls().values()) - before) / (time.monotonic() - began)
            index = large.daemon.metrics("admin")
            times = questions([small, large], arguments.questions)
            # What the process takes by itself, with its threads and what they once needed, is in both.
            resident_small, resident_large = resident(small.pid), resident(large.pid)
            memory = (resident_large - resident_small) / (large.replicas - small.replicas)
            peak = 0
            for line in pathlib.Path(f"/proc/{large.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    peak = int(line.split()[1]) << 10
    assert index["locus_meta_replicas"] == large.replicas
    ratio = p99(times[1]) / p99(times[0])
    print(f"{large.files} files, {large.replicas} replicas on {WORKERS} workers; budget {arguments.budget:g} calls/s")
    print(f"  time to mirror          {large_took:8.1f} s   ({small_took:.2f} s for {small.replicas} replicas)")
    print(f"  calls a second          {rate:8.1f}")
    print(
        f"  memory a replica        {memory:8.1f} bytes; resident {resident_large >> 20} MiB against "
        f"{resident_small >> 20} MiB, peak {peak >> 20} MiB"
    )
    for name, taken in zip(("small", "large"), times, strict=True):
        print(f"  GetLocality, {name:<10} {statistics.median(taken) * 1e6:8.0f} us p50, {p99(taken) * 1e6:.0f} us p99")
    print(f"  p99, large / small      {ratio:8.2f}")
    kept = memory <= BYTES_A_REPLICA and ratio <= P99_RATIO and rate <= arguments.budget
    print(f"promises (at most 32 bytes, 1.5x, {arguments.budget:g} calls/s): {'kept' if kept else 'BROKEN'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
