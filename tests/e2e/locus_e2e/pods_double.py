"""Of the Kubernetes API, what locus-meta's front asks for: pods, their watch, and lists of nodes, over plain HTTP."""

import http.server
import json
import threading
import urllib.parse
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

Pod = dict[str, Any]

# A watch that is quiet is looked at this often.
_LOOK_SECONDS = 0.05


def executor(
    application: str, number: int, address: str, host_address: str, *, node: str = "", driver: str = ""
) -> Pod:
    """An executor's pod as Spark makes it and a kubelet fills it in. `driver`: host in SPARK_DRIVER_URL."""
    variables = [{"name": "SPARK_DRIVER_URL", "value": f"spark://CoarseGrainedScheduler@{driver}:7078"}]
    return {
        "metadata": {
            "name": f"{application}-exec-{number}",
            "namespace": "default",
            "uid": f"{application}-{number}",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {
                "spark-app-selector": application,
                "spark-role": "executor",
                "spark-exec-id": str(number),
            },
        },
        "spec": {"nodeName": node, "containers": [{"name": "executor", "env": variables if driver else []}]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "hostIP": host_address,
        },
    }


class PodsDouble:
    """Serves from its start to close. Thread-safe."""

    def __init__(self) -> None:
        """On a port of its own."""
        self._changed = threading.Condition()
        self._version = 1
        self._pods: dict[str, Pod] = {}
        # Version, type, pod.
        self._events: list[tuple[int, str, Pod]] = []
        self._closed = False
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def put(self, *pods: Pod) -> None:
        """Adds or changes pods."""
        with self._changed:
            for pod in pods:
                self._version += 1
                pod["metadata"]["resourceVersion"] = str(self._version)
                name = pod["metadata"]["name"]
                kind = "MODIFIED" if name in self._pods else "ADDED"
                self._pods[name] = pod
                self._events.append((self._version, kind, pod))
            self._changed.notify_all()

    def remove(self, name: str) -> None:
        """Deletes a pod."""
        with self._changed:
            self._version += 1
            self._events.append((self._version, "DELETED", self._pods.pop(name)))
            self._changed.notify_all()

    def write_kubeconfig(self, path: Path) -> Path:
        """A kubeconfig that names it."""
        named = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "double",
            "contexts": [{"name": "double", "context": {"cluster": "double", "user": "double"}}],
            "clusters": [
                {"name": "double", "cluster": {"server": f"http://127.0.0.1:{self._server.server_address[1]}"}}
            ],
            "users": [{"name": "double", "user": {"token": "none"}}],
        }
        path.write_text(yaml.safe_dump(named))
        return path

    def close(self) -> None:
        """Ends it, and its watches."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.close()

    def _list(self, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        with self._changed:
            ours = path.endswith("/pods") and "spark-role" in query.get("labelSelector", [""])[0]
            return {
                "kind": "NodeList" if path.endswith("/nodes") else "PodList",
                "apiVersion": "v1",
                "metadata": {"resourceVersion": str(self._version)},
                "items": list(self._pods.values()) if ours else [],
            }

    def _next_events(self, after: int) -> list[tuple[int, str, Pod]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._version > after, _LOOK_SECONDS)
            return None if self._closed else [event for event in self._events if event[0] > after]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

            def do_GET(self) -> None:
                """A list, or a watch until its client goes."""
                where = urllib.parse.urlparse(self.path)
                query = urllib.parse.parse_qs(where.query)
                if "watch" in query:
                    self._watch(int(query.get("resourceVersion", ["0"])[0]))
                    return
                body = json.dumps(double._list(where.path, query)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _watch(self, after: int) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    while (events := double._next_events(after)) is not None:
                        for version, kind, pod in events:
                            line = json.dumps({"type": kind, "object": {"kind": "Pod", **pod}}).encode() + b"\n"
                            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                            after = version
                except OSError:
                    self.close_connection = True

        return Handler
