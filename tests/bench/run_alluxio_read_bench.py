#!/usr/bin/env python3
"""How fast stock Alluxio clients read cached blocks from locus-worker, beside Alluxio's own worker, in one run.

A real Alluxio 2.9.6 master with one worker of Alluxio's own and one locus-worker (`mode: alluxio`). Two folders of
files of one block each (64 MiB), the one cached on Alluxio's worker alone, the other on ours alone, both in MEM. All
JVMs run with the memory that Alluxio's own scripts give to a worker. Read in turns, when all have warmed up:

  cat    the shell's own `fs cat`, without what a JVM takes to start: one client JVM, 1, 4 and 16 readers, each with a
         shell of its own; printed to nowhere. Over gRPC: the client is on another node than both workers.
  spark  one Spark application, local[2]: number, length and checksum of all files as `binaryFile`.
  near   as cat, by a client on the worker's own node that may read the block's file itself (short circuit), as clients
         are set up by default. Alluxio's worker lets it, ours does not offer it: shown, and not promised.

For each: bytes a second, the worker's CPU time for a GiB, and what it has resident (anonymous) under that load.

Promises: cat (the median over all numbers of readers) and spark at least as fast from ours; under no load ours has more
than a fifth of the memory of Alluxio's worker.

Usage: tests/bench/run_alluxio_read_bench.py [--readers N,N] [--files N] [--block MIB] [--reads N] [--rounds N]
       [--warm-up N] [--only cat|spark|near] [--heap MIB] [--json FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import random
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tools")]

from devkit import alluxio, spark, steps  # noqa: E402
from locus_e2e import folders, settings  # noqa: E402
from locus_e2e.alluxio.cluster import AlluxioCluster, Shape  # noqa: E402
from locus_e2e.alluxio.driver import Driver  # noqa: E402
from locus_e2e.alluxio.jvm import Java  # noqa: E402
from locus_e2e.daemon import Daemon  # noqa: E402
from locus_e2e.network import Seat  # noqa: E402
from locus_e2e.processes import Process, Processes  # noqa: E402
from locus_e2e.spark_app.application import SparkApplication  # noqa: E402
from locus_e2e.waiting import until  # noqa: E402
from side_by_side import GIB, MIB, Figure, anonymous_bytes, cells, cpu_seconds, in_turns  # noqa: E402

JAVA = "127.0.0.11"
OURS = "127.0.0.14"
KINDS = ("cat", "spark", "near")
PROMISED = ("cat", "spark")
SPEED = 1.0
MEMORY = 0.2
# What the tests' harness leaves out of a JVM to make it start sooner; of two values of an option the last one counts.
# And what Netty need not be told on Java 8: that it may have direct memory without a cleaner.
WHOLE_JVM = (
    *("-XX:-UseSerialGC", "-XX:+UseG1GC", "-XX:TieredStopAtLevel=4", "-Xss1m", "-XX:MaxMetaspaceSize=1g"),
    "-Dio.netty.tryReflectionSetAccessible=true",
)
FAR = {"alluxio.user.short.circuit.enabled": False}


@dataclasses.dataclass
class Side:
    """A worker, and the folder that it alone has cached."""

    name: str
    host: str
    process: Process
    paths: list[str]

    def figure(self, seconds: float, size: int, cpu_before: float) -> Figure:
        """Of a load of `size` bytes that has just ended."""
        used = cpu_seconds(self.process.pid) - cpu_before
        return Figure(size / seconds, used / (size / GIB), anonymous_bytes(self.process.pid))


class Bench:
    """The cluster with both workers and their files. Ends with `ends`."""

    def __init__(self, arguments: argparse.Namespace, folder: pathlib.Path, ends: contextlib.ExitStack) -> None:
        self._arguments = arguments
        self._folder = folder
        self._ends = ends
        processes = ends.enter_context(Processes(folder))
        self._quota = 2 * arguments.files * arguments.block
        shape = Shape(
            workers=(JAVA,),
            quotas={"MEM": self._quota},
            properties={"alluxio.user.block.size.bytes.default": arguments.block},
            options=(*WHOLE_JVM, f"-Xmx{arguments.heap}m", f"-XX:MaxDirectMemorySize={arguments.heap}m"),
        )
        self.cluster = AlluxioCluster(Java(), folder / "alluxio", processes, shape)
        ends.enter_context(contextlib.closing(self.cluster))
        self._daemon = self._start_ours(processes)
        assert self._daemon.process is not None
        self.sides = {
            "theirs": self._side("java", JAVA, self.cluster.workers[JAVA].running()),
            "ours": self._side("locus", OURS, self._daemon.process),
        }

    def client(self, name: str, properties: dict[str, object]) -> Driver:
        """A client JVM of its own."""
        (master,) = self.cluster.master_addresses()
        return self._ends.enter_context(contextlib.closing(self.cluster.driver_at(master, name, properties)))

    def spark(self) -> SparkApplication:
        """Started."""
        (home,) = settings.spark_homes().values()
        options = {**FAR, "alluxio.user.metrics.collection.enabled": False}
        properties = {
            "spark.master": "local[2]",
            "spark.driver.memory": "4g",
            "spark.driver.extraClassPath": str(settings.spark_client()),
            "spark.driver.extraJavaOptions": " ".join(f"-D{key}={value}".lower() for key, value in options.items()),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        return self._ends.enter_context(
            SparkApplication(home, "read-bench", self._folder / "spark", properties, Seat("", ""))
        )

    def bytes_of_ours(self) -> float:
        """That our worker has handed to Alluxio's clients from its tier."""
        return self._daemon.metrics("admin").get('locus_worker_alluxio_read_bytes_total{source="MEM"}', 0.0)

    def _start_ours(self, processes: Processes) -> Daemon:
        configuration = {
            "mode": "alluxio",
            "announce_host": OURS,
            "report": {"target": ""},
            "origin": {"folder": str(self.cluster.ufs)},
            "store": {
                "tiers": [{"tier": "MEM", "path": str(self._folder / "ours"), "quota": self._quota}],
                "keep_free": 0,
            },
            "alluxio": {"masters": self.cluster.master_addresses()},
        }
        sockets = {"alluxio.listen": OURS, "admin": OURS}
        daemon = Daemon("locus-worker", settings.programs().worker, self._folder, configuration, sockets, processes)
        daemon.start()
        daemon.wait_ready("admin")
        until("registration of locus-worker", 30, lambda: OURS in self.cluster.known_workers())
        return daemon

    def _side(self, name: str, host: str, process: Process) -> Side:
        """Writes the files, and has that worker cache them."""
        place = self.cluster.ufs / name
        place.mkdir()
        piece = random.Random(name).randbytes(MIB)
        paths = [f"/{name}/{number:03}" for number in range(self._arguments.files)]
        for path in paths:
            with (self.cluster.ufs / path.lstrip("/")).open("wb") as file:
                for left in range(self._arguments.block, 0, -MIB):
                    file.write(piece[:left])
        self.cluster.driver.call("list", path=f"/{name}", load="ALWAYS")
        for path in paths:
            if host == JAVA:
                # A client on its node makes it cache what it reads.
                self.cluster.driver.call("read", path=path, host=JAVA)
            else:
                (block,) = self.cluster.status(path)["block_ids"]
                self.cluster.driver.call("cache_block", block=block, length=self._arguments.block, worker=host)
            until(f"{path} on {host} alone", 30, functools.partial(self._on, path, host))
        return Side(name, host, process, paths)

    def _on(self, path: str, host: str) -> bool:
        (block,) = self.cluster.status(path)["blocks"]
        return {location["host"] for location in block["locations"]} == {host}


def cat(bench: Bench, client: Driver, side: Side, readers: int, reads: int, near: bool) -> Figure:
    """One run of the shell's `fs cat`."""
    before, ours = cpu_seconds(side.process.pid), bench.bytes_of_ours()
    place = {"host": side.host} if near else {}
    told = client.call("cat", paths=side.paths, times=reads, readers=readers, **place)
    figure = side.figure(told["seconds"], told["bytes"], before)
    wanted = reads * bench.cluster.status(side.paths[0])["length"]
    handed = bench.bytes_of_ours() - ours
    if told["bytes"] != wanted or handed != (wanted if side.host == OURS else 0):
        raise SystemExit(f"{side.name}: {told['bytes']} bytes of {wanted} came, {handed:.0f} of them from locus-worker")
    return figure


def scan(bench: Bench, application: SparkApplication, side: Side, size: int) -> Figure:
    """One scan by Spark. What it takes to list is left out: that is the master's."""
    (master,) = bench.cluster.master_addresses()
    before = cpu_seconds(side.process.pid)
    done = application.scan("binaryFile", f"alluxio://{master}/{side.name}")
    if done.sums.bytes != size:
        raise SystemExit(f"{side.name}: Spark has read {done.sums.bytes} bytes of {size}")
    return side.figure(done.seconds - done.listing_seconds, size, before)


def compare(kind: str, bench: Bench, arguments: argparse.Namespace) -> list[dict]:
    """All rows of one kind of client."""
    reads = arguments.reads
    if kind == "spark":
        application = bench.spark()
        size = arguments.files * arguments.block
        measures = {
            0: {name: functools.partial(scan, bench, application, side, size) for name, side in bench.sides.items()}
        }
    else:
        near = kind == "near"
        client = bench.client(f"client-{kind}", {} if near else FAR)
        measures = {
            readers: {
                name: functools.partial(cat, bench, client, side, readers, max(reads, 2 * readers), near)
                for name, side in bench.sides.items()
            }
            for readers in arguments.readers
        }
    # Connected, and compiled: what both JVMs run is a mixture of interpreted and compiled code for gigabytes.
    in_turns(arguments.warm_up, measures[max(measures)])
    found = []
    for readers, sides in measures.items():
        told = in_turns(arguments.rounds, sides)
        row = {"kind": kind, "readers": readers, **told, "ratio": told["ours"]["rate"] / told["theirs"]["rate"]}
        row["memory"] = told["ours"]["resident"] / told["theirs"]["resident"]
        found.append(row)
        columns = [f"  {kind:<5} {readers or '':>3}", cells(told["ours"]), cells(told["theirs"])]
        print("  ".join(columns) + f"  {row['ratio']:>6.2f}x {row['memory']:>6.2f}x", flush=True)
    return found


def promises(found: list[dict]) -> bool:
    """Prints whether they hold."""
    kept = True
    for kind in PROMISED:
        ratios = [row["ratio"] for row in found if row["kind"] == kind]
        if ratios:
            median = statistics.median(ratios)
            kept = kept and median >= SPEED
            verdict = "kept" if median >= SPEED else "BROKEN"
            print(f"promise: {kind} at least {SPEED:g}x of Alluxio's worker: {median:.2f}x, {verdict}")
    most = max(row["memory"] for row in found)
    verdict = "kept" if most <= MEMORY else "BROKEN"
    print(f"promise: memory at most {MEMORY:g}x of Alluxio's worker: {most:.2f}x, {verdict}")
    return kept and most <= MEMORY


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=lambda text: [int(part) for part in text.split(",")], default=[1, 4, 16])
    parser.add_argument("--files", type=int, default=8, help="on each worker")
    parser.add_argument("--block", type=lambda text: int(text) * MIB, default=64 * MIB, help="MiB of a file")
    parser.add_argument("--reads", type=int, default=32, help="files read in a measurement of cat and near")
    parser.add_argument("--rounds", type=int, default=5, help="of each worker, in turns")
    parser.add_argument("--warm-up", type=int, default=5, help="rounds of each client that do not count")
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--heap", type=int, default=4096, help="MiB of a JVM's heap, and of its direct memory, at most")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    return parser.parse_args()


def main() -> int:
    """Exit status: 0 the promises hold, 1 one does not."""
    arguments = parse()
    if "LOCUS_BIN" not in os.environ:
        sys.exit("LOCUS_BIN is not set: start through `tools/dev bench alluxio_read_bench`")
    kinds = [arguments.only] if arguments.only else list(KINDS)
    try:
        os.environ["LOCUS_ALLUXIO"] = alluxio.ensure()
        if "spark" in kinds:
            os.environ["LOCUS_SPARKS"] = f"{spark.FIRST}={spark.ensure()}"
            os.environ["LOCUS_SPARK_CLIENT"] = str(spark.ensure_client())
    except steps.StepFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    # Each folder lies in the under-store and on its worker.
    room = 4 * arguments.files * arguments.block + (256 << 20)
    found = []
    with folders.run_folder(room) as folder, contextlib.ExitStack() as ends:
        bench = Bench(arguments, folder, ends)
        print("              ours: MiB/s, CPU s/GiB, RSS MiB   Alluxio's worker          ratio  memory")
        for kind in kinds:
            found += compare(kind, bench, arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0 if promises(found) else 1


if __name__ == "__main__":
    sys.exit(main())
