"""Alluxio's own client (tools/alluxio/AlluxioDriver.java) as an object."""

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# The client itself gives up before (alluxio.user.rpc.retry.max.duration in cluster.py).
_ANSWER_SECONDS = 60.0


class DriverError(Exception):
    """Alluxio's client said no. `kind` is the name of its exception."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


class Driver:
    """One JVM that answers one request at a time. Not for use by several threads. Ends with this process."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        setpriv = shutil.which("setpriv")
        assert setpriv is not None
        self._log = log
        with log.open("ab") as errors:
            self._child = subprocess.Popen(
                [setpriv, "--pdeathsig", "KILL", "--", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0"},
            )
        self._rest = b""

    def call(self, op: str, **request: object) -> Any:
        """Sends a request and returns the answer's value. Raises DriverError for an answer that says no."""
        assert self._child.stdin is not None
        asked = {key: str(value) if isinstance(value, Path) else value for key, value in request.items()}
        self._child.stdin.write(json.dumps({"op": op, **asked}).encode() + b"\n")
        self._child.stdin.flush()
        answer = json.loads(self._line(time.monotonic() + _ANSWER_SECONDS))
        if "error" in answer:
            raise DriverError(answer["kind"], answer["error"])
        return answer["ok"]

    def close(self) -> None:
        """Ends it."""
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            pipe.close()
        self._child.kill()
        self._child.wait()

    def _line(self, deadline: float) -> bytes:
        assert self._child.stdout is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._child.stdout], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self._child.stdout.fileno(), 1 << 16) if ready else b""
            if not chunk:
                why = "ended" if ready else f"has not answered for {_ANSWER_SECONDS:g} s"
                raise DriverError("Driver", f"the driver {why}; log: {self._log}\n{self._tail()}")
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()
