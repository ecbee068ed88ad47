"""An extender that answers what a test wants, to learn what kube-scheduler makes of it."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from locus_e2e.kube_api import Object


@dataclass(frozen=True)
class Asked:
    """One call of the scheduler, and when it came (time.monotonic())."""

    verb: str
    pod: Object
    nodes: list[str]
    at: float


# What to answer, given the call and how many there were of this verb about this pod before.
Answer = Callable[[Asked, int], Any]


def passing(asked: Asked, _before: int) -> Object:
    """The filter's answer that refuses nobody."""
    return {"NodeNames": asked.nodes}


def refusing(key: str, text: str = "the data is elsewhere") -> Answer:
    """Refuses all nodes; `key` is FailedNodes or FailedAndUnresolvableNodes."""
    return lambda asked, _before: {"NodeNames": [], key: dict.fromkeys(asked.nodes, text)}


def indifferent(_asked: Asked, _before: int) -> list[Object]:
    """The answer to prioritize that prefers nobody."""
    return []


class ScriptedExtender:
    """Listens on a port of its own from construction to close(). Pods without a script pass and score nothing."""

    def __init__(self) -> None:
        self._asked: list[Asked] = []
        self._scripts: dict[tuple[str, str], Answer] = {}
        self._lock = threading.Lock()
        extender = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes: without this the second waits for the scheduler's acknowledgement.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = json.dumps(extender._answer(self.path.lstrip("/"), json.loads(body))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # pylint: disable=redefined-builtin
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def script(self, pod: str, verb: str, answer: Answer) -> None:
        """From now on the answer to `verb`, filter or prioritize, about the pod of this name."""
        with self._lock:
            self._scripts[pod, verb] = answer

    def asked(self, pod: str, verb: str = "filter") -> list[Asked]:
        """The calls about a pod so far."""
        with self._lock:
            return [one for one in self._asked if one.pod["metadata"]["name"] == pod and one.verb == verb]

    def forget(self) -> None:
        """As if it had never been asked, nor been told what to answer."""
        with self._lock:
            self._asked.clear()
            self._scripts.clear()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _answer(self, verb: str, arguments: Object) -> Any:
        now = time.monotonic()
        asked = Asked(verb, arguments["Pod"], arguments["NodeNames"], now)
        name = asked.pod["metadata"]["name"]
        with self._lock:
            before = sum(1 for one in self._asked if one.pod["metadata"]["name"] == name and one.verb == verb)
            self._asked.append(asked)
            answer = self._scripts.get((name, verb), passing if verb == "filter" else indifferent)
        return answer(asked, before)
