#!/usr/bin/env python3
"""Filter and prioritize at 5,000 node names: locus-extender beside two floors, in one run.

Two extenders run: one that does not know the cluster (pods `none` and `known`), and one that follows a fake API server
with as many nodes and --groups applications (pods `prefer`, `wait` and `refused`, each an executor of one of them).
`wait` passes the filter on the nodes that are good enough, and the scores are then asked for these alone, as
kube-scheduler does; `refused` is offered no node that holds anything, and waits.

The floors are a no-op C++ handler on the same HTTP server (parses all names, echoes them) and a no-op Go net/http
extender (encoding/json). All servers run at once; rounds are interleaved, so that a slow moment of the machine meets
all of them. Latency is what a client on one kept-alive connection sees; CPU is the server process' own, from /proc.
Ratios are of the medians over rounds.

Usage: tests/bench/run_extender_bench.py [--rounds N] [--calls N] [--nodes N] [--holders N] [--groups N]
           [--members N] [--zones N] [--json FILE]
"""

from __future__ import annotations

import argparse
import datetime
import json
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

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


def spark_pod(annotations: dict[str, str], app: str = "spark-0f3c8a7d5b9e4c1fa2d6e8b7c9a0d1e2", uid: str = "") -> dict:
    """An executor pod of about the size that Spark 3.5 makes: labels, environment, volumes, tolerations."""
    environment = [{"name": f"SPARK_SETTING_{i:02d}", "value": f"value-{i:02d}-" + "x" * 60} for i in range(32)]
    return {
        "metadata": {
            "name": "events-0f3c8a7d5b9e4c1f-exec-17",
            "namespace": "analytics",
            "uid": uid or "5a7c6f0e-3c1b-4d57-9b7a-0c8d2f6e1a33",
            "resourceVersion": "123456",
            "creationTimestamp": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
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


KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{{name: bench, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: bench, user: {{token: bench}}}}]
contexts: [{{name: bench, context: {{cluster: bench, user: bench}}}}]
current-context: bench
"""
INPUTS = {"locus.dev/inputs": "alluxio:///warehouse/events"}
WAIT = {**INPUTS, "locus.dev/policy": "wait", "locus.dev/max-wait": "1h"}
# What a pod of each kind must have come to, as the extender itself counts it.
EXPECTED = {
    "locus": ['outcome="scored",reason=""'],
    "cluster": [
        'outcome="scored",reason=""',
        'outcome="sifted",reason="waiting"',
        'outcome="refused",reason="waiting"',
    ],
}


class Bench:
    """The servers, the bodies, and what was measured."""

    def __init__(self, arguments: argparse.Namespace, folder: pathlib.Path) -> None:
        self.arguments = arguments
        self.folder = folder
        self.servers: list[Server] = []
        self.bazel_bin = ROOT / "bazel-bin"
        names = [node_name(i) for i in range(arguments.nodes)]
        # One of the pending executors of an application in the middle (fake_api_server.py).
        group = arguments.groups // 2

        def executor(annotations: dict[str, str], back: int) -> dict:
            return spark_pod(annotations, f"spark-{group}", f"pod-{group}-{arguments.members - back}")

        self.bodies = {
            "none": self.write_body("none", spark_pod({}), names),
            "known": self.write_body("known", spark_pod(INPUTS), names),
            "prefer": self.write_body("prefer", executor(INPUTS, 1), names),
            "wait": self.write_body("wait", executor(WAIT, 2), names),
            "refused": self.write_body("refused", executor(WAIT, 3), names[arguments.holders :]),
        }
        self.wait_pod = executor(WAIT, 2)

    def write_body(self, name: str, pod: dict, names: list[str]) -> pathlib.Path:
        path = self.folder / f"{name}.json"
        arguments = {"Pod": pod, "Nodes": None, "NodeNames": names}
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

    def start_extender(self, name: str, meta: Server, settings: list[str]) -> Server:
        command = [self.binary("extender/locus-extender"), "--set=listen.port=0", "--set=listen.port_file=PORT_FILE"]
        return self.start(name, [*command, f"--set=metadata.target=127.0.0.1:{meta.port}", *settings])

    def start_all(self) -> dict[str, Server]:
        a = self.arguments
        servers = {
            "noop C++": self.start("noop C++", [self.binary("tests/bench/noop_extender"), "PORT_FILE"]),
            "noop Go": self.start("noop Go", [str(self.folder / "noop_go"), "PORT_FILE"]),
        }
        meta = self.start("locality", [self.binary("tests/bench/fixed_locality"), "PORT_FILE", str(a.holders)])
        sizes = [str(n) for n in (a.nodes, a.groups, a.members, a.zones, a.holders)]
        fake = str(ROOT / "tests/bench/fake_api_server.py")
        api = self.start("API server", [sys.executable, fake, "PORT_FILE", *sizes])
        servers["locus"] = self.start_extender("locus", meta, [])
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(KUBECONFIG.format(port=api.port))
        settings = [f"--set=kubernetes.kubeconfig={kubeconfig}", "--set=gate.max_wait=1h"]
        servers["cluster"] = self.start_extender("cluster", meta, settings)
        self.wait_for(servers["cluster"], "/readyz", "leads the gate")
        return servers

    def page(self, server: Server, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def wait_for(self, server: Server, path: str, text: str) -> None:
        deadline = time.monotonic() + 60
        while text not in self.page(server, path):
            if time.monotonic() > deadline:
                sys.exit(f"{server.name} does not show '{text}' at {path}:\n{self.page(server, path)}")
            time.sleep(0.1)

    def keep_what_passes(self, server: Server) -> None:
        """kube-scheduler asks for scores of the nodes alone that the filter has passed."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/filter",
            self.bodies["wait"].read_bytes(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            passed = json.load(answer)["NodeNames"]
        if not 1 < len(passed) < self.arguments.nodes:
            sys.exit(f"the filter passed {len(passed)} nodes: this is no wait")
        self.bodies["wait, passed"] = self.write_body("wait, passed", self.wait_pod, passed)

    def calls(self, server: Server, verb: str, body: str, count: int) -> tuple[list[float], float]:
        """Latencies in microseconds, and CPU microseconds a call."""
        before = cpu_seconds(server.process.pid)
        load = [self.binary("tests/bench/http_load"), "127.0.0.1", str(server.port), f"/{verb}"]
        done = subprocess.run(
            [*load, str(self.bodies[body]), str(count)], check=True, stdout=subprocess.PIPE, text=True
        )
        cpu = (cpu_seconds(server.process.pid) - before) / count * 1e6
        return [float(line) for line in done.stdout.split()], cpu

    @staticmethod
    def cases() -> list[tuple[str, str, dict[str, str]]]:
        """Pod, verb, and which body each server is sent."""
        cases = []
        for pod in ("none", "known"):
            for verb in ("filter", "prioritize"):
                cases.append((pod, verb, dict.fromkeys(("noop C++", "noop Go", "locus"), pod)))
        for verb in ("filter", "prioritize"):
            cases.append(("prefer", verb, dict.fromkeys(("noop C++", "cluster"), "prefer")))
        cases.append(("wait", "filter", dict.fromkeys(("noop C++", "cluster"), "wait")))
        cases.append(("wait", "prioritize", {"noop C++": "wait", "cluster": "wait, passed"}))
        cases.append(("refused", "filter", dict.fromkeys(("noop C++", "cluster"), "refused")))
        return cases

    def measure(self) -> list[dict]:
        servers = self.start_all()
        # The first questions follow the input; its block sample comes a moment later.
        for name in ("locus", "cluster"):
            self.calls(servers[name], "prioritize", "known", 10)
            self.wait_for(servers[name], "/metrics", "locus_extender_samples_fetch_seconds_count 1")
        self.keep_what_passes(servers["cluster"])
        for _, verb, bodies in self.cases():
            for name, body in bodies.items():
                self.calls(servers[name], verb, body, 50)
        rows = []
        for pod, verb, bodies in self.cases():
            latencies: dict[str, list[float]] = {name: [] for name in bodies}
            medians: dict[str, list[float]] = {name: [] for name in bodies}
            cpus: dict[str, list[float]] = {name: [] for name in bodies}
            for _ in range(self.arguments.rounds):
                for name, body in bodies.items():
                    micros, cpu = self.calls(servers[name], verb, body, self.arguments.calls)
                    latencies[name] += micros
                    medians[name].append(statistics.median(micros))
                    cpus[name].append(cpu)
            for name in bodies:
                rows.append(
                    {
                        "pod": pod,
                        "verb": verb,
                        "server": name,
                        "p50_us": percentile(latencies[name], 0.5),
                        "p90_us": percentile(latencies[name], 0.9),
                        "p99_us": percentile(latencies[name], 0.99),
                        "median_us": statistics.median(medians[name]),
                        "cpu_us": statistics.median(cpus[name]),
                    }
                )
        for name, expected in EXPECTED.items():
            self.check_outcomes(servers[name], expected)
        return rows

    def check_outcomes(self, server: Server, expected: list[str]) -> None:
        """A bench of an extender that answers nothing would be easier than the real thing: look at its own counters."""
        page = self.page(server, "/metrics").splitlines()
        for labels in expected:
            line = next((line for line in page if line.startswith("locus_extender_decisions_total{" + labels)), "x 0")
            if float(line.rsplit(" ", 1)[1]) < self.arguments.rounds * self.arguments.calls:
                sys.exit(f"{server.name} did not decide {labels} in this bench: the figures would mean nothing")


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
        "cluster known, prefer, latency, locus / no-op C++": over("prefer", "cluster", "noop C++", "median_us"),
        "cluster known, prefer, CPU, locus / no-op C++": over("prefer", "cluster", "noop C++", "cpu_us"),
        "cluster known, wait, latency, locus / no-op C++": over("wait", "cluster", "noop C++", "median_us"),
        "cluster known, wait, CPU, locus / no-op C++": over("wait", "cluster", "noop C++", "cpu_us"),
        "cluster known, refused, latency, locus / no-op C++": over("refused", "cluster", "noop C++", "median_us"),
        "cluster known, refused, CPU, locus / no-op C++": over("refused", "cluster", "noop C++", "cpu_us"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=200, help="calls of one server in one round")
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--holders", type=int, default=50, help="nodes that hold the input")
    parser.add_argument("--groups", type=int, default=200, help="applications that the cluster runs")
    parser.add_argument("--members", type=int, default=20, help="executors of each, a quarter of them pending")
    parser.add_argument("--zones", type=int, default=1, help="zones that the nodes lie in")
    parser.add_argument("--json", type=pathlib.Path, help="also write all rows there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        try:
            bench.build()
            body_kb = bench.bodies["known"].stat().st_size / 1000
            print(
                f"{arguments.nodes} node names, {arguments.holders} holders, body {body_kb:.0f} kB, "
                f"{arguments.rounds} interleaved rounds of {arguments.calls} calls; "
                f"cluster of {arguments.groups} groups of {arguments.members}, zones: {arguments.zones}"
            )
            rows = bench.measure()
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
