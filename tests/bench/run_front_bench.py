#!/usr/bin/env python3
"""What the front adds to a listing: the same folder straight from the master and through locus-meta, in turns.

A fake Alluxio master (tests/support/alluxio, judged together with the real one) lists a folder of many files; the
caller is recognised, and the hosts of all blocks are rewritten. The fake is some ten times as fast as a real master
and the client as lean as one can be, so the share that the front adds is the largest that one can meet. Promise: at
most 20 percent of the time that a real master and its Java client take; `--real SECONDS` names that time where it was
measured (tests/e2e/alluxio/test_front.py prints it).

Usage: tests/bench/run_front_bench.py [--files N] [--blocks N] [--rounds N] [--executors N] [--real SECONDS]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tools")]

from locus_e2e import folders, settings  # noqa: E402
from locus_e2e.daemon import Daemon  # noqa: E402
from locus_e2e.pods_double import PodsDouble, executor  # noqa: E402
from locus_e2e.ports import free_port  # noqa: E402
from locus_e2e.processes import Processes  # noqa: E402
from locus_e2e.waiting import until  # noqa: E402

FAKE = "//tests/support/alluxio:fake-alluxio-master"
LOAD = "//tests/bench:front_load"
LOCAL = "127.0.0.1"
WORKERS = 3
# A real master and Alluxio's Java client, 10,000 files of one cached block; see docs/performance.md.
REAL_SECONDS = 0.15
PROMISE = 0.20


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
    parser.add_argument("--real", type=float, default=REAL_SECONDS)
    arguments = parser.parse_args()
    if "LOCUS_BIN" not in os.environ:
        sys.exit("LOCUS_BIN is not set: start through `tools/dev bench front`")
    subprocess.run(["bazel", "build", FAKE, LOAD, "//:locus-meta"], cwd=ROOT, check=True, capture_output=True)
    with folders.run_folder(1 << 30) as folder, Processes(folder) as processes:
        told = run(arguments, folder, processes)
    straight, through = (statistics.median(told[side]) for side in ("straight", "through"))
    added = statistics.median(t - s for s, t in zip(told["straight"], told["through"], strict=True))
    print(f"listing {told['files']} files of {arguments.blocks} block(s), {told['rewritten']} blocks rewritten")
    print(f"  straight from a fake master   {straight * 1e3:8.1f} ms")
    print(f"  through the front             {through * 1e3:8.1f} ms   {through / straight:.2f}x")
    print(f"  added                         {added * 1e3:8.1f} ms")
    print(f"  rewriting, by its own clock   {told['rewrite'] * 1e3:8.1f} ms")
    print(f"  of a real listing's {arguments.real * 1e3:.0f} ms     {added / arguments.real * 100:8.1f} percent")
    kept = added <= PROMISE * arguments.real
    print(f"promise (at most {PROMISE * 100:.0f} percent): {'kept' if kept else 'BROKEN'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
