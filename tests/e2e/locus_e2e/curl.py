"""The program curl: a client of HTTP that shares nothing with the server under test."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locus_e2e.waiting import until

_SECONDS = 60
# Its own words for how a transfer ended, from its manual.
OK, PARTIAL_FILE, NO_ANSWER, RECEIVE_ERROR = 0, 18, 52, 56
_COMMON = ["curl", "--silent", "--noproxy", "*", "--max-time", str(_SECONDS)]


@dataclass(frozen=True)
class Answer:
    """What came."""

    exit_status: int
    status: int
    # Names in small letters.
    fields: dict[str, str]
    body: bytes


def get(url: str, folder: Path, *arguments: str, begun: bytes = b"") -> Answer:
    """Runs it until it ends. `folder`: for its files; `begun`: the file's first bytes, to go on from."""
    body, head = folder / "curl-body", folder / "curl-head"
    for file in (body, head):
        file.unlink(missing_ok=True)
    if begun:
        body.write_bytes(begun)
        arguments += ("--continue-at", "-")
    argv = [*_COMMON, "--output", str(body), "--dump-header", str(head), *arguments, url]
    ended = subprocess.run(argv, check=False, timeout=_SECONDS + 5, stdin=subprocess.DEVNULL).returncode
    lines = head.read_text().splitlines() if head.exists() else []
    fields = {name.lower(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}
    status = int(lines[0].split()[1]) if lines else 0
    return Answer(ended, status, fields, body.read_bytes() if body.exists() else b"")


class Download:
    """A transfer under way, no faster than `rate` (as of --limit-rate), that can be paused."""

    def __init__(self, url: str, body: Path, rate: str) -> None:
        self._body = body
        argv = [*_COMMON, "--limit-rate", rate, "--output", str(body), url]
        self._child = subprocess.Popen(argv, stdin=subprocess.DEVNULL)

    def wait_begun(self) -> None:
        """Until a byte of the body has come."""
        until("first byte", 20, lambda: self._body.exists() and self._body.stat().st_size > 0, every=0.005)

    def pause(self) -> None:
        """It takes nothing more."""
        self._child.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It takes again."""
        self._child.send_signal(signal.SIGCONT)

    def end(self) -> tuple[int, bytes]:
        """Waits for its end: exit status and what has come."""
        status = self._child.wait(_SECONDS)
        return status, self._body.read_bytes() if self._body.exists() else b""

    def kill(self) -> None:
        """Ends it, paused or not."""
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()


@contextlib.contextmanager
def download(url: str, body: Path, rate: str) -> Iterator[Download]:
    """A Download that does not outlive the block."""
    transfer = Download(url, body, rate)
    try:
        yield transfer
    finally:
        transfer.kill()
