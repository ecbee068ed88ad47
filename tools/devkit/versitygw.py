"""versitygw, an S3 server, as one binary built once from its Go module and kept."""

import hashlib
import os
from pathlib import Path

from devkit import golang, locks, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "versitygw"
_PACKAGE = "github.com/versity/versitygw/cmd/versitygw"
_FLAGS = ["-trimpath", "-mod=readonly", "-ldflags", "-s -w"]


def location() -> Path:
    """Where the binary for the present module files and flags belongs."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((SOURCE / name).read_bytes())
    digest.update("\0".join(_FLAGS).encode())
    return CACHE / f"versitygw-{digest.hexdigest()[:16]}" / "versitygw"


def ensure() -> Path:
    """The binary, built when it is not there yet: about two minutes on two cores. Raises StepFailed when it cannot be
    had."""
    binary = location()
    if binary.exists():
        return binary
    what = "S3 server"
    with locks.exclusive(CACHE / "versitygw.lock", what):
        if binary.exists():
            return binary
        go = golang.ensure(SOURCE / "go.mod")
        steps.say(f"  {what}: building versitygw, once; about two minutes")
        binary.parent.mkdir(parents=True, exist_ok=True)
        unfinished = binary.with_suffix(f".{os.getpid()}")
        try:
            steps.run(
                what,
                [go, "build", "-v", *_FLAGS, "-o", unfinished, _PACKAGE],
                name="versitygw",
                hint="look at `go env GOPROXY`, the network and the free disk (2 GB), then start again",
                env=golang.environment(),
                cwd=SOURCE,
            )
            unfinished.rename(binary)
        finally:
            unfinished.unlink(missing_ok=True)
    return binary
