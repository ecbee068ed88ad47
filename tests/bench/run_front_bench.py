#!/usr/bin/env python3
"""What the front adds to a listing: the same folder straight from the master and through locus-meta, in turns.

First a real Alluxio master and Alluxio's own Java client, as a job has them; the promise is about these: at most 20
percent more time for 10,000 files. Then a fake master (tests/support/alluxio), some ten times as fast as a real one,
and a client as lean as one can be: what the front costs by itself. In both the caller is recognised, and the hosts of
all blocks are rewritten.

Usage: tests/bench/run_front_bench.py [--files N] [--blocks N] [--rounds N] [--executors N] [--fake-only]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tools")]

from devkit import alluxio  # noqa: E402
from locus_e2e import folders, settings, stubs  # noqa: E402
from locus_e2e.alluxio.cluster import AlluxioCluster, Shape  # noqa: E402
from locus_e2e.alluxio.driver import Driver  # noqa: E402
from locus_e2e.alluxio.jvm import Java  # noqa: E402
from locus_e2e.alluxio.stack import AlluxioStack, node_of  # noqa: E402
from locus_e2e.daemon import Daemon  # noqa: E402
from locus_e2e.pods_double import PodsDouble, executor  # noqa: E402
from locus_e2e.ports import free_port  # noqa: E402
from locus_e2e.processes import Processes  # noqa: E402
from locus_e2e.waiting import until  # noqa: E402

FAKE = "//tests/support/alluxio:fake-alluxio-master"
LOAD = "//tests/bench:front_load"
LOCAL = "127.0.0.1"
WORKERS = 3
PROMISE = 0.20
FOLDER = "/listed"
BLOCK = 4 << 10
# Each round lists that often on each side: the JIT and the page cache do not care who is first.
LISTINGS = 3
# The JVMs of master and client have compiled by then.
WARM_UP = 15


def program(label: str) -> pathlib.Path:
    """Where Bazel has put it."""
    return pathlib.Path(os.environ["LOCUS_BIN"]) / label.removeprefix("//").replace(":", "/")


def run(arguments: argparse.Namespace, folder: pathlib.Path, processes: Processes) -> dict:
    """One run of the load; seconds of each listing."""
    port_file = folder / "fake.port"
    generate = f"files={arguments.files},blocks={arguments.blocks},workers={WORKERS}"
    processes.start("fake", [program(FAKE), "--port-file", port_file, "--generate", generate])
    until("the fake master", 120, lambda: port_file.exists() and port_file.read_text().strip())
    master = f"{LOCAL}:{port_file.read_text().strip()}"
    with PodsDouble() as api:
        for worker in range(WORKERS):
            for number in range(arguments.executors):
                index = worker * arguments.executors + number
                # The fake's workers are 10.1.0.0, 10.1.0.1, ...
                api.put(executor("bench", index, f"10.9.{worker}.{number}", f"10.1.0.{worker}", driver=LOCAL))
        front = free_port(LOCAL)
        config = {
            "source": "alluxio",
            "alluxio": {"masters": [master]},
            "nodes": {"kubernetes": {"kubeconfig": str(api.write_kubeconfig(folder / "kubeconfig"))}},
            "front": {"enabled": True, "listen": {"address": LOCAL, "port": front}},
        }
        daemon = Daemon("meta", settings.programs().meta, folder, config, {"listen": LOCAL, "admin": LOCAL}, processes)
        daemon.start()
        daemon.wait_ready("admin", 30)
        known = f"locus_meta_front_pods {WORKERS * arguments.executors}".encode()
        until("the pods", 30, lambda: known in daemon.get("/metrics", "admin").data)
        load = [program(LOAD), "--straight", master, "--through", f"{LOCAL}:{front}", "--rounds", str(arguments.rounds)]
        done = subprocess.run([*map(str, load)], capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        figures = daemon.metrics("admin")
        daemon.stop()
    told = json.loads(done.stdout)
    # One more than the rounds: the first listing is not timed.
    told["rewrite"] = figures["locus_meta_front_rewrite_seconds_sum"] / (arguments.rounds + 1)
    return told


def main() -> int:
    """Runs it and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--blocks", type=int, default=1)
    parser.add_argument("--executors", type=int, default=1, help="on each worker's node")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--fake-only", action="store_true")
    arguments = parser.parse_args()
    if "LOCUS_BIN" not in os.environ:
        sys.exit("LOCUS_BIN is not set: start through `tools/dev bench front_bench`")
    subprocess.run(["bazel", "build", FAKE, LOAD, "//:locus-meta"], cwd=ROOT, check=True, capture_output=True)
    with folders.run_folder(1 << 30) as folder, Processes(folder) as processes:
        told = run(arguments, folder, processes)
        real = {} if arguments.fake_only else real_listings(arguments, folder / "real", processes)
    kept = True
    if real:
        ratio = show("a real master, Alluxio's Java client", real)
        kept = ratio <= 1 + PROMISE
        print(f"promise (at most {PROMISE * 100:.0f} percent more): {'kept' if kept else 'BROKEN'}")
    print(f"{told['rewritten']} blocks rewritten in each listing:")
    show("a fake master, a lean client", told)
    return 0 if kept else 1


def real_listings(arguments: argparse.Namespace, folder: pathlib.Path, processes: Processes) -> dict[str, list[float]]:
    """Seconds of each listing, straight from a real master and through the front."""
    folder.mkdir()
    os.environ["LOCUS_ALLUXIO"] = alluxio.ensure()
    stubs.generate(folder / "stubs")
    quotas = {"MEM": arguments.files * BLOCK + (64 << 20)}
    cluster = AlluxioCluster(Java(), folder / "alluxio", processes, Shape(quotas=quotas))
    with contextlib.closing(cluster), PodsDouble() as api:
        print(f"writing {arguments.files} files", file=sys.stderr, flush=True)
        for number in range(arguments.files):
            cluster.driver.call("write", path=f"{FOLDER}/part-{number:06}", size=BLOCK, block=BLOCK)
        for number, host in enumerate(cluster.workers, 1):
            api.put(executor("bench", number, f"127.0.9.{number}", host, node=node_of(host), driver=LOCAL))
        port = free_port(LOCAL)
        extra = {
            "nodes": {"kubernetes": {"kubeconfig": str(api.write_kubeconfig(folder / "kubeconfig"))}},
            "front": {"enabled": True, "listen": {"address": LOCAL, "port": port}},
        }
        stack = AlluxioStack(settings.programs(), folder / "locus", processes, cluster, "alluxio", extra)
        through = cluster.driver_at(f"{LOCAL}:{port}", "driver-through")
        with contextlib.closing(stack), contextlib.closing(through):
            wanted = {f"127.0.9.{number}" for number in range(1, len(cluster.workers) + 1)}
            until("executors in listings", 20, lambda: hosts(through) == wanted)
            found: dict[str, list[float]] = {"straight": [], "through": []}
            clients = {"straight": cluster.driver, "through": through}
            for client in clients.values():
                client.call("time_list", path=FOLDER, times=WARM_UP)
            for turn in range(arguments.rounds):
                order = list(clients) if turn % 2 == 0 else list(reversed(clients))
                for side in order:
                    found[side] += clients[side].call("time_list", path=FOLDER, times=LISTINGS)
    return found


def hosts(client: Driver) -> set[str]:
    """Of all blocks of the folder."""
    listing = client.call("list", path=FOLDER)
    return {location["host"] for file in listing for block in file["blocks"] for location in block["locations"]}


def show(what: str, found: dict) -> float:
    """Prints medians, and returns through / straight."""
    straight, through = (statistics.median(found[side]) for side in ("straight", "through"))
    print(f"{what}, {len(found['straight'])} listings of each kind in turns")
    print(f"  straight            {straight * 1e3:8.1f} ms")
    print(f"  through the front   {through * 1e3:8.1f} ms   {through / straight:.2f}x")
    return through / straight


if __name__ == "__main__":
    sys.exit(main())
