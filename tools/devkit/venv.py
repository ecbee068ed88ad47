"""Python environments from lock files, one for each content of a lock, shared by all checkouts."""

import hashlib
import os
import shutil
from pathlib import Path

from devkit import locks, steps
from devkit.paths import CACHE, ROOT

_PYTHON = "/usr/bin/python3"


def ensure(lock_name: str, what: str) -> Path:
    """The folder of an environment that holds exactly what tools/<lock_name> pins; made when absent.

    The package index is the one of the user's pip settings. Hashes are checked.
    """
    lock = ROOT / "tools" / lock_name
    # The interpreter is part of the key: an environment does not survive an upgrade of it.
    key = hashlib.sha256(lock.read_bytes() + os.path.realpath(_PYTHON).encode()).hexdigest()[:16]
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
        steps.run(
            what,
            [folder / "bin" / "pip", "install", "--no-input", "--require-hashes", "--only-binary=:all:", "-r", lock],
            name="pip",
            hint="look at `pip config list` (index, proxy) and the network, then start again",
        )
        (folder / "complete").touch()
    return folder
