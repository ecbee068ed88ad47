#!/usr/bin/env python3
"""How fast a worker hands out what it has cached, beside others that send the same bytes, in one run.

Files of one block each (64 MiB) lie in memory; the worker has them cached there too. For 1, 4, 16 and 64 readers, in
turns: the worker's HTTP port and nginx (sendfile on) serving the same files from the same file system; the worker's
gRPC Read and a bare gRPC stream that sends as many bytes from memory: always the same chunk, which the processor's
cache holds, and once more out of as many bytes as the files have. For each: bytes a second, the server's CPU time for a
GiB, and what the worker and its rivals have resident.

Promises: HTTP at least 0.9x of nginx, gRPC at least 0.8x of the bare stream, by the median over all numbers of readers.

Usage: tests/bench/run_cache_bench.py [--readers N,N] [--files N] [--block BYTES] [--seconds S] [--rounds N]
       [--only http|grpc] [--json FILE]
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tools")]

from devkit import paths, steps  # noqa: E402
from locus_e2e import folders  # noqa: E402
from locus_e2e.daemon import Daemon  # noqa: E402
from locus_e2e.ports import free_port  # noqa: E402
from locus_e2e.processes import Process, Processes  # noqa: E402
from locus_e2e.waiting import until  # noqa: E402
from side_by_side import GIB, MIB, Figure, anonymous_bytes, cells, cpu_seconds, in_turns  # noqa: E402

LOAD = "//tests/bench:read_load"
BARE = "//tests/bench:bare_stream"
WORKER = "//cache_worker:locus-worker"
LOCAL = "127.0.0.1"
PROMISES = {"http": 0.9, "grpc": 0.8}
# The promise is about the first.
RIVALS = {"http": ("nginx",), "grpc": ("bare stream", "bare stream out of memory")}


@dataclasses.dataclass
class Server:
    """One that is read from."""

    process: Process
    kind: str
    target: str
    prefix: str = ""

    def cpu_seconds(self) -> float:
        """User and system time, with children."""
        return sum(cpu_seconds(pid) for pid in self._pids())

    def resident(self) -> int:
        """Bytes of its own, with children; pages of files that it shares with the cache are none."""
        return sum(anonymous_bytes(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        listed = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [self.process.pid, *map(int, listed.stdout.split())]


def program(label: str) -> pathlib.Path:
    """Where Bazel has put it."""
    return pathlib.Path(os.environ["LOCUS_BIN"]) / label.removeprefix("//").replace(":", "/")


def nginx() -> pathlib.Path:
    """Of the machine, else Debian's package, unpacked and not installed: that would start a server."""
    installed = shutil.which("nginx") or "/usr/sbin/nginx"
    if pathlib.Path(installed).exists():
        return pathlib.Path(installed)
    unpacked = paths.CACHE / "nginx"
    if not (unpacked / "usr/sbin/nginx").exists():
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir(parents=True)
        hint = "install nginx, or leave it out with --only grpc"
        download = ["sh", "-c", f"cd {unpacked} && apt-get download nginx && dpkg -x nginx_*.deb ."]
        steps.run("nginx from Debian", download, name="nginx", hint=hint)
    return unpacked / "usr/sbin/nginx"


def start_nginx(root: pathlib.Path, folder: pathlib.Path, processes: Processes) -> Server:
    """Serving `root`, with a worker process for each core."""
    port = free_port(LOCAL)
    folder.mkdir()
    config = folder / "nginx.conf"
    places = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As root nginx would become somebody who may not read the folder.
    user = "user root; " if os.geteuid() == 0 else ""
    config.write_text(
        f"{user}daemon off; worker_processes {os.cpu_count()}; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 2048; }\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; {places}\n"
        f"  server {{ listen {LOCAL}:{port}; root {root}; }} }}\n"
    )
    process = processes.start("nginx", [nginx(), "-c", config, "-p", folder, "-e", f"{folder}/error.log"])
    until("nginx", 20, lambda: process.check() or listens(port))
    return Server(process, "http", f"{LOCAL}:{port}")


def listens(port: int) -> bool:
    """Whether a connection can be had."""
    found = subprocess.run(["ss", "-Htln", f"sport = :{port}"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def start_bare(size: int, memory: int, folder: pathlib.Path, processes: Processes) -> Server:
    """The bare gRPC stream. `memory`: what its bytes come from; 0: one chunk."""
    port_file = folder / f"bare-{memory}.port"
    process = processes.start(f"bare-{memory}", [program(BARE), port_file, size, memory])
    until("the bare stream", 20, lambda: process.check() or (port_file.exists() and port_file.read_text().strip()))
    return Server(process, "grpc", f"{LOCAL}:{port_file.read_text().strip()}")


def start_worker(origin: pathlib.Path, folder: pathlib.Path, size: int, files: int, processes: Processes) -> Daemon:
    """A worker with one tier that holds all files, well below its watermarks."""
    config = {
        "report": {"target": ""},
        "origin": {"folder": str(origin)},
        "store": {
            "block_size": size,
            "keep_free": 0,
            "tiers": [{"tier": "MEM", "path": str(folder / "mem"), "quota": 2 * size * files}],
        },
        "data_http": {"enabled": True},
    }
    sockets = {"listen": LOCAL, "admin": LOCAL, "data_http.listen": LOCAL}
    daemon = Daemon("worker", program(WORKER), folder, config, sockets, processes)
    daemon.start()
    daemon.wait_ready("admin")
    return daemon


def measure(server: Server, names: list[str], readers: int, seconds: float) -> Figure:
    """One run of the load."""
    listed = ",".join(server.prefix + name for name in names)
    load = [program(LOAD), "--kind", server.kind, "--target", server.target, "--paths", listed]
    load += ["--readers", readers, "--seconds", seconds]
    before = server.cpu_seconds()
    done = subprocess.run([*map(str, load)], capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    told = json.loads(done.stdout)
    used = server.cpu_seconds() - before
    return Figure(told["bytes"] / told["seconds"], used / (told["bytes"] / GIB), server.resident())


def compare(
    kind: str, ours: Server, rivals: dict[str, Server], names: list[str], arguments: argparse.Namespace
) -> list[dict]:
    """All numbers of readers, all servers in turns."""
    found = []
    for readers in arguments.readers:
        servers = {"ours": ours, **rivals}
        sides = in_turns(
            arguments.rounds,
            {
                name: functools.partial(measure, server, names, readers, arguments.seconds)
                for name, server in servers.items()
            },
        )
        for rival in rivals:
            ratio = sides["ours"]["rate"] / sides[rival]["rate"]
            row = {"kind": kind, "rival": rival, "readers": readers, "ours": sides["ours"], "theirs": sides[rival]}
            found.append({**row, "ratio": ratio})
            show(found[-1])
    return found


def show(row: dict) -> None:
    """One line of the table."""
    columns = [f"  {row['kind']:<5} {row['readers']:>3}", cells(row["ours"]), cells(row["theirs"])]
    print("  ".join(columns) + f"  {row['ratio']:>6.2f}x of {row['rival']}", flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=lambda text: [int(part) for part in text.split(",")], default=[1, 4, 16, 64])
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--block", type=int, default=64 * MIB)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5, help="of each server, in turns")
    parser.add_argument("--only", choices=["http", "grpc"])
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    return parser.parse_args()


def run(arguments: argparse.Namespace, folder: pathlib.Path, processes: Processes) -> list[dict]:
    """Starts what is compared, and compares it."""
    origin = folder / "origin"
    origin.mkdir()
    names = [f"/block-{number}" for number in range(arguments.files)]
    piece = os.urandom(MIB)
    for name in names:
        with (origin / name[1:]).open("wb") as file:
            for _ in range(arguments.block // MIB):
                file.write(piece)
            file.write(piece[: arguments.block % MIB])
    daemon = start_worker(origin, folder, arguments.block, arguments.files, processes)
    process = daemon.process
    print("              ours: MiB/s, CPU s/GiB, RSS MiB   other: the same            ratio")
    found = []
    for kind in ("http", "grpc"):
        if arguments.only not in (None, kind):
            continue
        if kind == "http":
            ours = Server(process, kind, daemon.target("data_http.listen"), "/v1/files")
            rivals = {"nginx": start_nginx(origin, folder / "nginx", processes)}
        else:
            ours = Server(process, kind, daemon.target("listen"))
            rivals = {
                name: start_bare(arguments.block, memory, folder, processes)
                for name, memory in zip(RIVALS[kind], (0, arguments.files * arguments.block), strict=True)
            }
        # Cached, verified, and in the processors' caches as far as it ever is.
        for server in (ours, *rivals.values()):
            measure(server, names, 1, 0.1 + arguments.files * arguments.block / GIB)
        found += compare(kind, ours, rivals, names, arguments)
    fetched = daemon.metrics("admin")["locus_worker_fetched_bytes_total"]
    if fetched > arguments.files * arguments.block:
        raise SystemExit(f"the worker fetched {fetched} bytes: not all reads were of cached blocks")
    daemon.stop()
    return found


def main() -> int:
    """Exit status: 0 the promises hold, 1 one does not."""
    arguments = parse()
    if "LOCUS_BIN" not in os.environ:
        sys.exit("LOCUS_BIN is not set: start through `tools/dev bench cache_bench`")
    built = subprocess.run(["bazel", "build", LOAD, BARE, WORKER], cwd=ROOT, check=False)
    if built.returncode != 0:
        return 1
    room = 2 * arguments.files * arguments.block + (256 << 20)
    with folders.run_folder(room) as folder, Processes(folder) as processes:
        found = run(arguments, folder, processes)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    kept = True
    for kind, promise in PROMISES.items():
        for number, rival in enumerate(RIVALS[kind]):
            ratios = [row["ratio"] for row in found if row["rival"] == rival]
            if not ratios:
                continue
            median = statistics.median(ratios)
            verdict = "kept" if median >= promise else "BROKEN"
            if number == 0:
                kept = kept and median >= promise
                print(f"promise: {kind} at least {promise}x of {rival}: {median:.2f}x, {verdict}")
            else:
                print(f"besides: {kind}, of {rival}: {median:.2f}x")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
