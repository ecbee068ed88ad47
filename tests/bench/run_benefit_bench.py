#!/usr/bin/env python3
"""What locality is worth to a Spark job: the same scans, set up in six ways, at several speeds of the network.

Three nodes are network namespaces with an Alluxio worker each; all that goes from one node to another crosses an
uplink that is as fast as the row says (tc tbf). Real kube-apiserver and kube-schedulers, a real Alluxio, a real Spark
with three executors on a pod network. The set-ups stand there at the same time and scan in turns, in an order that
rotates.

Usage: tests/bench/run_benefit_bench.py [--data NAME,...] [--rates NAME,...] [--setups NAME,...] [--rounds N] [--seed N]
           [--warm-up N] [--full-compiler] [--json FILE]
Needs root, for the namespaces. Tells what it does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "bench"), str(ROOT / "tools")]

from benefit import datasets, links, report, setups  # noqa: E402
from devkit import namespaces, steps, tiers  # noqa: E402
from locus_e2e import folders, settings, stubs  # noqa: E402
from locus_e2e.processes import Processes  # noqa: E402
from locus_e2e.spark_app.measure import Meter  # noqa: E402
from locus_e2e.spark_site import SparkSite, open_site  # noqa: E402

SEED = 20261127
# Name -> files, and the nodes that hold them.
DATA = {"all three nodes": (48, 3), "two nodes": (24, 2), "one node": (24, 1)}
COLD = "nowhere (cold)"
COLD_FILES = 24
TIER_BYTES = 2 << 30
# Tiers and the under-store.
MEMORY_BYTES = 4 << 30
# Until the JVMs have compiled what they need.
WARM_UP = 2
BUSY = "one node's uplink busy"
BUSY_RATES = ("100 Mbit/s",)
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measures and prints."""
    arguments = parse()
    reason = namespaces.why_not()
    if reason:
        raise steps.StepFailed(f"  {reason}")
    os.environ.update(tiers.spark_environment())
    os.environ["LOCUS_BIN"] = str(tiers.locus_binaries())
    spark = next(iter(settings.spark_homes().values()))
    with folders.run_folder(MEMORY_BYTES) as folder, Processes(folder) as processes:
        stubs.generate(folder / "stubs")
        with open_site(
            folder / "site",
            spark,
            TIER_BYTES,
            cpu_milli=16_000,
            memory_mib=65_536,
            java_options=tuple(java_options(arguments).split()),
        ) as site:
            samples = list(measure(site, arguments, folder, processes))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps([sample.json() for sample in samples], indent=1))
    show(samples, arguments)
    return 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=",".join([*DATA, COLD]), help="where the data is; default: all cases")
    parser.add_argument("--rates", default=",".join(links.RATES))
    parser.add_argument("--setups", default=",".join(setups.ORDER))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="discarded scans of each set-up")
    parser.add_argument(
        "--full-compiler", action="store_true", help="JVMs with their second compiler; give them more --warm-up"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", help="also write every scan to this file")
    return parser.parse_args()


def measure(
    site: SparkSite, arguments: argparse.Namespace, folder: pathlib.Path, processes: Processes
) -> Iterator[report.Sample]:
    """All scans, one data set after the other."""
    hosts = [node.seat.address for node in site.network.nodes.values()]
    wanted = arguments.data.split(",")
    for name, (files, holders) in DATA.items():
        if name not in wanted:
            continue
        data = datasets.spread(name.replace(" ", "-"), files, hosts[:holders], arguments.seed)
        say(f"{name}: {files} files, {data.size / 1e6:.0f} MB")
        data.write(site.alluxio.driver)
        datasets.lies_as_planned(data, site.alluxio)
        with contextlib.ExitStack() as ends:
            running = []
            for setup in chosen(arguments):
                one = setups.start(
                    site,
                    setup,
                    data.folder,
                    folder / f"{data.name}-{len(running)}",
                    java_options=java_options(arguments),
                )
                ends.callback(one.application.close)
                running.append(one)
                say(f"  {setup}: executors on {placed(site, one)}")
            links.limit(site.network, None)
            for number in range(1, arguments.warm_up + 1):
                for one in running:
                    done = one.application.scan("binaryFile", one.uri(data.folder))
                    say(f"    warm-up {number} of {arguments.warm_up}, {one.setup}: {done.seconds:.1f} s")
            yield from rounds(site, arguments, name, data, running, processes)
    if COLD in wanted:
        yield from cold(site, arguments, folder)


def rounds(
    site: SparkSite,
    arguments: argparse.Namespace,
    name: str,
    data: datasets.DataSet,
    running: Sequence[setups.Running],
    processes: Processes,
) -> Iterator[report.Sample]:
    """The scans of one data set."""
    turn = 0
    for _ in range(arguments.rounds):
        for rate in arguments.rates.split(","):
            links.limit(site.network, links.RATES[rate])
            for one in rotated(running, turn):
                yield scan(site, one, data, name, rate, "")
            turn += 1
    if len(data.files) < 2 or name != next(iter(DATA)):
        return
    for rate in (rate for rate in BUSY_RATES if rate in arguments.rates.split(",")):
        links.limit(site.network, links.RATES[rate])
        with links.busy(site.network, next(iter(site.network.nodes.values())), processes):
            for _ in range(arguments.rounds):
                for one in rotated(running, turn):
                    yield scan(site, one, data, name, rate, BUSY)
                turn += 1
    links.limit(site.network, None)


def cold(site: SparkSite, arguments: argparse.Namespace, folder: pathlib.Path) -> Iterator[report.Sample]:
    """The first scan of data that nobody has cached, and the second one, with Alluxio's own defaults for caching."""
    for rate in arguments.rates.split(","):
        for setup in (one for one in (setups.STOCK, setups.LOCUS) if one in chosen(arguments)):
            # Each has its own: the first to read it would warm it for the others.
            label = f"cold-{len(setup)}-{links.RATES[rate]}"
            data = datasets.spread(label, COLD_FILES, (), arguments.seed)
            data.write(site.alluxio.driver)
            datasets.lies_as_planned(data, site.alluxio)
            warm = datasets.spread(f"{label}-warm-up", 6, (), arguments.seed)
            warm.write(site.alluxio.driver)
            one = setups.start(
                site, setup, data.folder, folder / label, keep_copies=True, java_options=java_options(arguments)
            )
            with contextlib.closing(contextlib.ExitStack()) as ends:
                ends.callback(one.application.close)
                links.limit(site.network, None)
                for _ in range(arguments.warm_up):
                    one.application.scan("binaryFile", one.uri(warm.folder))
                links.limit(site.network, links.RATES[rate])
                for number in ("first", "second"):
                    yield scan(site, one, data, COLD, rate, f"{number} scan")
    links.limit(site.network, None)


def scan(
    site: SparkSite, one: setups.Running, data: datasets.DataSet, name: str, rate: str, condition: str
) -> report.Sample:
    """One scan of one application, and what it took."""
    meter = Meter(site, one.application)
    busy, began = cpu_busy_seconds(), time.monotonic()
    done = meter.scan("binaryFile", one.uri(data.folder))
    took, busy = time.monotonic() - began, cpu_busy_seconds() - busy
    assert (done.sums.rows, done.sums.bytes) == (len(data.files), data.size), f"{one.setup} has read {done.sums}"
    nodes = nodes_of_executors(site, one)
    by_node: Counter[str] = Counter()
    for executor, count in done.tasks.by_executor.items():
        by_node[nodes.get(executor, "gone")] += count
    sample = report.Sample(
        data=name,
        setup=one.setup,
        rate=rate,
        condition=condition,
        seconds=done.scan.seconds,
        crossed_bytes=None if condition == BUSY else done.crossed,
        others_bytes=done.others,
        localities=dict(done.tasks.by_locality),
        tasks_by_node=dict(by_node),
        cpu_busy=busy / took / (os.cpu_count() or 1),
        cpu_seconds=busy,
    )
    say(f"    {rate} {condition} {one.setup}: {done}")
    return sample


def show(samples: Sequence[report.Sample], arguments: argparse.Namespace) -> None:
    """Tables, for docs/benefit.md."""
    rates = [rate for rate in links.RATES if rate in arguments.rates.split(",")]
    print(f"seed {arguments.seed}, {arguments.rounds} rounds, {os.cpu_count()} cores\n")
    for name in [*DATA, COLD]:
        for condition in dict.fromkeys(sample.condition for sample in samples if sample.data == name):
            mine = [one for one in samples if (one.data, one.condition) == (name, condition)]
            print(f"### Data on {name}{', ' + condition if condition else ''}\n")
            print(report.overview(mine, setups.ORDER, rates, setups.STOCK), end="\n\n")
            for rate in (rate for rate in rates if any(one.rate == rate for one in mine)):
                print(f"{rate}:\n")
                print(report.table([one for one in mine if one.rate == rate], setups.ORDER, setups.STOCK), end="\n\n")


def java_options(arguments: argparse.Namespace) -> str:
    """Of every JVM that takes part, over what the tests give it."""
    return setups.FULL_COMPILER if arguments.full_compiler else ""


def chosen(arguments: argparse.Namespace) -> list[str]:
    """Set-ups by what the command line says."""
    return [setup for setup in setups.ORDER if setup in arguments.setups.split(",")]


def nodes_of_executors(site: SparkSite, one: setups.Running) -> dict[str, str]:
    """Executor's number -> node, by the pods that run."""
    pods = site.kubelet.pods({"spark-app-selector": one.application.id})
    return {pod.pod["metadata"]["labels"]["spark-exec-id"]: pod.pod["spec"]["nodeName"] for pod in pods}


def placed(site: SparkSite, one: setups.Running) -> str:
    """How many executors each node has."""
    counts = Counter(nodes_of_executors(site, one).values())
    return ", ".join(f"{node} {count}" for node, count in sorted(counts.items()))


def cpu_busy_seconds() -> float:
    """Of all cores of the machine, since it was started."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def rotated(running: Sequence[setups.Running], turn: int) -> list[setups.Running]:
    """Another one first each time."""
    first = turn % len(running)
    return [*running[first:], *running[:first]]


def say(text: str) -> None:
    """Progress, beside the tables."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    # Told to end it takes down what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except steps.StepFailed as problem:
        sys.exit(str(problem))
