"""A client of the API server, as small as the tests need it."""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3

Object = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"

_RETRY_SECONDS = 0.1
# Of an answer that is no: Pod Security lists all that it objects to.
_TEXT_BYTES = 2000
# A stream whose server dies, or that is closed under its reader, shows it in many ways.
_BROKEN = (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError)


class ApiError(Exception):
    """The API server said no: `status` is the HTTP status, the text its reason."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text}")
        self.status = status


class KubeApi:
    """JSON in, JSON out. Thread-safe."""

    def __init__(self, url: str, token: str, ca: Path) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._pool = urllib3.PoolManager(
            ca_certs=str(ca), timeout=urllib3.Timeout(connect=5, read=30), retries=False, maxsize=16
        )

    def request(self, verb: str, path: str, body: Object | None = None, kind: str = "application/json") -> Object:
        """One call. Raises ApiError for any status from 400 on, urllib3's HTTPError when there is no answer."""
        answer = self._pool.request(
            verb,
            self._url + path,
            body=None if body is None else json.dumps(body),
            headers={**self._headers, "Content-Type": kind},
        )
        if answer.status >= 400:
            raise ApiError(answer.status, answer.data.decode(errors="replace")[:_TEXT_BYTES])
        parsed = json.loads(answer.data or b"{}")
        return parsed if isinstance(parsed, dict) else {}

    def get(self, path: str) -> Object:
        """GET."""
        return self.request("GET", path)

    def post(self, path: str, body: Object) -> Object:
        """POST."""
        return self.request("POST", path, body)

    def patch(self, path: str, body: Object, kind: str = STRATEGIC) -> Object:
        """PATCH."""
        return self.request("PATCH", path, body, kind)

    def delete(self, path: str, body: Object | None = None) -> Object:
        """DELETE."""
        return self.request("DELETE", path, body)

    def ready(self) -> bool:
        """Whether /readyz says ok."""
        try:
            return self._pool.request("GET", f"{self._url}/readyz", headers=self._headers).status == 200
        except (urllib3.exceptions.HTTPError, OSError):
            return False

    def stream(self, path: str) -> urllib3.BaseHTTPResponse:
        """An answer that arrives bit by bit; the caller closes it."""
        answer = self._pool.request(
            "GET",
            self._url + path,
            headers=self._headers,
            preload_content=False,
            timeout=urllib3.Timeout(connect=5, read=None),
        )
        if answer.status >= 400:
            raise ApiError(answer.status, answer.read().decode(errors="replace")[:_TEXT_BYTES])
        return answer


class Watch:
    """Follows a list from now on, in a thread of its own: `on_event(type, object, monotonic time of arrival)`.

    It outlives the server: when that is back, all that is there is told once more as MODIFIED. What was deleted
    meanwhile is not told.
    """

    def __init__(self, api: KubeApi, path: str, on_event: Callable[[str, Object, float], None]) -> None:
        self._api = api
        self._path = path
        self._on_event = on_event
        self._closing = False
        self._answer = self._open(tell=False)
        self._thread = threading.Thread(target=self._run, name=f"watch {path}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it; no call comes afterwards."""
        self._closing = True
        # Not close(): the reader holds the response's lock while it waits for bytes.
        with contextlib.suppress(*_BROKEN):
            self._answer.shutdown()
        self._thread.join(5)
        self._answer.close()

    def _open(self, tell: bool) -> urllib3.BaseHTTPResponse:
        listed = self._api.get(self._path)
        for item in listed["items"] if tell else []:
            self._on_event("MODIFIED", item, time.monotonic())
        return self._api.stream(f"{self._path}?watch=1&resourceVersion={listed['metadata']['resourceVersion']}")

    def _run(self) -> None:
        while not self._closing:
            try:
                self._read()
            except _BROKEN:
                pass
            self._open_again()

    def _read(self) -> None:
        rest = b""
        for chunk in self._answer.stream(65536):
            now = time.monotonic()
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                event = json.loads(line)
                self._on_event(event["type"], event["object"], now)

    def _open_again(self) -> None:
        while not self._closing:
            try:
                self._answer = self._open(tell=True)
                return
            except (*_BROKEN, ApiError):
                time.sleep(_RETRY_SECONDS)
