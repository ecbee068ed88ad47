#!/usr/bin/env python3
"""fake_api_server.py PORT_FILE NODES GROUPS MEMBERS ZONES HOLDERS

Of the Kubernetes API, what locus-extender asks for: lists of nodes and pods, watches that stay open and bring a
bookmark now and then, one Lease; events and patches are taken and forgotten. It stands in for an API server so that
the bench measures the extender alone, with a cluster of a known size: NODES nodes in ZONES zones, and GROUPS Spark
applications of MEMBERS executors each, of which three in four run on nodes, every second of these on one of the
first HOLDERS, and one in four is pending. Plain HTTP on loopback.
"""

from __future__ import annotations

import http.server
import json
import pathlib
import sys
import threading
import urllib.parse

BOOKMARK_SECONDS = 10


def node_name(index: int) -> str:
    """As in run_extender_bench.py."""
    return f"bench-node-{index:04d}.compute.internal.example.com"


def node(index: int, zones: int) -> dict:
    name = node_name(index)
    resources = {"cpu": "64", "memory": "256Gi", "pods": "110"}
    return {
        "metadata": {
            "name": name,
            "uid": f"node-{index}",
            "resourceVersion": "1",
            "labels": {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{index % zones}"},
        },
        "spec": {},
        "status": {"allocatable": resources, "capacity": resources, "addresses": []},
    }


def pod(group: int, member: int, nodes: int, members: int, holders: int) -> dict:
    """Executor `member` of application `group`; run_extender_bench.py asks about those that are pending."""
    running = member < members * 3 // 4
    spread = group * members + member
    spec = {
        "schedulerName": "locus",
        "containers": [{"name": "executor", "resources": {"requests": {"cpu": "1", "memory": "2Gi"}}}],
    }
    if running:
        spec["nodeName"] = node_name(spread // 2 % holders if member % 2 == 0 else spread * 7 % nodes)
    return {
        "metadata": {
            "name": f"events-{group}-exec-{member}",
            "namespace": "analytics",
            "uid": f"pod-{group}-{member}",
            "resourceVersion": "1",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {
                "spark-app-selector": f"spark-{group}",
                "spark-role": "executor",
                "spark-exec-id": str(member),
                "spark-exec-resourceprofile-id": "0",
            },
            "annotations": {"locus.dev/inputs": "alluxio:///warehouse/events"},
        },
        "spec": spec,
        "status": {"phase": "Running" if running else "Pending"},
    }


class State:
    """What the server answers with; the lease is all that changes."""

    def __init__(self, nodes: int, groups: int, members: int, zones: int, holders: int) -> None:
        pods = [pod(g, m, nodes, members, holders) for g in range(groups) for m in range(members)]
        self.lists = {
            "/api/v1/nodes": self.listed("NodeList", [node(i, zones) for i in range(nodes)]),
            "/api/v1/pods": self.listed("PodList", pods),
        }
        self.lock = threading.Lock()
        self.lease: dict | None = None
        self.version = 1

    @staticmethod
    def listed(kind: str, items: list[dict]) -> bytes:
        metadata = {"resourceVersion": "1"}
        return json.dumps({"kind": kind, "apiVersion": "v1", "metadata": metadata, "items": items}).encode()

    def keep_lease(self, lease: dict) -> dict:
        with self.lock:
            self.version += 1
            lease["metadata"]["resourceVersion"] = str(self.version)
            self.lease = lease
            return lease


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    state: State

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, status: int, value: dict) -> None:
        self.answer(status, json.dumps(value).encode())

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path in self.state.lists:
            if "watch" in query:
                self.watch("Node" if url.path.endswith("nodes") else "Pod")
            else:
                self.answer(200, self.state.lists[url.path])
        elif "/leases/" in url.path and self.state.lease is not None:
            self.answer_json(200, self.state.lease)
        else:
            self.answer_json(404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404})

    def watch(self, kind: str) -> None:
        """Until the client goes."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        bookmark = {"type": "BOOKMARK", "object": {"kind": kind, "metadata": {"resourceVersion": "1"}}}
        line = json.dumps(bookmark).encode() + b"\n"
        never = threading.Event()
        try:
            while True:
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                self.wfile.flush()
                never.wait(BOOKMARK_SECONDS)
        except OSError:
            self.close_connection = True

    def do_POST(self) -> None:
        value = json.loads(self.body())
        self.answer_json(201, self.state.keep_lease(value) if self.path.endswith("/leases") else value)

    def do_PUT(self) -> None:
        self.answer_json(200, self.state.keep_lease(json.loads(self.body())))

    def do_PATCH(self) -> None:
        self.body()
        self.answer_json(200, {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "2"}})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def main() -> None:
    port_file = pathlib.Path(sys.argv[1])
    nodes, groups, members, zones, holders = (int(text) for text in sys.argv[2:7])
    Handler.state = State(nodes, groups, members, zones, holders)
    server = Server(("127.0.0.1", 0), Handler)
    partial = port_file.with_suffix(".partial")
    partial.write_text(str(server.server_address[1]))
    partial.rename(port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
