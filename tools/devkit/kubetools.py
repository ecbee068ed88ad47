"""kubectl, kustomize and helm as one binary, built once from their Go modules and kept."""

import hashlib
import os
from pathlib import Path

from devkit import golang, locks, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "kubetools"
# The binary is each of them under its name.
NAMES = ("kubectl", "kustomize", "helm")
_FLAGS = ["-trimpath", "-mod=readonly", "-ldflags", "-s -w"]


def location() -> Path:
    """The folder of the programs for the present sources and flags."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((SOURCE / name).read_bytes())
    digest.update("\0".join(_FLAGS).encode())
    return CACHE / f"kubetools-{digest.hexdigest()[:16]}"


def ensure() -> Path:
    """The folder with the programs, built when they are not there yet: some three minutes on two cores. Raises
    StepFailed when they cannot be had."""
    folder = location()
    if (folder / NAMES[-1]).exists():
        return folder
    what = "kubectl, kustomize and helm"
    with locks.exclusive(CACHE / "kubetools.lock", what):
        if (folder / NAMES[-1]).exists():
            return folder
        go = golang.ensure(SOURCE / "go.mod")
        steps.say(f"  {what}: building, once; about three minutes")
        folder.mkdir(parents=True, exist_ok=True)
        binary = folder / "kubetools"
        unfinished = binary.with_suffix(f".{os.getpid()}")
        try:
            steps.run(
                what,
                [go, "build", "-v", *_FLAGS, "-o", unfinished, "."],
                name="kubetools",
                hint="look at `go env GOPROXY`, the network and the free disk (2 GB), then start again",
                env=golang.environment(),
                cwd=SOURCE,
            )
            unfinished.rename(binary)
        finally:
            unfinished.unlink(missing_ok=True)
        for name in NAMES:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(binary.name)
    return folder
