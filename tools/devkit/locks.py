"""One builder at a time for what checkouts and runs share."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from devkit import steps


@contextlib.contextmanager
def exclusive(path: Path, what: str) -> Iterator[None]:
    """Holds an advisory lock; the kernel lets go of it when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            steps.say(f"  {what}: another run builds it; waiting for that")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
