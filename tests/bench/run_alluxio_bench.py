#!/usr/bin/env python3
"""What Locus costs a real Alluxio master: its CPU with watched inputs while nothing changes, beside that without Locus.

One master and three workers in one run: first nobody asks, then locus-meta follows the inputs, then pods wait for all
of them (which asks each again every second, within the budget of calls), then nobody asks again. CPU is the master
process' own, from /proc. The promise: below 2 percent of a core, over what the master uses by itself.

Usage: tests/bench/run_alluxio_bench.py [--inputs N] [--files N] [--blocks N] [--seconds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import sys
import time
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tools")]

from devkit import alluxio, steps  # noqa: E402
from locus_e2e import folders, settings, stubs  # noqa: E402
from locus_e2e.alluxio.cluster import AlluxioCluster  # noqa: E402
from locus_e2e.alluxio.jvm import Java  # noqa: E402
from locus_e2e.alluxio.questions import Meta  # noqa: E402
from locus_e2e.alluxio.stack import AlluxioStack  # noqa: E402
from locus_e2e.processes import Processes  # noqa: E402
from locus_e2e.waiting import until  # noqa: E402
from side_by_side import cpu_seconds  # noqa: E402

BLOCK = 4 << 10
PROMISE_PERCENT = 2.0
# After its fast period (alluxio.fast_for) an input is asked again less and less often, up to index.listing_refresh.
CALM = {"alluxio": {"fast_for": "5s"}}
CALM_SECONDS = 75.0


def percent_of_a_core(pid: int, seconds: float) -> float:
    """Over the next `seconds`."""
    began, used = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return 100 * (cpu_seconds(pid) - used) / (time.monotonic() - began)


def write_inputs(cluster: AlluxioCluster, inputs: int, files: int, blocks: int) -> list[str]:
    """Folders of files in the workers' caches."""
    named = [f"/bench/input-{number:02d}" for number in range(inputs)]
    for folder in named:
        for number in range(files):
            cluster.driver.call("write", path=f"{folder}/part-{number:04d}", size=blocks * BLOCK, block=BLOCK)
    return named


@contextlib.contextmanager
def followed(ask: Meta, inputs: list[str], *, wanted: bool) -> Iterator[None]:
    """While an extender follows these inputs."""
    with ask.want(*inputs, wanted=wanted):
        until("all inputs", 60, lambda: all(one.state == "KNOWN" for one in ask.ask(*inputs)))
        yield


def calls(stack: AlluxioStack) -> float:
    """Calls that locus-meta has made to the master so far."""
    return sum(
        value for name, value in stack.meta.metrics("admin").items() if name.startswith("locus_meta_master_calls_total")
    )


def measure(arguments: argparse.Namespace, folder: pathlib.Path, processes: Processes) -> dict[str, float]:
    """Percent of a core by what is asked; and calls a second of the two cases that ask."""
    cluster = AlluxioCluster(Java(), folder / "alluxio", processes)
    with contextlib.closing(cluster):
        inputs = write_inputs(cluster, arguments.inputs, arguments.files, arguments.blocks)
        (master,) = cluster.masters.values()
        pid = master.running().pid
        # What compiling the code that the writes ran through takes is over.
        time.sleep(10)
        found = {"alone": percent_of_a_core(pid, arguments.seconds)}
        stack = AlluxioStack(settings.programs(), folder / "locus", processes, cluster, "alluxio", CALM)
        with contextlib.closing(stack):
            for name, wanted in (("watched", False), ("wanted", True)):
                with followed(stack.ask, inputs, wanted=wanted):
                    time.sleep(10 if wanted else CALM_SECONDS)
                    before, began = calls(stack), time.monotonic()
                    found[name] = percent_of_a_core(pid, arguments.seconds)
                    found[f"{name}_calls"] = (calls(stack) - before) / (time.monotonic() - began)
        found["alone_again"] = percent_of_a_core(pid, arguments.seconds)
    return found


def main() -> int:
    """Exit status: 0 the promise holds, 1 it does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20)
    parser.add_argument("--files", type=int, default=50, help="of each input")
    parser.add_argument("--blocks", type=int, default=4, help="of each file")
    parser.add_argument("--seconds", type=float, default=40.0, help="of each measurement")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    try:
        os.environ["LOCUS_ALLUXIO"] = alluxio.ensure()
    except steps.StepFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    with folders.run_folder(1 << 30) as folder:
        stubs.generate(folder / "stubs")
        with Processes(folder) as processes:
            found = measure(arguments, folder, processes)
    alone = (found["alone"] + found["alone_again"]) / 2
    print(
        f"CPU of the Alluxio master, percent of a core over {arguments.seconds:g} s each; {arguments.inputs} inputs of"
    )
    print(f"{arguments.files} files of {arguments.blocks} blocks, nothing changes")
    print(f"  nobody asks            {found['alone']:6.2f}   before,  {found['alone_again']:.2f} after")
    for name, text in (("watched", "inputs are watched"), ("wanted", "pods wait for all")):
        rate = found[f"{name}_calls"]
        print(f"  {text:<22} {found[name]:6.2f}   {found[name] - alone:+.2f} by Locus, {rate:.1f} calls/s")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    kept = found["watched"] - alone < PROMISE_PERCENT
    print(f"promise: watched inputs cost below {PROMISE_PERCENT:g} percent: {'kept' if kept else 'BROKEN'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
