"""Python environments from lock files, one for each content of a lock, shared by all checkouts."""

import hashlib
import os
import shutil
from pathlib import Path

from devkit import locks, steps
from devkit.paths import CACHE, ROOT

_PYTHON = "/usr/bin/python3"


def ensure(lock_name: str, what: str, *, built_with: str | None = None) -> Path:
    """The folder of an environment that holds exactly what tools/<lock_name> pins; made when absent.

    The package index is the one of the user's pip settings. Hashes are checked. Wheels alone are installed, but where
    the lock itself says `--no-binary`: such source packages are built with what tools/<built_with> pins, and with
    nothing else.
    """
    pinned = [ROOT / "tools" / name for name in (built_with, lock_name) if name]
    # The interpreter is part of the key: an environment does not survive an upgrade of it.
    content = b"".join(lock.read_bytes() for lock in pinned)
    key = hashlib.sha256(content + os.path.realpath(_PYTHON).encode()).hexdigest()[:16]
    folder = CACHE / f"venv-{key}"
    if (folder / "complete").exists():
        return folder
    with locks.exclusive(CACHE / f"venv-{key}.lock", what):
        if (folder / "complete").exists():
            return folder
        # An environment cannot be moved (its scripts name it), so it counts only once `complete` stands in it.
        shutil.rmtree(folder, ignore_errors=True)
        steps.run(
            f"{what}: new environment",
            [_PYTHON, "-m", "venv", folder],
            name="venv",
            hint="apt-get install python3-venv, then start again",
            quiet=True,
        )
        options = ["--no-input", "--require-hashes", "--only-binary=:all:"]
        if built_with:
            # Else pip fetches what builds a package from the index, unchecked.
            options.append("--no-build-isolation")
        for lock in pinned:
            steps.run(
                what,
                [folder / "bin" / "pip", "install", *options, "-r", lock],
                name="pip",
                hint="look at `pip config list` (index, proxy) and the network, then start again",
                quiet=lock != pinned[-1],
            )
        (folder / "complete").touch()
    return folder
