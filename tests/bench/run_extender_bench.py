#!/usr/bin/env python3
"""Filter and prioritize at 5,000 node names: locus-extender beside two floors, in one run.

The floors are a no-op C++ handler on the same HTTP server (parses all names, echoes them) and a no-op Go net/http
extender (encoding/json). All servers run at once; rounds are interleaved, so that a slow moment of the machine meets
all of them. Latency is what a client on one kept-alive connection sees; CPU is the server process' own, from /proc.
Ratios are of the medians over rounds.

Usage: tests/bench/run_extender_bench.py [--rounds N] [--calls N] [--nodes N] [--holders N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = [
    "//tests/bench:http_load",
    "//tests/bench:noop_extender",
    "//tests/bench:fixed_locality",
    "//extender:locus-extender",
]


def node_name(index: int) -> str:
    """44 characters; fixed_locality.cc builds the same."""
    return f"bench-node-{index:04d}.compute.internal.example.com"


def spark_pod(annotations: dict[str, str]) -> dict:
    """An executor pod of about the size that Spark 3.5 makes: labels, environment, volumes, tolerations."""
    app = "spark-0f3c8a7d5b9e4c1fa2d6e8b7c9a0d1e2"
    environment = [{"name": f"SPARK_SETTING_{i:02d}", "value": f"value-{i:02d}-" + "x" * 60} for i in range(32)]
    return {
        "metadata": {
            "name": "events-0f3c8a7d5b9e4c1f-exec-17",
            "namespace": "analytics",
            "uid": "5a7c6f0e-3c1b-4d57-9b7a-0c8d2f6e1a33",
            "resourceVersion": "123456",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {
                "spark-app-name": "events",
                "spark-app-selector": app,
                "spark-exec-id": "17",
                "spark-exec-resourceprofile-id": "0",
                "spark-role": "executor",
                "spark-version": "3.5.9",
            },
            "annotations": annotations,
        },
        "spec": {
            "volumes": [{"name": "spark-local-dir-1", "emptyDir": {}}],
            "containers": [
                {
                    "name": "spark-kubernetes-executor",
                    "image": "registry.example.com/spark:3.5.9",
                    "args": ["executor"],
                    "env": environment,
                    "resources": {"limits": {"memory": "9011Mi"}, "requests": {"cpu": "4", "memory": "9011Mi"}},
                    "ports": [{"name": "blockmanager", "containerPort": 7079, "protocol": "TCP"}],
                }
            ],
            "restartPolicy": "Never",
            "schedulerName": "locus",
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}],
        },
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    }


def cpu_seconds(pid: int) -> float:
    """Time that the process' threads have been on a CPU, to the nanosecond."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


class Server:
    """A server process with a port file; stopped by process id."""

    def __init__(self, name: str, command: list[str], port_file: pathlib.Path, log: pathlib.Path) -> None:
        self.name = name
        self.process = subprocess.Popen(command, stdout=log.open("wb"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 20
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{name} did not start:\n{log.read_text()}")
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def percentile(values: list[float], fraction: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


class Bench:
    """The servers, the bodies, and what was measured."""

    def __init__(self, arguments: argparse.Namespace, folder: pathlib.Path) -> None:
        self.arguments = arguments
        self.folder = folder
        self.servers: list[Server] = []
        self.bazel_bin = ROOT / "bazel-bin"
        self.bodies = {
            "none": self.write_body("none", {}),
            "known": self.write_body("known", {"locus.dev/inputs": "alluxio:///warehouse/events"}),
        }

    def write_body(self, name: str, annotations: dict[str, str]) -> pathlib.Path:
        names = [node_name(i) for i in range(self.arguments.nodes)]
        path = self.folder / f"{name}.json"
        arguments = {"Pod": spark_pod(annotations), "Nodes": None, "NodeNames": names}
        path.write_text(json.dumps(arguments, separators=(",", ":")))
        return path

    def binary(self, path: str) -> str:
        return str(self.bazel_bin / path)

    def start(self, name: str, command: list[str]) -> Server:
        port_file = self.folder / f"{name}.port"
        log = self.folder / f"{name}.log"
        server = Server(name, [part.replace("PORT_FILE", str(port_file)) for part in command], port_file, log)
        self.servers.append(server)
        return server

    def build(self) -> None:
        print("building …", flush=True)
        subprocess.run(["bazel", "build", *TARGETS], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        where = subprocess.run(["bazel", "info", "bazel-bin"], cwd=ROOT, check=True, capture_output=True, text=True)
        self.bazel_bin = pathlib.Path(where.stdout.strip())
        if shutil.which("go") is None:
            sys.exit("go is not on the PATH: the Go floor cannot be built; `tools/dev bench` installs it")
        go = ["go", "build", "-o", str(self.folder / "noop_go"), "."]
        subprocess.run(go, cwd=ROOT / "tests/bench/noop_go", check=True)

    def start_all(self) -> list[tuple[str, Server]]:
        noop = self.start("noop C++", [self.binary("tests/bench/noop_extender"), "PORT_FILE"])
        go = self.start("noop Go", [str(self.folder / "noop_go"), "PORT_FILE"])
        holders = str(self.arguments.holders)
        meta = self.start("locality", [self.binary("tests/bench/fixed_locality"), "PORT_FILE", holders])
        locus = self.start(
            "locus",
            [
                self.binary("extender/locus-extender"),
                "--set=listen.port=0",
                "--set=listen.port_file=PORT_FILE",
                f"--set=metadata.target=127.0.0.1:{meta.port}",
            ],
        )
        return [("noop C++", noop), ("noop Go", go), ("locus", locus)]

    def calls(self, server: Server, verb: str, body: str, count: int) -> tuple[list[float], float]:
        """Latencies in microseconds, and CPU microseconds a call."""
        before = cpu_seconds(server.process.pid)
        load = [self.binary("tests/bench/http_load"), "127.0.0.1", str(server.port), f"/{verb}"]
        done = subprocess.run(
            [*load, str(self.bodies[body]), str(count)], check=True, stdout=subprocess.PIPE, text=True
        )
        cpu = (cpu_seconds(server.process.pid) - before) / count * 1e6
        return [float(line) for line in done.stdout.split()], cpu

    def measure(self) -> list[dict]:
        servers = self.start_all()
        for _, server in servers:
            for verb in ("filter", "prioritize"):
                for body in self.bodies:
                    self.calls(server, verb, body, 50)
        time.sleep(0.5)
        rows = []
        for body in self.bodies:
            for verb in ("filter", "prioritize"):
                latencies: dict[str, list[float]] = {name: [] for name, _ in servers}
                medians: dict[str, list[float]] = {name: [] for name, _ in servers}
                cpus: dict[str, list[float]] = {name: [] for name, _ in servers}
                for _ in range(self.arguments.rounds):
                    for name, server in servers:
                        micros, cpu = self.calls(server, verb, body, self.arguments.calls)
                        latencies[name] += micros
                        medians[name].append(statistics.median(micros))
                        cpus[name].append(cpu)
                for name, _ in servers:
                    rows.append(
                        {
                            "pod": body,
                            "verb": verb,
                            "server": name,
                            "p50_us": percentile(latencies[name], 0.5),
                            "p90_us": percentile(latencies[name], 0.9),
                            "p99_us": percentile(latencies[name], 0.99),
                            "median_us": statistics.median(medians[name]),
                            "cpu_us": statistics.median(cpus[name]),
                        }
                    )
        return rows

    def check_that_locus_scored(self) -> None:
        """A bench of an extender that answers nothing would be easier than the real thing: look at its own counters."""
        port = self.servers[-1].port
        page = subprocess.run(
            ["curl", "-sf", f"http://127.0.0.1:{port}/metrics"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        scored = [line for line in page.splitlines() if "scored" in line and not line.startswith("#")]
        if not any(float(line.rsplit(" ", 1)[1]) >= self.arguments.rounds * self.arguments.calls for line in scored):
            sys.exit("locus-extender did not score the pods of this bench: the figures would mean nothing")


def show(rows: list[dict]) -> None:
    print(f"\n{'pod':6} {'verb':11} {'server':9} {'p50 us':>8} {'p90 us':>8} {'p99 us':>8} {'CPU us/call':>12}")
    for row in rows:
        print(
            f"{row['pod']:6} {row['verb']:11} {row['server']:9} {row['p50_us']:8.0f} {row['p90_us']:8.0f} "
            f"{row['p99_us']:8.0f} {row['cpu_us']:12.0f}"
        )


def ratios(rows: list[dict]) -> dict[str, float]:
    """Filter and prioritize added up, as kube-scheduler makes both calls for a pod."""

    def total(pod: str, server: str, key: str) -> float:
        return sum(row[key] for row in rows if row["pod"] == pod and row["server"] == server)

    def over(pod: str, one: str, other: str, key: str) -> float:
        return total(pod, one, key) / total(pod, other, key)

    return {
        "known input, latency, locus / no-op C++": over("known", "locus", "noop C++", "median_us"),
        "known input, CPU, locus / no-op C++": over("known", "locus", "noop C++", "cpu_us"),
        "known input, CPU, no-op Go / locus": over("known", "noop Go", "locus", "cpu_us"),
        "no annotation, latency, locus / no-op C++": over("none", "locus", "noop C++", "median_us"),
        "no annotation, CPU, locus / no-op C++": over("none", "locus", "noop C++", "cpu_us"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=200, help="calls of one server in one round")
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--holders", type=int, default=50, help="nodes that hold the input")
    parser.add_argument("--json", type=pathlib.Path, help="also write all rows there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        try:
            bench.build()
            body_kb = bench.bodies["known"].stat().st_size / 1000
            print(
                f"{arguments.nodes} node names, {arguments.holders} holders, body {body_kb:.0f} kB, "
                f"{arguments.rounds} interleaved rounds of {arguments.calls} calls"
            )
            rows = bench.measure()
            bench.check_that_locus_scored()
        finally:
            for server in reversed(bench.servers):
                server.stop()
    show(rows)
    print("\nratios of medians, filter + prioritize together:")
    result = ratios(rows)
    for name, value in result.items():
        print(f"  {name}: {value:.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": rows, "ratios": result}, indent=1))


if __name__ == "__main__":
    main()
