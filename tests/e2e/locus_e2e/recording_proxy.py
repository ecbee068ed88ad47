"""Stands between kube-scheduler and the extender and keeps what both said, byte for byte."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3


@dataclass(frozen=True)
class Call:
    """One call of the scheduler."""

    verb: str
    request: bytes
    status: int
    reply: bytes

    @property
    def arguments(self) -> Any:
        """The request as JSON: Pod, Nodes, NodeNames."""
        return json.loads(self.request)

    @property
    def answer(self) -> Any:
        """The reply as JSON."""
        return json.loads(self.reply)

    @property
    def pod(self) -> str:
        """Name of the pod that the call is about."""
        return str(self.arguments["Pod"]["metadata"]["name"])


class RecordingProxy:
    """Listens on a port of its own from construction to close()."""

    def __init__(self, extender_url: str) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()
        pool = urllib3.PoolManager(retries=False, timeout=5.0)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes: without this the second waits for the scheduler's acknowledgement.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = pool.request(
                    "POST", extender_url + self.path, body=body, headers={"Content-Type": "application/json"}
                )
                with proxy._lock:
                    proxy._calls.append(Call(self.path.lstrip("/"), body, answer.status, answer.data))
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.data)))
                self.end_headers()
                self.wfile.write(answer.data)

            def log_message(self, format: str, *args: Any) -> None:  # pylint: disable=redefined-builtin
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def calls(self, pod: str, verb: str) -> list[Call]:
        """What was said about a pod so far."""
        with self._lock:
            return [call for call in self._calls if call.pod == pod and call.verb == verb]

    def count(self, verb: str) -> int:
        """How many calls so far, about whichever pod."""
        with self._lock:
            return sum(call.verb == verb for call in self._calls)

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
