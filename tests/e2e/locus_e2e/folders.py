"""Folders of one run, in memory where there is room, gone when it ends."""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "locus-run"
_MEMORY = Path("/dev/shm")


@contextlib.contextmanager
def run_folder(in_memory_bytes: int = 0, base: Path | None = None) -> Iterator[Path]:
    """A new folder below `base` (by default the temp folder), removed with all its content at the end.

    `in_memory_bytes` > 0: on tmpfs when that many bytes and as many again are free there.
    Also removes folders of runs that could not clean up after themselves (kill -9, a crash).
    """
    base = base or Path(tempfile.gettempdir())
    if in_memory_bytes and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2 * in_memory_bytes:
        base = _MEMORY
    _sweep(base)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}-{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}-*-*"):
        owner = re.fullmatch(rf"{_PREFIX}-(\d+)-.*", folder.name)
        if owner and folder.stat().st_uid == os.getuid() and not Path(f"/proc/{owner.group(1)}").exists():
            shutil.rmtree(folder, ignore_errors=True)
